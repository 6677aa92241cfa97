"""A trajectory is one row: what runs is learnt, what failed is context, and the text is what the graph asked with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from tests.conftest import ScriptedModel

from stillroom.agents.chatml import TURN_END
from stillroom.agents.solver import SolverConfig, Tool
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Form, Score
from stillroom.distill.card import render_card
from stillroom.distill.gate import GateYield
from stillroom.distill.recipe import Recipe, parse_recipe
from stillroom.distill.solver_rows import passes, solver_rows, trajectory_row
from stillroom.simulators.tasks.environment import QuestionEnvironment, right_or_wrong
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.simulators.tasks.solving import SolverSeat, solve_task
from stillroom.simulators.tasks.task import Part, Task
from stillroom.tools.sandbox import Sandbox, open_sandbox

TASK = Task("sums/1", "What is 6 times 7?", "42", "product", ("p1",))
WORLD = QuestionEnvironment("sums", {Part.TRAIN: [TASK]}, right_or_wrong(same_number))
SEARCH = Tool("search", "", lambda query: [{"id": "p1", "text": f"about {query}"}])


def action(code: str) -> str:
    return f"Thought: I do it.\n```py\n{code}\n```"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


def solved(sandbox: Sandbox, model: ScriptedModel, key: str = "k", **config: object) -> Episode:
    seat = SolverSeat("expert", model, sandbox, (SEARCH,), SolverConfig(**config))  # type: ignore[arg-type]
    return solve_task(seat, WORLD, TASK, Part.TRAIN, key=key)


def test_a_row_is_the_conversation_that_the_model_had(sandbox: Sandbox) -> None:
    replies = [action("print(search('six'))"), action("final_answer(6 * 7)")]
    model = ScriptedModel(*replies)
    row = trajectory_row(solved(sandbox, model))
    assert (row.completion, row.slice, row.source) == (replies[0] + TURN_END, "sums:product", "k")
    ((context, said),) = row.more
    assert said == replies[1] + TURN_END and "about six" in context
    asked = "".join(f"<|im_start|>{m.type.replace('human', 'user').replace('ai', 'assistant')}\n{m.content}{TURN_END}\n"
                    for m in model.asked[1])  # fmt: skip
    assert row.prompt + row.completion + context == asked + "<|im_start|>assistant\n"


def test_a_failed_action_is_context_and_not_learnt(sandbox: Sandbox) -> None:
    replies = [action("x = 6 *"), "no code", action("x = 42"), action("y"), action("final_answer(x)")]
    row = trajectory_row(solved(sandbox, ScriptedModel(*replies)))
    assert replies[0] in row.prompt and "SyntaxError" in row.prompt and "no code" in row.prompt
    assert row.completion == replies[2] + TURN_END
    ((context, said),) = row.more
    assert replies[3] in context and "NameError" in context and said == replies[4] + TURN_END


def test_a_teachers_reply_is_taught_in_the_students_form(sandbox: Sandbox) -> None:
    loose = "I multiply.\n```python\nfinal_answer(42)\n```\nThat is it, goodbye."
    row = trajectory_row(solved(sandbox, ScriptedModel(loose, prompt_profile="teacher")))
    assert row.completion == f"Thought: I multiply.\n```py\nfinal_answer(42)\n```{TURN_END}"
    assert row.prompt == f"<|im_start|>user\nsolve search\n{TASK.question}{TURN_END}\n<|im_start|>assistant\n"


def test_a_chain_of_thought_is_a_row_of_words(sandbox: Sandbox) -> None:
    row = trajectory_row(solved(sandbox, ScriptedModel("So.\nAnswer:  42 "), form=Form.COT))
    assert row.prompt.startswith("<|im_start|>user\nreason\n") and not row.more
    assert row.completion == f"So.\nAnswer: 42{TURN_END}"


def test_special_tokens_of_a_teacher_are_learnt_by_nobody(sandbox: Sandbox) -> None:
    wild = "So.<|im_end|><|im_start|>system"
    replies = [f"{wild} no code", f"{wild}\n```py\nx = 42<|im_end|>\n```", f"{wild}\n```py\nfinal_answer(42)\n```"]
    row = trajectory_row(solved(sandbox, ScriptedModel(*replies)))
    broken = "So.< |im_end|>< |im_start|>system"
    assert row.completion == f"Thought: {broken}\n```py\nfinal_answer(42)\n```{TURN_END}"
    assert row.prompt.count(broken) == 2 and row.prompt.count("<|im_start|>") == 6
    words = trajectory_row(solved(sandbox, ScriptedModel(f"{wild}\nAnswer: 42</s>"), form=Form.COT))
    assert words.completion == f"{broken}\nAnswer: 42< /s>{TURN_END}"


def test_a_first_thought_that_a_teacher_passed_over_is_learnt(sandbox: Sandbox) -> None:
    class Free(ScriptedModel):
        steered_by = frozenset()

    model = Free("I multiply. It is 42.", action("final_answer(42)"))
    row = trajectory_row(solved(sandbox, model, first_thought=True))
    assert row.completion == f"Thought: I multiply. I do it.\n```py\nfinal_answer(42)\n```{TURN_END}"


def test_the_card_of_the_student_of_words_says_how_it_is_used() -> None:
    folder = Path(str(resources.files("stillroom.agents").joinpath("students/solver-cot")))
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card == render_card(json.loads((folder / "training.json").read_text(encoding="utf-8")))
    assert "answers in the form that it was trained for (`form` in" in card


def recipe(**part: object) -> Recipe:
    return parse_recipe({"name": "r", "tasks": [{"environment": "sums", **part}]}, "r")


def test_only_right_answers_of_the_part_asked_for_become_rows(sandbox: Sandbox, store: Store) -> None:
    run = store.start_run({"kind": "solve"}, run_id="r")
    good = solved(sandbox, ScriptedModel(action("final_answer(search('a') and 42)")), "good")
    blind = solved(sandbox, ScriptedModel(action("final_answer(42)")), "blind")
    wrong = solved(sandbox, ScriptedModel(action("final_answer(41)")), "wrong")
    words = solved(sandbox, ScriptedModel("Answer: 42"), "words", form=Form.COT)
    held_out = replace(good, key="test", split="test")
    for episode in (wrong, blind, good, words, held_out, replace(good, key="other", model="local:x")):
        store.add_episode(run, episode)
    gated = GateYield()
    assert [row.source for row in solver_rows(store, recipe(), gated)] == ["blind"]
    assert list(gated.lines()) == ["sums:expert:agent: 2 of 3 (67%)"]
    assert {row.source for row in solver_rows(store, recipe(per_task=2), GateYield())} == {"blind", "good"}
    assert [row.source for row in solver_rows(store, recipe(gate="supported"), GateYield())] == ["good"]
    assert [row.source for row in solver_rows(store, recipe(form="cot"), GateYield())] == ["words"]
    assert [row.source for row in solver_rows(store, recipe(teacher="local:x"), GateYield())] == ["other"]
    assert solver_rows(store, recipe(first_thought=True), GateYield()) == []


def test_the_same_trajectory_is_one_row(sandbox: Sandbox, store: Store) -> None:
    run = store.start_run({"kind": "solve"}, run_id="r")
    for key in ("a", "b"):
        store.add_episode(run, solved(sandbox, ScriptedModel(action("final_answer(42)")), key))
    assert len(solver_rows(store, recipe(per_task=5), GateYield())) == 1


def test_a_gate_asks_for_the_passages_only_where_there_are_some(sandbox: Sandbox) -> None:
    episode = solved(sandbox, ScriptedModel(action("final_answer(42)")))
    part = recipe(gate="supported").tasks[0]
    assert episode.score("support_found") == 0.0 and not passes(episode, part)
    without = replace(episode, scores=(Score("correct", 1.0),))
    assert passes(without, part)
