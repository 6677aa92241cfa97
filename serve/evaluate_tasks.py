"""`stillroom evaluate --task NAMES` and `--suite solver`: solvers measured on the same held-out tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from stillroom.serve.console import Meter
from stillroom.serve.contestants import version_of
from stillroom.serve.hosted import accounted, is_hosted
from stillroom.serve.loading import check_model, check_run, open_model
from stillroom.serve.refusals import CommandError, resumable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from stillroom.agents.models.hosted import Hosting
    from stillroom.agents.solver import SolverConfig
    from stillroom.data.fetch import Fetcher
    from stillroom.data.trajectory import Form
    from stillroom.simulators.evaluation import Evaluation
    from stillroom.simulators.tasks import Part, Task
    from stillroom.simulators.tasks.contestant import TaskContestant
    from stillroom.simulators.tasks.evaluate import Arena
    from stillroom.simulators.tasks.solving import SolverSeat
    from stillroom.tools.sandbox import Sandbox

_AGAIN = "interrupted; run the same command again to go on, what is measured is stored"


@dataclass(frozen=True)
class TaskEvaluation:
    """What is asked for: who, on which environments, on how many tasks of each, and how many of them by the slow.

    `at_once` is how many tasks those solve at once who do not solve them one by one. With `only_stored` nobody solves
    any: the run must be there.
    """

    names: tuple[str, ...]
    is_suite: bool
    tasks: tuple[str, ...]
    n_tasks: int
    n_slow_tasks: int
    part: Part
    seed: int
    search: str | None
    sandbox: str
    runtime: str
    offline: bool
    at_once: Mapping[str, int]
    only_stored: bool = False


def evaluate_on_tasks(asked: TaskEvaluation, store: Path, run_id: str | None, hosting: Hosting) -> Evaluation:
    """Measure everyone and return the result; what is measured is stored at once."""
    from stillroom.data.fetch import Fetcher
    from stillroom.data.paths import cache_folder
    from stillroom.data.store import Store
    from stillroom.serve.simulate_command import name_run
    from stillroom.simulators.tasks.evaluate import TaskEvaluationConfig, evaluate_tasks
    from stillroom.tools.sandbox import open_sandbox

    with resumable(_AGAIN), accounted(hosting), open_sandbox(asked.sandbox) as sandbox, Meter() as meter:
        contestants = _contestants(asked, meter, hosting)
        fetcher = Fetcher(cache_folder(), offline=asked.offline, progress=meter, notify=meter.note)
        arenas = [_arena(name, asked, fetcher, sandbox) for name in asked.tasks]
        for contestant in contestants:
            if contestant.privileged:
                _check_ways(contestant, arenas, asked)
        config = TaskEvaluationConfig(asked.n_tasks, asked.part, asked.seed, search=asked.search, sandbox=asked.sandbox)
        run = run_id or name_run("tasks", "", f"evaluate {_kind_of(asked)}", asked.seed)
        check_run(store, run, asked.only_stored)
        store.parent.mkdir(parents=True, exist_ok=True)
        with Store.open(store) as opened:
            return evaluate_tasks(
                arenas,
                contestants,
                config,
                store=opened,
                run_id=run,
                progress=meter,
                concurrency=asked.at_once,
                only_stored=asked.only_stored,
            )


def _kind_of(asked: TaskEvaluation) -> str:
    """Return what tells a run apart beside its seed: its part, and whatever is not as usual."""
    from stillroom.tools.sandbox import USUAL_SANDBOX

    unusual = [asked.search or "", asked.sandbox if asked.sandbox != USUAL_SANDBOX else ""]
    return " ".join(word for word in (*unusual, asked.part) if word)


def _contestants(asked: TaskEvaluation, meter: Meter, hosting: Hosting) -> list[TaskContestant]:
    """Return everyone, each model loaded once and when its turn comes; refuse a wrong name before any work is done.

    A suite's name that this machine has no model of (a baseline that nobody trained yet) is a row with the reason.
    """
    from stillroom.agents.models.error import ModelError
    from stillroom.simulators.suite import is_slow
    from stillroom.simulators.tasks.contestant import read_contestant

    @cache
    def build(model: str) -> BaseChatModel:
        return open_model(model, None, meter, runtime=asked.runtime, offline=asked.offline, hosting=hosting)

    def missing(error: ModelError) -> BaseChatModel:
        raise error

    found = []
    for name in asked.names:
        contestant = read_contestant(name, asked.seed)
        if contestant.model == "rules":
            raise CommandError("the model rules reads commands about feeds and solves no tasks")
        if not contestant.privileged:
            builder: Callable[[], BaseChatModel] = partial(build, contestant.model)
            version = ""
            try:
                check_model(contestant.model, meter, offline=asked.offline, hosting=hosting)
                version = version_of(contestant.model, asked.runtime, hosting)
            except ModelError as error:
                if not asked.is_suite:
                    raise
                builder = partial(missing, error)
            if is_hosted(contestant.model) and hosting.temperature:
                # A hosted model is opened with it, and the graph's own for several candidates must not go before it.
                contestant = replace(contestant, config=replace(contestant.config, temperature=hosting.temperature))
            share = min(1.0, asked.n_slow_tasks / asked.n_tasks) if is_slow(contestant.model) else 1.0
            contestant = replace(contestant, version=version, share=share, build=builder)
        found.append(contestant)
    return found


def _check_ways(teacher: TaskContestant, arenas: Sequence[Arena], asked: TaskEvaluation) -> None:
    """Refuse a scripted teacher that knows no way for any of the tasks: its row would be empty."""
    from stillroom.simulators.tasks import TaskError
    from stillroom.simulators.tasks.collecting import TaskCollectConfig, check_ways
    from stillroom.simulators.tasks.teachers import script_writer

    config = TaskCollectConfig(asked.part, asked.n_tasks, solver=teacher.config)
    errors = []
    for arena in arenas:
        seat_of = partial(_scripted_seat, teacher.name, arena, script_writer(teacher.model, arena.environment))
        try:
            check_ways(arena.environment, seat_of, config)
        except TaskError as error:
            errors.append(error)
    if len(errors) == len(arenas):
        raise errors[0]


def _scripted_seat(
    name: str, arena: Arena, write: Callable[[Task, Form], BaseChatModel], task: Task, solver: SolverConfig
) -> SolverSeat:
    from stillroom.simulators.tasks.solving import SolverSeat

    return SolverSeat(name, write(task, solver.form), arena.sandbox, arena.tools, solver)


def _arena(name: str, asked: TaskEvaluation, fetcher: Fetcher, sandbox: Sandbox) -> Arena:
    from stillroom.simulators.tasks import load_environment
    from stillroom.simulators.tasks.evaluate import Arena
    from stillroom.simulators.tasks.tools import open_tools

    environment = load_environment(name, fetcher)
    environment.tasks(asked.part)  # an environment without this part is told before anything is solved
    return Arena(environment, open_tools(environment, fetcher, mode=asked.search), sandbox)
