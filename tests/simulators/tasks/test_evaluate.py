"""Solvers are measured on the same tasks: parts, all of them together, pairs, resumed runs, rows with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ScriptedModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.solver import Tool
from stillroom.data.store import Store
from stillroom.data.store_file import StoreError
from stillroom.data.trajectory import Form
from stillroom.serve.evaluation_view import reading_lines, render_evaluation
from stillroom.serve.suite_view import suite_lines
from stillroom.simulators.evaluation import Evaluation
from stillroom.simulators.mirror import MirrorEnvironment
from stillroom.simulators.tasks.contestant import TaskContestant, read_contestant, usual_form
from stillroom.simulators.tasks.environment import QuestionEnvironment, right_or_wrong
from stillroom.simulators.tasks.evaluate import Arena, TaskEvaluationConfig, evaluate_tasks
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.simulators.tasks.table import ALL
from stillroom.simulators.tasks.task import Part, Task, TaskError
from stillroom.tools.passages import SearchTool, build_passage_index
from stillroom.tools.sandbox import Sandbox, open_sandbox

WORLD = MirrorEnvironment.load("mirror:60")
SUMS = QuestionEnvironment(
    "sums", {Part.TEST: [Task(f"sums/{n}", f"{n} and 1?", str(n + 1)) for n in range(6)]}, right_or_wrong(same_number)
)
CONFIG = TaskEvaluationConfig(n_tasks=4, n_resamples=50)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox() as opened:
        yield opened


@pytest.fixture(scope="module")
def arenas(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> list[Arena]:
    index = build_passage_index(WORLD.passages(), tmp_path_factory.mktemp("cache"), mode="bm25")
    return [Arena(SUMS, (), sandbox), Arena(WORLD, (Tool("search", "", SearchTool(index)),), sandbox)]


class Always(ScriptedModel):
    """Says one thing, and counts how often it is asked."""

    def _generate(self, messages: Any, *others: Any, **named: Any) -> Any:
        self.replies.append("Thought: It is 2.\n```py\nfinal_answer(2)\n```")
        return super()._generate(messages, *others, **named)


def student(name: str = "student:x", **fields: Any) -> tuple[TaskContestant, Always]:
    model = Always()
    return replace(read_contestant(name), build=lambda: model, **fields), model


def test_everyone_is_measured_on_the_same_tasks(arenas: list[Arena], store: Store) -> None:
    ours, _ = student()
    half, _ = student("local:y", share=0.5)
    expert = read_contestant("expert")
    found = evaluate_tasks(arenas, [ours, half, expert], CONFIG, store=store, run_id="r")
    assert found.part_names == ("task:sums", "task:mirror:60", "task:all")
    first = found.model("student:x").parts
    assert (first["task:sums"].value("correct"), first["task:sums"].n, first["task:all"].n) == (0.25, 4, 8)
    assert first["task:sums"].value("invalid_actions") == 0 and first["task:sums"].value("support_found") is None
    assert first["task:mirror:60"].value("search_rate") == 0.0
    assert found.model("local:y").parts["task:all"].n == 4
    teacher = found.model("expert")
    assert teacher.privileged and set(teacher.parts) == {"task:mirror:60"}, "nobody knows a way for sums"
    assert teacher.parts["task:mirror:60"].value("correct") == 1.0
    assert teacher.parts["task:mirror:60"].value("support_found") == 1.0
    pairs = {(d.model, d.other, d.part, d.metric): d.estimate for d in found.differences}
    worse = pairs["student:x", "expert", "task:mirror:60", "correct"]
    assert worse.value is not None and worse.value < 0
    assert pairs["student:x", "local:y", "task:all", "correct"].value == 0
    assert Evaluation.from_json(found.to_json()) == found
    assert "the first 2 of 4" in found.share_note("task:sums", found.model("local:y"))
    text = "\n".join(suite_lines("solver", found, "stillroom evaluate"))
    assert "### Tasks: mirror:60" in text and "### All tasks" in text and "| student:x − expert |" in text
    assert "tasks" in " ".join(reading_lines(found, "")) and render_evaluation(found)


def test_what_is_measured_is_not_measured_again(arenas: list[Arena], store: Store) -> None:
    ours, model = student()
    first = evaluate_tasks(arenas, [ours], CONFIG, store=store, run_id="r")
    asked = len(model.asked)
    assert asked == 8
    again = evaluate_tasks(arenas, [ours], CONFIG, store=store, run_id="r")
    assert len(model.asked) == asked and again.models == first.models
    evaluate_tasks(arenas, [replace(ours, version="other weights")], CONFIG, store=store, run_id="r")
    assert len(model.asked) == 2 * asked


def test_what_is_stored_can_be_shown_as_it_is(arenas: list[Arena], store: Store) -> None:
    ours, model = student()
    evaluate_tasks(arenas[:1], [ours], replace(CONFIG, n_tasks=3), store=store, run_id="r")
    other, unasked = student("student:y")
    found = evaluate_tasks(arenas, [ours, other], CONFIG, store=store, run_id="r", only_stored=True)
    assert (len(model.asked), len(unasked.asked)) == (3, 0)
    assert {part: result.n for part, result in found.model("student:x").parts.items()} == {"task:sums": 3}
    assert found.model("student:y").error == "nothing of student:y is stored in run r"


def test_all_tasks_together_stand_last(arenas: list[Arena]) -> None:
    found = evaluate_tasks(arenas[:1], [student()[0]], CONFIG)
    result = found.models[0].parts["task:sums"]
    models = [replace(found.models[0], parts=dict.fromkeys(names, result)) for names in (["task:a", ALL], ["task:b"])]
    assert replace(found, models=tuple(models)).part_names == ("task:a", "task:b", ALL)


def test_tasks_stored_by_other_code_are_counted(
    arenas: list[Arena], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for revision in ("aaaa", "bbbb"):
        monkeypatch.setattr("stillroom.simulators.ledger.git_revision", lambda made=revision: made)
        found.append(evaluate_tasks(arenas, [student()[0]], CONFIG, store=store, run_id="r"))
    assert [one.stored_by for one in found] == [{}, {"aaaa": 8}] and found[1].n_episodes == 8


def test_a_run_is_not_gone_on_with_by_another_search_or_sandbox(arenas: list[Arena], store: Store) -> None:
    ours, model = student()
    store.start_run({"kind": "evaluate tasks", "part": "test"}, run_id="older")
    for run in ("older", "new"):
        evaluate_tasks(arenas, [ours], CONFIG, store=store, run_id=run)
        for other, name in (
            (replace(CONFIG, search="dense"), "search"),
            (replace(CONFIG, sandbox="cpython"), "sandbox"),
        ):
            with pytest.raises(StoreError, match=f"run '{run}' was started with another {name};"):
                evaluate_tasks(arenas, [ours], other, store=store, run_id=run)


def test_a_model_that_cannot_be_had_is_a_row_with_the_reason(arenas: list[Arena]) -> None:
    def gone() -> Any:
        raise ModelError("nobody answers")

    missing = replace(read_contestant("local:z"), build=gone)
    found = evaluate_tasks(arenas, [missing, student()[0]], CONFIG)
    assert found.model("local:z").error == "nobody answers" and not found.model("local:z").parts
    assert found.model("student:x").parts


def test_names_say_how_tasks_are_solved(arenas: list[Arena]) -> None:
    assert read_contestant("student:x+sag8").config.n_candidates == 8
    assert read_contestant("local:y+cot").config.form is Form.COT
    assert read_contestant("local:y+first-thought+sag4", seed=3).config.first_thought
    seeded = read_contestant("local:y+sag4", seed=3)
    assert (seeded.config.seed, seeded.model, seeded.privileged) == (3, "local:y", False)
    for wrong in ("student:x+sag1", "student:x+sag99", "student:x+magic", "x+cot+first-thought"):
        with pytest.raises(TaskError):
            read_contestant(wrong)


def write_student(folder: Path, recipe: str | None) -> str:
    folder.mkdir()
    for name in ("adapter_model.safetensors", "tokenizer.json"):
        (folder / name).write_bytes(b"")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "b"}', encoding="utf-8")
    if recipe is not None:
        (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
    return f"student:{folder}"


COT_PART, AGENT_PART = '[[tasks]]\nenvironment = "m"\nform = "cot"\n', '[[tasks]]\nenvironment = "m"\n'


@pytest.mark.parametrize(
    ("recipe", "form"),
    [
        (COT_PART * 2, Form.COT),
        (AGENT_PART, Form.AGENT),
        (COT_PART + AGENT_PART, Form.AGENT),
        ('name = "feed"', Form.AGENT),
        (None, Form.AGENT),
        ("tasks = 3", Form.AGENT),
        ("tasks = [3]", Form.AGENT),
        ("not toml", Form.AGENT),
    ],
)
def test_a_student_solves_as_its_recipe_trained_it(tmp_path: Path, recipe: str | None, form: Form) -> None:
    name = write_student(tmp_path / "s", recipe)
    assert read_contestant(name).config.form is usual_form(name) is form
    assert read_contestant(f"{name}+agent").config.form is Form.AGENT
    assert read_contestant(f"{name}+cot").config.form is Form.COT


def test_the_committed_students_solve_as_they_were_trained() -> None:
    assert usual_form("student:solver-cot") is Form.COT and usual_form("student:solver") is Form.AGENT
    assert usual_form("student:nobody") is usual_form("local:solver-cot") is usual_form("expert") is Form.AGENT
    assert read_contestant("student:solver-cot").label == read_contestant("student:solver-cot+cot").label
    assert read_contestant("student:solver-cot+agent").label == "student:solver-cot+agent"
    with pytest.raises(TaskError, match="a chain of thought has no first action"):
        read_contestant("student:solver-cot+first-thought")
