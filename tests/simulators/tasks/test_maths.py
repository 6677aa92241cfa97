"""The questions of mathematics: counts, splits without overlap, and answers that score against themselves alone."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import pytest

from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks import CORRECT, Part, Task, TaskEnvironment, TaskError, load_environment
from stillroom.simulators.tasks.maths import build_gsm8k, build_gsm_hard, build_math, build_svamp, sample

COUNTS = {
    "gsm8k": (6973, 500, 1319),
    "svamp": (0, 0, 1000),
    "gsm-hard": (0, 0, 1319),
    "math": (6996, 500, 5000),
    "math-500": (0, 0, 500),
}


class FolderFetcher(Fetcher):
    """Gives one folder for every artefact."""

    def fetch(self, name: str) -> Path:
        return self.cache


@pytest.fixture
def written(tmp_path: Path) -> FolderFetcher:
    gsm = {"question": "How many?", "answer": "2+2=<<2+2=4>>4 and more.\n#### 1,080", "idx": 0}
    maths = [
        {"problem": problem, "level": "Level 1", "type": "Algebra", "solution": rf"So \boxed{{{answer}}}."}
        for problem, answer in [("old", "1"), ("twice", "2"), (" twice", "2"), ("seen \n in test", "3"), ("none", "")]
    ]
    rows = {
        "gsm8k/train": [gsm] * 502,
        "gsm8k/test": [gsm],
        "svamp/test": [{"Body": "Two groups", "Question": "How many?", "Answer": 2.0, "Equation": "( 2 )", "ID": "c"}],
        "gsm_hard/test": [{"input": "How?", "code": "\ncode\n", "target": target} for target in (-5.0, 0.5, 3.5e-07)],
        "math/train": maths + [{**maths[0], "problem": f"other {number}"} for number in range(499)],
        "math/test": [{**maths[3], "problem": "seen in test"}],
    }
    for name, lines in rows.items():
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return FolderFetcher(tmp_path)


def all_tasks(environment: TaskEnvironment) -> dict[Part, list[Task]]:
    found: dict[Part, list[Task]] = {}
    for part in Part:
        try:
            found[part] = list(environment.tasks(part))
        except TaskError:
            found[part] = []
    return found


def test_gsm8k_keeps_the_solution_with_its_marks(written: FolderFetcher) -> None:
    environment = build_gsm8k(written)
    assert [len(environment.tasks(part)) for part in Part] == [2, 500, 1]
    task = environment.tasks(Part.VALIDATION)[0]
    assert task.id == "gsm8k/train/2" and task.answer == "1080" and task.kind == ""
    assert task.notes["solution"] == "2+2=<<2+2=4>>4 and more."
    assert environment.score(task, "1,080 clips")[0].value == 1 and environment.score(task, 108)[0].value == 0
    assert list(environment.passages()) == []


def test_bodies_and_targets_become_text(written: FolderFetcher) -> None:
    task = build_svamp(written).tasks(Part.TEST)[0]
    assert (task.question, task.answer) == ("Two groups. How many?", "2")
    hard = build_gsm_hard(written).tasks(Part.TEST)
    assert [task.answer for task in hard] == ["-5", "0.5", "3.5e-07"]
    assert hard[0].notes["program"] == "code"


def test_math_leaves_out_what_is_seen_twice_or_has_no_answer(written: FolderFetcher) -> None:
    environment = build_math(written)
    train, validation = environment.tasks(Part.TRAIN), environment.tasks(Part.VALIDATION)
    kept = {task.question for task in (*train, *validation)}
    assert {"old", "twice"} <= kept and not {" twice", "seen \n in test", "none"} & kept
    assert (len(train), len(validation)) == (1, 500)
    assert environment.tasks(Part.TEST)[0].id == "math/test/0"
    assert train[0].kind == "Algebra/Level 1"


def test_a_missing_part_is_said_in_one_sentence(written: FolderFetcher) -> None:
    with pytest.raises(TaskError, match="^svamp has no train part; it has test$"):
        build_svamp(written).tasks(Part.TRAIN)


def test_a_solution_without_a_box_is_refused(written: FolderFetcher) -> None:
    path = written.cache / "math" / "test.jsonl"
    path.write_text(json.dumps({"problem": "p", "level": "", "type": "", "solution": "none"}), encoding="utf-8")
    with pytest.raises(TaskError, match="math/test/0 has no boxed answer"):
        build_math(written)


@pytest.mark.parametrize("n", [0, 1, 7, 50, 99])
def test_a_sample_keeps_the_shares(n: int) -> None:
    tasks = [Task(f"t/{number}", "q", "a", "abc"[min(2, number // 40)]) for number in range(99)]
    found = sample(tasks, n)
    assert len(found) == len({task.id for task in found}) == n
    assert sample(tasks[::-1], n) == found
    whole = Counter(task.kind for task in tasks)
    for kind, count in Counter(task.kind for task in found).items():
        assert math.floor(whole[kind] * n / 99) <= count <= math.ceil(whole[kind] * n / 99)


@pytest.mark.weights
@pytest.mark.parametrize("name", [pytest.param("math", marks=pytest.mark.slow), *sorted(COUNTS.keys() - {"math"})])
def test_the_real_files(name: str) -> None:
    environment = load_environment(name)
    tasks = all_tasks(environment)
    assert tuple(len(tasks[part]) for part in Part) == COUNTS[name]
    every = [task for part in Part for task in tasks[part]]
    assert len({task.id for task in every}) == len(every)
    assert all(task.question.strip() and task.answer for task in every)
    test = {" ".join(task.question.split()) for task in tasks[Part.TEST]}
    assert not test & {" ".join(task.question.split()) for task in (*tasks[Part.TRAIN], *tasks[Part.VALIDATION])}
    for task in every:
        (score,) = environment.score(task, task.answer)
        assert (score.name, score.value) == (CORRECT, 1), task
        assert environment.score(task, {"answer": task.answer})[0].value == 0
        assert environment.score(task, None)[0].value == environment.score(task, True)[0].value == 0
    assert [task.id for part in Part for task in all_tasks(load_environment(name))[part]] == [t.id for t in every]


@pytest.mark.weights
def test_numbers_score_only_near_themselves() -> None:
    for name in ("gsm8k", "svamp", "gsm-hard"):
        environment = load_environment(name)
        for task in environment.tasks(Part.TEST):
            value = float(task.answer)
            assert environment.score(task, value)[0].value == 1, task
            assert environment.score(task, value + 1)[0].value == environment.score(task, -value - 1)[0].value == 0, (
                task
            )


@pytest.mark.weights
def test_another_question_s_answer_is_seldom_right() -> None:
    environment = load_environment("math-500")
    tasks = environment.tasks(Part.TEST)
    n_right = sum(environment.score(task, other.answer)[0].value for task, other in zip(tasks, tasks[1:], strict=False))
    assert n_right < 20


@pytest.mark.weights
def test_the_parts_stand_as_they_did() -> None:
    first = {name: load_environment(name).tasks(Part.TEST)[0].id for name in COUNTS}
    assert first["gsm8k"] == "gsm8k/test/0" and first["math"] == "math/test/0"
    assert first["math-500"] == "math-500/test/4643"
    of_500 = Counter(task.kind for task in load_environment("math-500").tasks(Part.TEST))
    whole = Counter(task.kind for task in load_environment("math").tasks(Part.TEST))
    assert all(abs(of_500[kind] - whole[kind] / 10) < 1 for kind in whole)
