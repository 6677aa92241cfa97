"""The solver's batch contract, and what the command refuses."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ScriptedModel

from stillroom.agents.solver import SolverConfig, build_solver_graph
from stillroom.serve.batch import answer_lines
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


def test_numbers_that_json_has_not_are_an_error_of_their_line() -> None:
    lines = [b'{"id": 1e400, "question": "a"}', b'{"id": [-1e999], "question": "a"}', b'{"id": NaN}', b'{"id": 1e3}']
    found = answers(lines)
    assert [line["error"] for line in found] == [
        "1e400 is too large a number",
        "-1e999 is too large a number",
        "NaN is no JSON value",
        "question: Field required",
    ]
    assert [line["id"] for line in found] == [None, None, None, 1000.0]


def test_an_answer_that_json_cannot_hold_is_an_error_of_its_line() -> None:
    given = iter([math.nan, 1, [math.inf]])
    found = list(answer_lines([b'{"id": 1}', b'{"id": 2}', b'{"id": 3}'], lambda _: {"answer": next(given)}))
    first, second, third = (json.loads(line, parse_constant=pytest.fail) for line in found)
    assert first == {"id": 1, "error": "the answer holds a number that JSON has not: NaN or an infinity"}
    assert second == {"id": 2, "answer": 1} and third["id"] == 3 and "error" in third


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


@pytest.fixture
def solve_with(
    tmp_path: Path, hosted_server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Return what solves one question by the server's model and returns the line that is written."""
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def solve(*options: str) -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 1, "question": "How many?"}\n')))
        command = ["solve", "--model", "openai:tiny", "--base-url", hosted_server.url, "--task", "mirror:60"]
        assert run_command([*command, *options]) == 0
        line: dict[str, Any] = json.loads(capsys.readouterr().out)
        return line

    return solve


def test_candidates_of_a_hosted_model_are_each_asked_for(solve_with: Any, hosted_server: Any) -> None:
    answers = iter([41, 42, 42, 43])
    hosted_server.answer = lambda _: action(f"final_answer({next(answers)})")
    assert solve_with("--candidates", "4", "--seed", "5")["answer"] == 42
    sent = [(body["temperature"], body["seed"], body["max_tokens"]) for body in hosted_server.bodies]
    assert sent == [(0.4, 5 + at, 320) for at in range(4)]


def test_solve_draws_at_the_temperature_that_is_given(solve_with: Any, hosted_server: Any) -> None:
    hosted_server.answer = lambda _: action("final_answer(1)")
    solve_with("--temperature", "0.9")
    solve_with("--temperature", "0.9", "--candidates", "2")
    solve_with()
    assert [body["temperature"] for body in hosted_server.bodies] == [0.9, 0.9, 0.9, 0.0]


def test_solve_answers_in_words_or_from_a_first_thought(solve_with: Any, hosted_server: Any) -> None:
    said = iter(["So.\nAnswer: 7", "I count. It is 8.", action("final_answer(8)")])
    hosted_server.answer = lambda _: next(said)
    assert solve_with("--form", "cot")["answer"] == "7"
    assert solve_with("--first-thought")["answer"] == 8
    assert "Begin your first thought with these words: I count." in hosted_server.bodies[-1]["messages"][-1]["content"]


def test_a_student_is_asked_in_the_form_that_it_was_trained_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    model = ScriptedModel("So.\nAnswer: 7", action("final_answer(8)"))
    monkeypatch.setattr("stillroom.serve.solve_command.open_model", lambda *_, **__: model)
    monkeypatch.setattr("stillroom.serve.solve_command.check_model", lambda *_, **__: None)
    found = []
    for options in ([], ["--form", "agent"]):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 1, "question": "How many?"}\n')))
        assert run_command(["solve", "--model", "student:solver-cot", "--task", "mirror:60", *options]) == 0
        found.append(json.loads(capsys.readouterr().out)["answer"])
    assert found == ["7", 8]
    assert [str(asked[-1].content) for asked in model.asked] == ["reason\nHow many?", "solve search\nHow many?"]


def test_the_help_names_only_models_that_solve(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["solve", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "PROVIDER:MODEL (not expert, annotations or rules)" in said and "--first-thought" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "student:solver-cot", "--first-thought"], "--first-thought is about an agent's actions"),
        (["--model", "openai:x", "--form", "cot", "--search", "bm25"], "--search is about an agent's actions"),
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
