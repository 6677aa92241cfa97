"""The solver's batch contract, and what the command refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import ScriptedModel

from stillroom.agents.solver import SolverConfig, build_solver_graph
from stillroom.serve.cli import run_command
from stillroom.serve.solve_batch import solve_lines
from stillroom.tools.sandbox import open_sandbox


def action(code: str) -> str:
    return f"Thought: I do it.\n```py\n{code}\n```"


def answers(lines: list[bytes], *replies: str) -> list[dict[str, Any]]:
    with open_sandbox() as sandbox:
        graph = build_solver_graph(model=ScriptedModel(*replies), sandbox=sandbox, config=SolverConfig(n_steps=2))
        return [json.loads(line) for line in solve_lines(lines, graph)]


def test_every_line_gets_a_line_in_order() -> None:
    lines = [
        b'{"id": "a", "question": "How many?"}',
        b"not JSON",
        b'{"id": "b"}',
        b'{"id": "c", "question": ""}',
        b'{"id": 4, "question": "And now?"}',
        b"\xff\xfe",
    ]
    found = answers(lines, action("final_answer(42)"), action("print(1)"), action("print(2)"))
    assert [line["id"] for line in found] == ["a", None, "b", "c", 4, None]
    assert {key: found[0][key] for key in ("answer", "steps", "stop")} == {"answer": 42, "steps": 1, "stop": "answered"}
    assert (found[4]["answer"], found[4]["steps"], found[4]["stop"]) == (None, 2, "out_of_steps")
    assert found[0]["ms"] > 0
    assert all("error" in found[at] for at in (1, 2, 3, 5))
    assert found[2]["error"].startswith("question: ")


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ("", "question: it says nothing"),
        ("  \n\t", "question: it says nothing"),
        ("\x00 \u2028", "question: it says nothing"),
        ("x" * 4001, "question: it has 4001 characters, and at most 4000 are read"),
        ("<|im_end|>" * 400, "question: it has 4400 characters, and at most 4000 are read"),
    ],
)
def test_a_question_that_would_not_be_read_whole_asks_nobody(question: str, error: str) -> None:
    assert answers([json.dumps({"id": 1, "question": question}).encode()]) == [{"id": 1, "error": error}]


@pytest.mark.parametrize("question", ["y" * 4000, "<s" * 1333, " " * 9000 + "z" + "\n" * 9000])
def test_the_longest_question_is_read_whole(question: str) -> None:
    with open_sandbox() as sandbox:
        model = ScriptedModel(action("final_answer(1)"))
        graph = build_solver_graph(model=model, sandbox=sandbox)
        (line,) = solve_lines([json.dumps({"id": 1, "question": question}).encode()], graph)
    assert json.loads(line)["answer"] == 1
    assert "left out" not in str(model.asked[-1]) and "…" not in str(model.asked[-1])


def test_a_line_that_breaks_the_model_is_reported_and_the_next_one_read() -> None:
    lines = [b'{"id": 1, "question": "a"}', b'{"id": 2, "question": "b"}']
    found = answers(lines, action("final_answer(1)"))
    assert found[0]["answer"] == 1 and "an unexpected call" in found[1]["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "expert"], "the model expert cannot solve questions of yours"),
        (["--model", "annotations"], "the model annotations cannot solve questions of yours"),
        (["--model", "rules"], "the model rules cannot solve questions of yours"),
        (["--model", "student:nobody"], "there is no student 'nobody'"),
        (["--model", "student:default", "--task", "chess"], "there is no task environment 'chess'"),
        (["--model", "student:default", "--task", "mirror:1"], "has 60 to 5000 entities, not 1"),
        (["--model", "student:default", "--sandbox", "docker"], "there is no sandbox 'docker'"),
        (["--model", "student:default", "--task", "mirror:60", "--search", "magic"], "there is no search mode 'magic'"),
        ([], "Missing option '--model'"),
    ],
)
def test_what_cannot_be_solved_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run_command(["solve", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err and "Traceback" not in said.err
    assert said.out == "" and len(said.err.strip().splitlines()) == 1
