"""The expert's trajectories find what they read, run through, and end in the right answer, in both twins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stillroom.agents.solver import Tool
from stillroom.data.trajectory import Form, Outcome
from stillroom.simulators.mirror import MirrorEnvironment
from stillroom.simulators.tasks.expert import ideal_actions
from stillroom.simulators.tasks.solving import SolverSeat, solve_task
from stillroom.simulators.tasks.task import Part, Task, TaskError
from stillroom.simulators.tasks.teachers import script_writer
from stillroom.tools.passages import SearchTool, build_passage_index
from stillroom.tools.sandbox import Sandbox, open_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


@pytest.mark.parametrize("name", ["mirror:120", "mirror-renamed:120"])
def test_it_solves_every_kind_of_task(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    environment = MirrorEnvironment.load(name)
    search = Tool("search", "", SearchTool(build_passage_index(environment.passages(), tmp_path, mode="bm25")))
    tasks = environment.tasks(Part.TRAIN)[:44]
    write = script_writer("expert", environment)
    assert len({task.kind for task in tasks}) == 11
    for task in tasks:
        seat = SolverSeat("expert", write(task, Form.AGENT), sandbox, (search,))
        episode = solve_task(seat, environment, task, Part.TRAIN, key=task.id)
        assert (episode.outcome, episode.score("correct"), episode.score("invalid_actions")) == (Outcome.ANSWERED, 1, 0)
        assert len(episode.turns) == len(task.support) + 1


def test_a_task_without_a_known_way_is_refused() -> None:
    with pytest.raises(TaskError, match="t/1 does not say the way to its answer"):
        ideal_actions(Task("t/1", "How many?", "12"))


@pytest.mark.parametrize("name", ["mirror:120", "mirror-renamed:120"])
def test_its_plan_tells_nothing_that_the_question_does_not(name: str) -> None:
    for task in MirrorEnvironment.load(name).tasks(Part.TRAIN)[:66]:
        first = ideal_actions(task)[0].thought
        plan = first.partition(" I search for ")[0]
        assert plan.startswith("Plan: ") and len(first) < 400
        path = task.notes["path"]
        assert isinstance(path, list)
        reads = [read["text"] for step in path if isinstance(step, dict) for read in step.get("reads", [])]  # type: ignore[union-attr, call-overload, index]
        assert not [text for text in reads if str(text) in plan and str(text) not in task.question], task.question
