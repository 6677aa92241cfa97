"""`stillroom simulate --task`: the expert's trajectories on a real world, resumed, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.data.store import Store
from stillroom.distill.prepare import training_rows
from stillroom.distill.recipe import read_recipe
from stillroom.serve.cli import run_command
from stillroom.serve.evaluation_file import read_evaluation
from stillroom.serve.options import SolverForm
from stillroom.serve.refusals import CommandError
from stillroom.serve.simulate_tasks import TaskRun
from stillroom.simulators.suite import Suite
from stillroom.simulators.tasks import load
from stillroom.simulators.tasks.environment import QuestionEnvironment, right_or_wrong
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.simulators.tasks.task import Part, Task
from stillroom.tools.passages import PassageEncoder


class Lengths:
    """Vectors that say how long a text is."""

    dimension = 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[1.0, 1 / (1 + len(text))] for text in texts], np.float32)


def test_the_expert_solves_tasks_into_the_store_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    store = tmp_path / "tasks.duckdb"
    command = ["simulate", "--task", "mirror:60", "--model", "expert", "--search", "bm25", "--store", str(store)]
    assert run_command([*command, "--episodes", "6"]) == 0
    assert "6 sessions (6 answered), 6 right" in " ".join(capsys.readouterr().out.split())
    assert run_command([*command, "--episodes", "9"]) == 0
    with Store.open(store, read_only=True) as opened:
        (run,) = opened.list_runs()
        episodes = list(opened.episodes(run.run_id))
    assert run.config["kind"] == "solve" and run.config["part"] == "train"
    assert len(episodes) == 9 and {episode.split for episode in episodes} == {"train"}
    assert all(episode.turns[0].calls and episode.score("correct") == 1 for episode in episodes)


def test_chains_of_thought_are_a_run_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    store = tmp_path / "tasks.duckdb"
    command = ["simulate", "--task", "mirror:60", "--model", "expert", "--episodes", "4", "--store", str(store)]
    assert run_command(command) == 0 and run_command([*command, "--form", "cot"]) == 0
    recipe = tmp_path / "r.toml"
    recipe.write_text('name = "r"\n[[tasks]]\nenvironment = "mirror:60"\nform = "cot"\n', encoding="utf-8")
    with Store.open(store, read_only=True) as opened:
        agent, words = opened.list_runs()
        assert (agent.run_id, words.config["form"]) == ("mirror-60-expert-solve-agent-train-0", "cot")
        rows = training_rows(opened, read_recipe(recipe))
        assert all("Answer: " in episode.turns[0].calls[0].reply for episode in opened.episodes(words.run_id))
    assert len(rows) == 4 and all(row.prompt.startswith("<|im_start|>user\nreason\n") for row in rows)


def test_solvers_are_evaluated_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    out, results = tmp_path / "e.json", tmp_path / "RESULTS.md"
    command = ["evaluate", "--task", "mirror:60,mirror-renamed:60", "--models", "expert,expert+cot", "--users", "5"]
    files = ["--store", str(tmp_path / "t.duckdb"), "--json", str(out), "--results", str(results)]
    assert run_command([*command, *files]) == 0
    shown = capsys.readouterr().out
    assert "Tasks: mirror-renamed:60" in shown and "All tasks" in shown and "users" not in shown
    found = read_evaluation(out)
    assert found.model("expert").parts["task:all"].value("correct") == 1.0
    assert found.model("expert").parts["task:all"].value("search_rate") == 1.0
    assert found.model("expert+cot").parts["task:all"].value("search_rate") == 0.0
    assert "| expert (privileged) | 10 |" in results.read_text(encoding="utf-8")


def test_another_search_is_refused_for_a_run_of_tasks_and_is_a_run_of_its_own_for_an_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "stillroom.simulators.tasks.tools.open_encoder", lambda *_: PassageEncoder.symmetric("lengths", Lengths())
    )
    store = ["--store", str(tmp_path / "tasks.duckdb")]
    command = ["simulate", "--task", "mirror:60", "--model", "expert", "--episodes", "2", *store]
    assert run_command([*command, "--search", "bm25"]) == 0 and run_command(command) == 0
    assert run_command([*command, "--search", "dense"]) == 2
    assert "was started with another search; give a new run id" in " ".join(capsys.readouterr().err.split())
    evaluation = ["evaluate", "--task", "mirror:60", "--models", "expert", "--users", "2", *store]
    evaluation += ["--json", str(tmp_path / "e.json")]
    assert run_command(evaluation) == 0 and run_command([*evaluation, "--search", "dense"]) == 0
    with Store.open(tmp_path / "tasks.duckdb", read_only=True) as opened:
        runs = {run.run_id: run.config["search"] for run in opened.list_runs()}
    assert runs == {
        "mirror-60-expert-solve-agent-train-0": "bm25",
        "tasks-evaluate-test-0": None,
        "tasks-evaluate-dense-test-0": "dense",
    }


def test_a_suites_student_that_nobody_trained_is_a_row_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    suite = Suite(("expert", "student:runs/nobody+cot"), 3, 1, 3)
    monkeypatch.setattr("stillroom.simulators.suite.SUITES", {"solver": suite})
    out = tmp_path / "e.json"
    command = ["evaluate", "--suite", "solver", "--task", "mirror:60", "--held-out", "validation"]
    assert run_command([*command, "--store", str(tmp_path / "t.duckdb"), "--json", str(out)]) == 0
    assert "there is no student 'runs/nobody'" in " ".join(capsys.readouterr().out.split())
    found = read_evaluation(out)
    assert found.config["part"] == "validation" and found.model("expert").parts["task:mirror:60"].n == 3


def hosted_solver(server: Any) -> None:
    numbers = count()
    server.answer = lambda _: f"Thought: So.\n```py\nfinal_answer({next(numbers)})\n```"


def test_samples_of_a_hosted_model_are_each_asked_for(
    tmp_path: Path, hosted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    hosted_solver(hosted_server)
    command = ["simulate", "--task", "mirror:60", "--model", "openai:tiny", "--base-url", hosted_server.url]
    command += ["--episodes", "2", "--samples", "4", "--temperature", "0.7"]
    assert run_command([*command, "--store", str(tmp_path / "a.duckdb")]) == 0
    sent = [(body["temperature"], body["max_tokens"]) for body in hosted_server.bodies]
    assert sent == [(0.7, 320)] * 8
    by_task: dict[str, set[int]] = {}
    for body in hosted_server.bodies:
        by_task.setdefault(str(body["messages"]), set()).add(body["seed"])
    assert sorted(map(len, by_task.values())) == [4, 4], "every sample of a task has a seed of its own"
    with Store.open(tmp_path / "a.duckdb", read_only=True) as store:
        answers = {episode.state["answer"] for episode in store.episodes(store.list_runs()[0].run_id)}
    assert len(answers) == 8, "no sample is a copy of another"
    assert run_command([*command, "--store", str(tmp_path / "b.duckdb")]) == 0
    assert hosted_server.n_requests == 8, "the same run again is paid once"
    assert run_command([*command, "--store", str(tmp_path / "c.duckdb"), "--seed", "1"]) == 0
    assert hosted_server.n_requests == 16, "another seed draws anew"


@pytest.mark.parametrize(
    ("way", "given", "sent"), [("", "0", 0.0), ("", "0.7", 0.7), ("+sag2", "0", 0.4), ("+sag2", "0.7", 0.7)]
)
def test_a_hosted_model_is_evaluated_at_the_temperature_that_is_given(
    tmp_path: Path, hosted_server: Any, monkeypatch: pytest.MonkeyPatch, way: str, given: str, sent: float
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    hosted_solver(hosted_server)
    command = ["evaluate", "--task", "mirror:60", "--models", f"openai:tiny{way}", "--base-url", hosted_server.url]
    files = ["--store", str(tmp_path / "t.duckdb"), "--json", str(tmp_path / "e.json")]
    assert run_command([*command, "--users", "1", "--temperature", given, *files]) == 0
    assert {body["temperature"] for body in hosted_server.bodies} == {sent}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--task", "chess", "--models", "expert"], "there is no task environment 'chess'"),
        (["--task", ",", "--models", "expert"], "--task names nothing"),
        (["--task", "mirror:60", "--models", "rules"], "solves no tasks"),
        (["--task", "mirror:60", "--models", "expert+magic"], "nobody solves tasks by 'magic'"),
        (["--task", "mirror:60", "--models", "student:nobody"], "there is no student 'nobody'"),
        (["--task", "mirror:60", "--models", "annotations"], "has no annotations that say how it is solved"),
        (["--task", "mirror:60", "--models", "expert,annotations+cot"], "has no annotations that say how it is solved"),
    ],
)
def test_an_evaluation_that_cannot_be_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    files = ["--store", str(tmp_path / "t.duckdb"), "--json", str(tmp_path / "e.json")]
    assert run_command(["evaluate", *arguments, *files]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "t.duckdb").exists() and not (tmp_path / "e.json").exists()


def test_a_teacher_that_knows_some_of_the_environments_is_measured_on_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    sums = QuestionEnvironment("sums", {Part.TEST: [Task("s/1", "1 and 1?", "2")]}, right_or_wrong(same_number))
    monkeypatch.setattr(load, "ENVIRONMENTS", {"sums": lambda _: sums})
    files = ["--store", str(tmp_path / "t.duckdb"), "--json", str(tmp_path / "e.json")]
    command = ["evaluate", "--models", "expert", "--users", "2", *files, "--task"]
    assert run_command([*command, "sums"]) == 2
    assert "s/1 does not say the way to its answer" in " ".join(capsys.readouterr().err.split())
    assert run_command([*command, "sums,mirror:60"]) == 0
    assert set(read_evaluation(tmp_path / "e.json").model("expert").parts) == {"task:mirror:60"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "expert", "--samples", "2"], "the teacher expert solves a task in one way"),
        (["--model", "annotations"], "has no annotations that say how it is solved"),
        (["--model", "expert", "--first-thought"], "starts the actions of a language model"),
        (["--model", "student:default", "--form", "cot", "--first-thought"], "starts the actions of a language model"),
        (["--model", "rules"], "reads commands about feeds and solves no tasks"),
        (["--model", "student:default", "--samples", "2"], "give --temperature, as in 0.7"),
        (["--model", "expert", "--search", "magic"], "there is no search mode 'magic'"),
        (["--model", "expert", "--sandbox", "docker"], "there is no sandbox 'docker'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    store = tmp_path / "tasks.duckdb"
    assert run_command(["simulate", "--task", "mirror:60", "--store", str(store), *arguments]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not store.exists()


def test_an_option_about_people_is_refused_for_tasks() -> None:
    fields = ("mirror:60", "expert", Part.TRAIN, 1, 1, 0.0, SolverForm.AGENT, False, 0, "monty", None, "auto", 1, True)
    TaskRun(*fields, about_people={"--world": False, "--setting": False}).check()
    with pytest.raises(CommandError, match="--setting is about people and their feeds, which tasks have none of"):
        TaskRun(*fields, about_people={"--world": False, "--setting": True}).check()
