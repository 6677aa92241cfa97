"""Tasks are collected once each, a killed run is gone on with, and what failed is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import ScriptedModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.solver import SolverConfig, Tool
from stillroom.data.store import Store
from stillroom.data.store_file import StoreError
from stillroom.data.trajectory import Outcome
from stillroom.simulators.mirror import MirrorEnvironment
from stillroom.simulators.tasks.collecting import TaskCollectConfig, check_ways, collect_tasks
from stillroom.simulators.tasks.solving import SolverSeat
from stillroom.simulators.tasks.task import Part, Task, TaskError
from stillroom.simulators.tasks.teachers import script_writer
from stillroom.tools.passages import SearchTool, build_passage_index
from stillroom.tools.sandbox import Sandbox, open_sandbox

WORLD = MirrorEnvironment.load("mirror:60")
CONFIG = TaskCollectConfig(n_tasks=3, n_samples=2)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    cache: Path = tmp_path_factory.mktemp("cache")
    return Tool("search", "", SearchTool(build_passage_index(WORLD.passages(), cache, mode="bm25")))


class Seats:
    """Gives the expert's seats, and breaks down after so many."""

    def __init__(self, sandbox: Sandbox, search: Tool, breaks_after: int = 99) -> None:
        self.given: list[tuple[str, int]] = []
        self._sandbox, self._search, self._left = sandbox, search, breaks_after

    def __call__(self, task: Task, solver: SolverConfig) -> SolverSeat:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        self.given.append((task.id, solver.seed))
        return SolverSeat(
            "expert", script_writer("expert", WORLD)(task, solver.form), self._sandbox, (self._search,), solver
        )


def test_every_sample_is_collected_once(sandbox: Sandbox, search: Tool, store: Store) -> None:
    seats, seen = Seats(sandbox, search), list[tuple[int, int]]()
    run = collect_tasks(WORLD, "expert", seats, store, CONFIG, progress=lambda *done: seen.append(done))
    assert seen == [(n, 6) for n in range(7)]
    episodes = list(store.episodes(run))
    tasks = WORLD.tasks(Part.TRAIN)[:3]
    assert [episode.key for episode in episodes] == [f"{task.id}#{n}" for n in (0, 1) for task in tasks]
    assert {episode.score("correct") for episode in episodes} == {1.0}
    assert len({seed for _, seed in seats.given}) == 2
    again = Seats(sandbox, search)
    assert collect_tasks(WORLD, "expert", again, store, CONFIG, run_id=run) == run
    assert again.given == []


def test_tasks_at_once_are_stored_as_those_one_by_one(sandbox: Sandbox, search: Tool, store: Store) -> None:
    config = TaskCollectConfig(n_tasks=12)
    runs = [
        collect_tasks(WORLD, "expert", Seats(sandbox, search), store, config, run_id=name, concurrency=n)
        for name, n in (("one", 1), ("many", 5))
    ]
    one, many = ({episode.key: episode for episode in store.episodes(run)} for run in runs)
    assert len(one) == 12 and one.keys() == many.keys()
    assert all(one[key].scores == many[key].scores and one[key].state == many[key].state for key in one)


def test_a_killed_run_goes_on_with_what_is_missing(sandbox: Sandbox, search: Tool, store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        collect_tasks(WORLD, "expert", Seats(sandbox, search, 2), store, CONFIG, run_id="r")
    rest = Seats(sandbox, search)
    collect_tasks(WORLD, "expert", rest, store, CONFIG, run_id="r")
    assert len(rest.given) == 4 and len(store.finished_episodes("r")) == 6
    with pytest.raises(StoreError):
        collect_tasks(WORLD, "rules", rest, store, CONFIG, run_id="r")


def test_a_run_is_not_gone_on_with_by_another_search_or_sandbox(sandbox: Sandbox, search: Tool, store: Store) -> None:
    config = TaskCollectConfig(n_tasks=1)
    older = {
        name: value for name, value in config.to_json(WORLD, "expert").items() if name not in ("search", "sandbox")
    }
    store.start_run(older, run_id="older")
    for run in ("older", "new"):
        for same in (config, replace(config, search="bm25")):  # which is how this world is searched anyway
            assert collect_tasks(WORLD, "expert", Seats(sandbox, search), store, same, run_id=run) == run
        for other, name in (
            (replace(config, search="dense"), "search"),
            (replace(config, sandbox="cpython"), "sandbox"),
        ):
            with pytest.raises(StoreError, match=f"run '{run}' was started with another {name};"):
                collect_tasks(WORLD, "expert", Seats(sandbox, search), store, other, run_id=run)


class Gone(ScriptedModel):
    """A model that cannot be reached."""

    def _generate(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise ModelError("nobody answers")


def test_what_failed_is_tried_again_and_what_was_wrong_is_not(sandbox: Sandbox, search: Tool, store: Store) -> None:
    one = TaskCollectConfig(n_tasks=2)
    first, second = WORLD.tasks(Part.TRAIN)[:2]
    wrong = ScriptedModel("Thought: a guess\n```py\nfinal_answer('nothing')\n```")

    def seat_of(task: Task, solver: SolverConfig) -> SolverSeat:
        return SolverSeat("m", wrong if task == first else Gone(), sandbox, (search,), solver)

    collect_tasks(WORLD, "m", seat_of, store, one, run_id="r")
    outcomes = {episode.target_id: episode.outcome for episode in store.episodes("r")}
    assert outcomes == {first.id: Outcome.ANSWERED, second.id: Outcome.FAILED}
    again = Seats(sandbox, search)
    collect_tasks(WORLD, "m", again, store, one, run_id="r")
    assert [name for name, _ in again.given] == [second.id]
    assert [episode.outcome for episode in store.episodes("r")] == [Outcome.ANSWERED] * 2
    assert store.drop_failed("r") == 0


def test_tasks_that_nobody_knows_a_way_for_are_passed_over(sandbox: Sandbox, search: Tool, store: Store) -> None:
    known = WORLD.tasks(Part.TRAIN)[1]

    def seat_of(task: Task, solver: SolverConfig) -> SolverSeat:
        if task != known:
            raise TaskError(f"{task.id} has no way")
        return Seats(sandbox, search)(task, solver)

    collect_tasks(WORLD, "expert", seat_of, store, TaskCollectConfig(n_tasks=3), run_id="r")
    assert [episode.target_id for episode in store.episodes("r")] == [known.id]
    check_ways(WORLD, seat_of, TaskCollectConfig(n_tasks=3))
    with pytest.raises(TaskError, match="has no way"):
        check_ways(WORLD, seat_of, TaskCollectConfig(n_tasks=1))
