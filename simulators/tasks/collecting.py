"""Collection: many tasks, each solved several times, into the store; resumable, and what failed is tried again.

Contract: the n-th sample of a task depends on the run's configuration, the task and n alone, so a run that was killed
goes on with what is missing. Episodes that failed (a model that could not be reached) are dropped and run anew when the
run is gone on with; those that were answered wrongly are results and stay.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from stillroom.agents.solver import SolverConfig
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Json
from stillroom.simulators.tasks.solving import SETTING, SolverSeat, solve_task
from stillroom.simulators.tasks.task import Part, Task, TaskEnvironment, TaskError
from stillroom.simulators.tasks.tools import search_mode
from stillroom.simulators.workers import run_jobs
from stillroom.tools.sandbox import USUAL_SANDBOX

Progress = Callable[[int, int], None]
# A seat for a task: a scripted one knows the way to its answer (TaskError where nobody does), others are all the same.
SeatOf = Callable[[Task, SolverConfig], SolverSeat]
# Seeds of one task's samples lie so far apart that their steps and candidates share none.
_SEEDS_A_SAMPLE = 1_000_003


@dataclass(frozen=True)
class TaskCollectConfig:
    """Which tasks are solved how often, and how: the first `n_tasks` of a part, `n_samples` of each.

    `search` None is the environment's own; `version` says which weights, and `base_url` where a hosted model is.
    """

    part: Part = Part.TRAIN
    n_tasks: int = 100
    n_samples: int = 1
    seed: int = 0
    solver: SolverConfig = field(default_factory=SolverConfig)
    search: str | None = None
    sandbox: str = USUAL_SANDBOX
    version: str = ""
    base_url: str | None = None

    def to_json(self, environment: TaskEnvironment, model: str) -> dict[str, Json]:
        """Return what the run is recorded with (not how many tasks and samples, so that a run can be made longer)."""
        solver = self.solver
        return {
            "kind": SETTING,
            "world": environment.name,
            "model": model,
            "part": self.part.value,
            "form": solver.form.value,
            "first_thought": solver.first_thought,
            "n_steps": solver.n_steps,
            "n_candidates": solver.n_candidates,
            "temperature": solver.heat,
            "max_tokens": solver.max_tokens,
            "observation_budget": solver.observation_budget,
            "search": search_mode(environment, self.search),
            "sandbox": self.sandbox,
            "version": self.version,
            "base_url": self.base_url,
        }

    def unrecorded(self, environment: TaskEnvironment) -> dict[str, Json]:
        """Return what older runs, which do not say it, are taken to have been set up with.

        As usual; of weights and address nothing is known, so they are taken to be what they are now.
        """
        usual: dict[str, Json] = {"search": search_mode(environment), "sandbox": USUAL_SANDBOX}
        return {**usual, "version": self.version, "base_url": self.base_url}


def collect_tasks(
    environment: TaskEnvironment,
    model: str,
    seat_of: SeatOf,
    store: Store,
    config: TaskCollectConfig,
    *,
    run_id: str | None = None,
    progress: Progress = lambda _done, _total: None,
    concurrency: int = 1,
) -> str:
    """Solve what the run still lacks and return the run's id; `progress(done, total)` after each episode.

    A task that a scripted teacher knows no way for is passed over. With `concurrency`, so many tasks are under way at
    once; they are stored by this thread, each as soon as it is over.
    """
    settings, before = config.to_json(environment, model), config.unrecorded(environment)
    run = store.start_run(settings, seed=config.seed, run_id=run_id, unrecorded=before)
    store.drop_failed(run)
    done = store.finished_episodes(run)
    wanted = [
        (task, sample)
        for sample in range(config.n_samples)
        for task in environment.tasks(config.part)[: config.n_tasks]
    ]
    missing = [(task, sample) for task, sample in wanted if key_of(task, sample) not in done]
    n_done = len(wanted) - len(missing)
    progress(n_done, len(wanted))
    jobs = [partial(_solve, seat_of, environment, config, task, sample) for task, sample in missing]
    with closing(run_jobs(jobs, concurrency)) as episodes:
        for episode in episodes:
            if episode is not None:
                store.add_episode(run, episode)
            n_done += 1
            progress(n_done, len(wanted))
    return run


def _solve(
    seat_of: SeatOf, environment: TaskEnvironment, config: TaskCollectConfig, task: Task, sample: int
) -> Episode | None:
    """Return a sample of a task; None where the teacher knows no way."""
    solver = replace(config.solver, seed=config.seed + _SEEDS_A_SAMPLE * sample)
    try:
        seat = seat_of(task, solver)
    except TaskError:
        return None
    return solve_task(seat, environment, task, config.part, key=key_of(task, sample))


def check_ways(environment: TaskEnvironment, seat_of: SeatOf, config: TaskCollectConfig) -> None:
    """Raise the first task's TaskError where a scripted teacher knows no way for any of the tasks."""
    error = None
    for task in environment.tasks(config.part)[: config.n_tasks]:
        try:
            seat_of(task, config.solver)
        except TaskError as unknown:
            error = error or unknown
        else:
            return
    if error is not None:
        raise error


def key_of(task: Task, sample: int) -> str:
    """Return what tells an episode from the others of its run."""
    return f"{task.id}#{sample}"
