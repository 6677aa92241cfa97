"""`stillroom simulate --task NAME`: tasks solved by an agent, into the store, as sessions are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.contestants import version_of
from stillroom.serve.hosted import accounted, address_of
from stillroom.serve.loading import check_model, open_model
from stillroom.serve.options import SolverForm
from stillroom.serve.refusals import CommandError, refuse_given, resumable

if TYPE_CHECKING:
    from stillroom.agents.models.hosted import Hosting
    from stillroom.data.fetch import Fetcher
    from stillroom.simulators.tasks import Part, TaskEnvironment
    from stillroom.simulators.tasks.collecting import SeatOf
    from stillroom.tools.sandbox import Sandbox

_AGAIN = "interrupted; run the same command again to go on, what is finished is stored"


@dataclass(frozen=True)
class TaskRun:
    """What `simulate --task` is asked for."""

    task: str
    model: str
    part: Part
    n_tasks: int
    n_samples: int
    temperature: float
    form: SolverForm
    first_thought: bool
    seed: int
    sandbox: str
    search: str | None
    runtime: str
    concurrency: int
    offline: bool
    # Options about people and their feeds, by name, each with whether it was given.
    about_people: Mapping[str, object] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what would only repeat itself, or cannot be."""
        from stillroom.simulators.tasks.teachers import SCRIPTED

        refuse_given("is about people and their feeds, which tasks have none of", self.about_people)
        if self.n_samples > 1 and self.model in SCRIPTED:
            raise CommandError(f"the teacher {self.model} solves a task in one way: leave --samples out")
        if self.n_samples > 1 and not self.temperature:
            raise CommandError("samples of a task differ only where actions are drawn: give --temperature, as in 0.7")
        if self.model == "rules":
            raise CommandError("the model rules reads commands about feeds and solves no tasks")
        if self.first_thought and (self.form is SolverForm.COT or self.model in SCRIPTED):
            raise CommandError(
                "--first-thought starts the actions of a language model: it is neither for cot nor scripts"
            )


def simulate_tasks(asked: TaskRun, store: Path, run_id: str | None, hosting: Hosting) -> None:
    """Solve tasks and store every episode."""
    from stillroom.agents.solver import SolverConfig
    from stillroom.data.fetch import Fetcher
    from stillroom.data.paths import cache_folder
    from stillroom.data.store import Store
    from stillroom.data.trajectory import Form
    from stillroom.serve.simulate_command import describe, name_run
    from stillroom.simulators.tasks import load_environment
    from stillroom.simulators.tasks.collecting import TaskCollectConfig, check_ways, collect_tasks
    from stillroom.simulators.tasks.teachers import SCRIPTED
    from stillroom.tools.sandbox import open_sandbox

    asked.check()
    with resumable(_AGAIN), accounted(hosting), open_sandbox(asked.sandbox) as sandbox, Meter() as meter:
        if asked.model not in SCRIPTED:
            check_model(asked.model, meter, offline=asked.offline, hosting=hosting)
        fetcher = Fetcher(cache_folder(), offline=asked.offline, progress=meter, notify=meter.note)
        environment = load_environment(asked.task, fetcher)
        seat_of = _seats(asked, environment, fetcher, sandbox, meter, hosting)
        solver = SolverConfig(Form(asked.form), asked.first_thought, temperature=asked.temperature or None)
        config = TaskCollectConfig(
            asked.part, asked.n_tasks, asked.n_samples, asked.seed, solver, asked.search, asked.sandbox,
            version_of(asked.model, asked.runtime), address_of((asked.model,), hosting),
        )  # fmt: skip
        label = " ".join(["solve", asked.form, *(["first thought"] if asked.first_thought else []), asked.part])
        run = run_id or name_run(environment.name, asked.model, label, asked.seed)
        check_ways(environment, seat_of, config)  # what cannot be solved, or is not there, leaves no empty run behind
        store.parent.mkdir(parents=True, exist_ok=True)
        with Store.open(store) as opened:
            progress = partial(meter, "tasks")
            collect_tasks(
                environment,
                asked.model,
                seat_of,
                opened,
                config,
                run_id=run,
                progress=progress,
                concurrency=asked.concurrency,
            )
            summaries = opened.list_episodes(run)
            right = sum(episode.score("correct") == 1 for episode in opened.episodes(run))
    show(f"Wrote run {run} to {store}: {describe(summaries)}, {right} right.")
    show_next(f"stillroom traces list --store {store}")


def _seats(
    asked: TaskRun, environment: TaskEnvironment, fetcher: Fetcher, sandbox: Sandbox, meter: Meter, hosting: Hosting
) -> SeatOf:
    """Return what gives a task its seat; a model is loaded once, a scripted teacher knows each task's own way."""
    from stillroom.agents.solver import SolverConfig
    from stillroom.simulators.tasks import Task
    from stillroom.simulators.tasks.solving import SolverSeat
    from stillroom.simulators.tasks.teachers import SCRIPTED, script_writer
    from stillroom.simulators.tasks.tools import open_tools

    tools = open_tools(environment, fetcher, mode=asked.search)
    if asked.model in SCRIPTED:
        write = script_writer(asked.model, environment)
        return lambda task, config: SolverSeat(asked.model, write(task, config.form), sandbox, tools, config)
    model = open_model(asked.model, None, meter, runtime=asked.runtime, offline=asked.offline, hosting=hosting)

    def seat_of(_: Task, config: SolverConfig) -> SolverSeat:
        return SolverSeat(asked.model, model, sandbox, tools, config)

    return seat_of
