"""A task becomes an episode: steps as turns, scores, counts; what fails is recorded with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from pydantic import JsonValue
from tests.conftest import ScriptedModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.solver import SolverConfig, Tool
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Outcome, Score
from stillroom.simulators.tasks.solving import SolverSeat, solve_task
from stillroom.simulators.tasks.task import Part, Task
from stillroom.tools.passages import Passage
from stillroom.tools.sandbox import Sandbox, open_sandbox

TASK = Task("sums/1", "What is 6 times 7?", "42", "product")


class Sums:
    """An environment of one task."""

    name = "sums"

    def tasks(self, part: Part) -> Sequence[Task]:
        return (TASK,)

    def passages(self) -> Sequence[Passage]:
        return ()

    def score(self, task: Task, answer: JsonValue) -> tuple[Score, ...]:
        return (Score("correct", float(str(answer) == task.answer)),)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


def action(code: str) -> str:
    return f"Thought: I do it.\n```py\n{code}\n```"


def run(sandbox: Sandbox, model: Any, *tools: Tool, **config: Any) -> Episode:
    seat = SolverSeat("scripted", model, sandbox, tools, SolverConfig(**config))
    return solve_task(seat, Sums(), TASK, Part.TEST, key="000001")


def test_an_answer_is_scored_and_every_step_recorded(sandbox: Sandbox) -> None:
    tool = Tool("search", "", lambda query: f"about {query}")
    model = ScriptedModel(action("x = 6\nprint(search('six'))"), action("x * z"), action("final_answer(x * 7)"))
    episode = run(sandbox, model, tool)
    assert (episode.outcome, episode.error, episode.world, episode.setting) == (Outcome.ANSWERED, "", "sums", "solve")
    assert (episode.target_id, episode.split, episode.key, episode.model) == ("sums/1", "test", "000001", "scripted")
    assert {score.name: score.value for score in episode.scores} == {
        "correct": 1.0,
        "steps": 3.0,
        "invalid_actions": 1.0,
        "searches": 1.0,
        "tokens_out": 9.0,
    }
    first, second, third = episode.turns
    assert (first.number, first.command, first.reply) == (1, TASK.question, "about six")
    assert [(call.tool, call.argument, call.error) for call in first.tool_calls] == [
        ("python", "x = 6\nprint(search('six'))", ""),
        ("search", "('six',)", ""),
    ]
    assert (second.command, second.state["end"], second.tool_calls[0].error) == (None, "raised", "raised")
    assert third.state["answer"] == 42 and episode.state["answer"] == 42
    assert [message["content"] for message in third.calls[0].messages][-1].startswith("Observation:\nline 1: NameError")


def test_the_record_goes_through_the_store_unchanged(sandbox: Sandbox, store: Store) -> None:
    episode = run(sandbox, ScriptedModel(*[action("final_answer(42)")] * 3), n_candidates=3)
    run_id = store.start_run({"kind": "solve"}, seed=0)
    store.add_episode(run_id, episode)
    assert list(store.episodes(run_id)) == [episode]
    assert Episode.from_json(episode.to_json()) == episode
    assert episode.turns[0].state["votes"] == 3 and len(episode.turns[0].calls) == 3


def test_what_became_of_every_candidate_is_recorded(sandbox: Sandbox, store: Store) -> None:
    replies = [action("final_answer(41)"), action("print('z' * 9000)\n1 / 0"), "no code", action("final_answer(42)")]
    large = action("final_answer(['w' * 900] * 9)")
    episode = run(sandbox, ScriptedModel(*replies, action("final_answer(41.0)"), large), n_candidates=6)
    store.add_episode(store.start_run({"kind": "solve"}, run_id="r"), episode)
    (turn,) = store.read_episode("r/000001").turns
    first, second, third, fourth, fifth, sixth = turn.state["candidates"]  # type: ignore[misc, union-attr]
    assert (turn.state["adopted"], turn.state["votes"], turn.state["answer"]) == (0, 2, 41)
    assert first == {"end": "answered", "observation": "", "answer": 41}
    assert second["end"] == "raised" and second["observation"] == "z" * 2000 and second["answer"] is None
    assert third["end"] == "no_action" and third["observation"].startswith("there is no code")
    assert fourth["answer"] == 42 and fifth["answer"] == 41.0
    assert sixth["answer"].startswith("['www") and len(sixth["answer"]) == 2000
    alone = run(sandbox, ScriptedModel(action("final_answer(42)")))
    assert "candidates" not in alone.turns[0].state  # the turn itself says it


@pytest.mark.parametrize(
    ("replies", "outcome", "correct"),
    [
        ([action("final_answer(41)")], Outcome.ANSWERED, 0.0),
        ([action("print(1)")] * 2, Outcome.OUT_OF_ROUNDS, 0.0),
        (["I do not know."] * 2, Outcome.OUT_OF_ROUNDS, 0.0),
    ],
)
def test_what_is_wrong_or_missing_scores_nothing(
    sandbox: Sandbox, replies: list[str], outcome: Outcome, correct: float
) -> None:
    episode = run(sandbox, ScriptedModel(*replies), n_steps=2)
    assert episode.outcome is outcome and episode.score("correct") == correct


class Broken(ScriptedModel):
    """A model whose server is gone."""

    def _generate(self, *_: Any, **__: Any) -> Any:
        if not self.replies:
            raise ModelError("the server cannot be reached")
        return super()._generate(*_, **__)


def test_a_model_that_fails_makes_an_episode_with_the_reason(sandbox: Sandbox) -> None:
    episode = run(sandbox, Broken(action("print(1)")))
    assert (episode.outcome, episode.error) == (Outcome.FAILED, "the server cannot be reached")
    assert len(episode.turns) == 1 and episode.score("correct") is None
