"""Evaluation on tasks: any solvers on the same questions of held-out parts; resumable, interruptible.

Every environment is a part of the result (`task:gsm8k`), and all of them together are one (`task:all`), each task once.
A task is what is resampled for an interval, and what differences are paired by. With a store, every episode is there as
soon as it is over, and is not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import ceil
from types import MappingProxyType
from typing import Final

from stillroom.agents.models.error import ModelError
from stillroom.agents.solver import Tool
from stillroom.data.artefact import ArtefactError
from stillroom.data.provenance import package_versions
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Form, Json
from stillroom.simulators.bootstrap import N_RESAMPLES
from stillroom.simulators.evaluation import TASK_PREFIX, Difference, Evaluation, LeakageSummary, ModelResult
from stillroom.simulators.evaluation_table import differences_of
from stillroom.simulators.ledger import Ledger, LedgerError
from stillroom.simulators.tasks.contestant import TaskContestant
from stillroom.simulators.tasks.solving import SolverSeat, solve_task
from stillroom.simulators.tasks.table import ALL, tasks_table
from stillroom.simulators.tasks.task import Part, Task, TaskEnvironment, TaskError
from stillroom.simulators.tasks.teachers import script_writer
from stillroom.simulators.workers import run_jobs
from stillroom.tools.sandbox import USUAL_SANDBOX, Sandbox

Progress = Callable[[str, int, int], None]
KIND = "evaluate tasks"
# What older runs, which do not say it, are taken to have been set up with.
_UNRECORDED: Final[Mapping[str, Json]] = MappingProxyType({"search": None, "sandbox": USUAL_SANDBOX})


@dataclass(frozen=True)
class TaskEvaluationConfig:
    """How many tasks of an environment's part are put to everyone, the first of them, and with what they are solved.

    `search` None is each environment's own.
    """

    n_tasks: int = 200
    part: Part = Part.TEST
    seed: int = 0
    n_resamples: int = N_RESAMPLES
    search: str | None = None
    sandbox: str = USUAL_SANDBOX

    def to_json(self) -> dict[str, Json]:
        """Return what the run is recorded with (not who takes part, nor how much, so that more can be added)."""
        return {"kind": KIND, "part": self.part.value, "search": self.search, "sandbox": self.sandbox}


@dataclass(frozen=True)
class Arena:
    """One environment as everyone meets it: its tasks' tools, and where code runs."""

    environment: TaskEnvironment
    tools: Sequence[Tool]
    sandbox: Sandbox


def evaluate_tasks(
    arenas: Sequence[Arena],
    contestants: Sequence[TaskContestant],
    config: TaskEvaluationConfig,
    *,
    store: Store | None = None,
    run_id: str | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
    concurrency: Mapping[str, int] = MappingProxyType({}),
    only_stored: bool = False,
) -> Evaluation:
    """Measure the contestants; one that cannot be had is a row with the reason.

    `concurrency` is how many tasks a contestant solves at once, by its name (one where it is not named).
    With `only_stored` nothing is run: a contestant's row is of what the store has of it.
    """
    settings = config.to_json()
    run = run_id or ""
    if store:
        run = store.start_run(settings, seed=config.seed, run_id=run_id, unrecorded=_UNRECORDED)
        if not only_stored:
            store.drop_failed(run)
    ledger = Ledger(store, run, only_stored=only_stored)
    episodes: dict[str, list[Episode]] = {}
    errors: dict[str, str] = {}
    for contestant in contestants:
        try:
            n_at_once = concurrency.get(contestant.name, 1)
            keys = [
                key for arena in arenas for key in _solve_all(arena, contestant, config, ledger, progress, n_at_once)
            ]
            episodes[contestant.name] = ledger.of(contestant.name, keys)
        except (ModelError, ArtefactError, LedgerError) as error:
            errors[contestant.name] = str(error)
    return Evaluation(
        world=", ".join(arena.environment.name for arena in arenas),
        models=tuple(
            ModelResult(
                contestant.name,
                contestant.privileged,
                errors.get(contestant.name, ""),
                {
                    part: tasks_table(of_part).result(config.n_resamples)
                    for part, of_part in _by_part(episodes.get(contestant.name, [])).items()
                },
            )
            for contestant in contestants
        ),
        differences=_differences(episodes, config),
        leakage=LeakageSummary(0),
        config={
            **settings,
            "n_tasks": config.n_tasks,
            "seed": config.seed,
            **({"concurrency": max(concurrency.values())} if concurrency else {}),
        },
        run_id=run,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        git_revision=ledger.revision,
        packages=package_versions(),
        n_episodes=sum(map(len, episodes.values())),
        stored_by=ledger.stored_by(episode for found in episodes.values() for episode in found),
    )


def _solve_all(
    arena: Arena,
    contestant: TaskContestant,
    config: TaskEvaluationConfig,
    ledger: Ledger,
    progress: Progress,
    n_at_once: int,
) -> list[str]:
    """Have the contestant solve an environment's tasks, and return their keys in the run.

    A scripted teacher that knows no way has no episode. A model whose episodes are all there is not even loaded.
    """
    environment = arena.environment
    tasks = environment.tasks(config.part)[: config.n_tasks]
    tasks = tasks[: ceil(contestant.share * len(tasks))]
    keys = {task.id: f"{contestant.label}/{environment.name}/{task.id}" for task in tasks}
    missing = [task for task in tasks if ledger.lacks(keys[task.id])]
    if missing:
        seat_of, done = _seats(arena, contestant), len(tasks) - len(missing)
        jobs = [partial(_solve, arena, seat_of, task, config.part, keys[task.id]) for task in missing]
        with closing(run_jobs(jobs, n_at_once)) as solved:
            for episode in solved:
                done += 1
                if episode is not None:
                    ledger.add(episode.key, episode)
                    progress(f"{contestant.name}: {environment.name}", done, len(tasks))
    return list(keys.values())


def _solve(arena: Arena, seat_of: Callable[[Task], SolverSeat], task: Task, part: Part, key: str) -> Episode | None:
    """Return what came of a task; None where a scripted teacher knows no way."""
    try:
        return solve_task(seat_of(task), arena.environment, task, part, key=key)
    except TaskError:
        return None


def _seats(arena: Arena, contestant: TaskContestant) -> Callable[[Task], SolverSeat]:
    if contestant.build is None:
        write = script_writer(contestant.model, arena.environment)

        def scripted(task: Task) -> SolverSeat:
            model = write(task, contestant.config.form)
            return SolverSeat(contestant.name, model, arena.sandbox, arena.tools, contestant.config)

        return scripted
    tools = arena.tools if contestant.config.form is Form.AGENT else ()
    seat = SolverSeat(contestant.name, contestant.build(), arena.sandbox, tools, contestant.config)
    return lambda _: seat


def _by_part(episodes: Sequence[Episode]) -> dict[str, list[Episode]]:
    parts: dict[str, list[Episode]] = {}
    for episode in episodes:
        parts.setdefault(f"{TASK_PREFIX}{episode.world}", []).append(episode)
    return {**parts, ALL: list(episodes)} if len(parts) > 1 else parts


def _differences(episodes: Mapping[str, Sequence[Episode]], config: TaskEvaluationConfig) -> tuple[Difference, ...]:
    """Return every student minus all others, over the tasks that both were put."""
    differences: list[Difference] = []
    for ours in (name for name in episodes if name.startswith("student:")):
        for theirs in (name for name in episodes if name != ours):
            mine, others = ({(e.world, e.target_id): e for e in episodes[name]} for name in (ours, theirs))
            common = [key for key in mine if key in others]
            parts = _by_part([mine[key] for key in common])
            rivals = _by_part([others[key] for key in common])
            for part, own in parts.items():
                tables = tasks_table(own), tasks_table(rivals[part])
                differences += differences_of(part, ours, tables[0], theirs, tables[1], config.n_resamples)
    return tuple(differences)
