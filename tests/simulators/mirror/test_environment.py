"""The environments: their names, the same tasks in any process, scores, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stillroom.simulators.mirror import MirrorEnvironment, MirrorWorld, Style
from stillroom.simulators.tasks.task import Part, Task, TaskEnvironment, TaskError

_PRINT = """
import sys
sys.path.insert(0, {folder!r})
from test_environment import digest_of
print(digest_of("mirror-renamed:120:5"), digest_of("mirror:120:5"))
"""


def digest_of(name: str) -> str:
    environment = MirrorEnvironment.load(name)
    rows: list[Any] = [[p.id, p.title, p.text] for p in environment.passages()]
    for part in Part:
        rows += [[t.id, t.question, t.answer, t.kind, t.support, dict(t.notes)] for t in environment.tasks(part)]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_any_process_makes_the_same() -> None:
    told = set()
    for seed in ("0", "1", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        code = _PRINT.format(folder=str(Path(__file__).parent))
        told.add(
            subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
        )
    assert told == {f"{digest_of('mirror-renamed:120:5')} {digest_of('mirror:120:5')}\n"}


def test_another_seed_makes_another_world() -> None:
    assert digest_of("mirror:120:5") != digest_of("mirror:120:6")


@pytest.mark.parametrize("name", ["mirror", "mirror-renamed", "mirror:90", "mirror-renamed:100:7", "mirror:400:2"])
def test_an_environment_is_loaded_by_its_name(name: str) -> None:
    environment: TaskEnvironment = MirrorEnvironment.load(name)
    assert environment.name == name
    for part in Part:
        assert environment.tasks(part) == environment.tasks(part) != ()
    support = {passage for part in Part for task in environment.tasks(part) for passage in task.support}
    assert support <= {passage.id for passage in environment.passages()}


def test_what_is_usual_need_not_be_named() -> None:
    assert MirrorEnvironment.load("mirror:400:0").name == "mirror"


@pytest.mark.parametrize(
    "name",
    ["", "mirrors", "mirror:", "mirror:many", "mirror:100:", "mirror:100:-1", "mirror:1:2:3", "mirror:²00", "mirror\n"],
)
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(TaskError, match="a name is mirror or mirror-renamed"):
        MirrorEnvironment.load(name)


@pytest.mark.parametrize("size", [0, 59, 5_001])
def test_a_size_that_no_world_has_is_refused(size: int) -> None:
    with pytest.raises(TaskError, match=f"60 to 5000 entities, not {size}"):
        MirrorEnvironment.load(f"mirror:{size}")


@pytest.mark.parametrize("size", [60, 61, 100, 2_500, 5_000])
def test_any_size_has_tasks(size: int) -> None:
    environment = MirrorEnvironment(Style.RENAMED, size)
    assert len(environment.passages()) == size
    assert {part: len(environment.tasks(part)) for part in Part} == {
        Part.TRAIN: min(2_000, round(size * 2.5)),
        Part.VALIDATION: min(400, round(size / 2)),
        Part.TEST: min(1_000, size),
    }


def test_two_thousand_tasks_take_seconds() -> None:
    start = time.perf_counter()
    assert len(MirrorWorld.make(Style.REAL, 400, 9).tasks(Part.TRAIN, 2_000)) == 2_000
    assert time.perf_counter() - start < 10


def test_fewer_tasks_are_the_first_of_more(real: MirrorEnvironment) -> None:
    assert real.world.tasks(Part.TEST, 30) == real.world.tasks(Part.TEST, 60)[:30]


def test_a_world_that_has_no_more_questions_says_so() -> None:
    with pytest.raises(TaskError, match="a world of 60 entities has [0-9]+ validation tasks and no more"):
        MirrorWorld.make(Style.REAL, 60, 0).tasks(Part.VALIDATION, 20_000)


def test_counts_can_be_chosen() -> None:
    environment = MirrorEnvironment(counts={Part.TRAIN: 5})
    assert [len(environment.tasks(part)) for part in Part] == [5, 0, 0]


@pytest.mark.parametrize(
    ("gold", "answer", "correct", "f1"),
    [
        ("The Silent Harbour", "silent harbour.", 1, 1),
        ("Besançon", "Besancon", 0, 0),
        ("Giulia Moretti", "Moretti", 0, 2 / 3),
        ("Giulia Moretti", "", 0, 0),
        ("Giulia Moretti", ["Giulia Moretti"], 1, 1),  # one thing in a list is that thing
        ("Giulia Moretti", ["Giulia", "Moretti"], 0, 0),
        ("Giulia Moretti", None, 0, 0),
        ("48210", 48210, 1, 1),
        ("48210", "48,210", 1, 1),
        ("48210", 48210.0, 1, 1),
        ("48210", " 48,210 people. ", 1, 1),
        ("48210", "48,21", 0, 0),
        ("28456000", "$28,456,000", 1, 1),
        ("12", "-12", 0, 0),
        ("1", True, 0, 0),
        ("1984", "1984 or 1985", 0, 0),
        ("12", {"answer": 12}, 0, 0),
    ],
)
def test_scores(real: MirrorEnvironment, gold: str, answer: Any, correct: float, f1: float) -> None:
    scores = real.score(Task("t", "?", gold), answer)
    assert [(score.name, score.value) for score in scores] == [("correct", correct), ("f1", pytest.approx(f1))]


def test_gold_answers_are_right(real: MirrorEnvironment) -> None:
    for task in real.tasks(Part.TEST):
        assert [score.value for score in real.score(task, task.answer)] == [1, 1]
