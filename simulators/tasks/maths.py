"""GSM8K, SVAMP, GSM-Hard and MATH: questions of mathematics, nothing to search, one number or one expression to answer.

    gsm8k      train 6,973   validation 500 (the train file's last)       test 1,319
    svamp      test 1,000    (Patel et al., NAACL 2021: a challenge set, all of it)
    gsm-hard   test 1,319    (Gao et al., PAL, ICML 2023: GSM8K's test questions with large numbers)
    math       train 6,996   validation 500 (of a shuffle)                test 5,000
    math-500   test 500      (of MATH's test file)

MATH's train file has a question twice, one that its test file has too, and two without an answer: four are left out.
`math-500` is not the published list of that name but a sample of our own, which keeps the shares of subject and level.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks.environment import QuestionEnvironment, right_or_wrong, shuffled
from stillroom.simulators.tasks.latex import boxed
from stillroom.simulators.tasks.maths_answer import same_maths
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.simulators.tasks.task import Part, Task, TaskError

ARTEFACT: Final = "maths-questions"
N_VALIDATION: Final = 500
N_SAMPLE: Final = 500
_SALT: Final = "stillroom 1"

Row = Mapping[str, Any]
ReadTask = Callable[[str, Row], Task]


def build_gsm8k(fetcher: Fetcher) -> QuestionEnvironment:
    """Return GSM8K (Cobbe et al., 2021); a solution's calculator marks (<<48/2=24>>) are kept in `notes`."""
    folder = fetcher.fetch(ARTEFACT) / "gsm8k"
    train = _read(folder / "train.jsonl", "gsm8k/train", _gsm8k_task)
    parts = {
        Part.TRAIN: train[:-N_VALIDATION],
        Part.VALIDATION: train[-N_VALIDATION:],
        Part.TEST: _read(folder / "test.jsonl", "gsm8k/test", _gsm8k_task),
    }
    return QuestionEnvironment("gsm8k", parts, right_or_wrong(same_number))


def build_svamp(fetcher: Fetcher) -> QuestionEnvironment:
    """Return SVAMP."""
    tasks = _read(fetcher.fetch(ARTEFACT) / "svamp" / "test.jsonl", "svamp/test", _svamp_task)
    return QuestionEnvironment("svamp", {Part.TEST: tasks}, right_or_wrong(same_number))


def build_gsm_hard(fetcher: Fetcher) -> QuestionEnvironment:
    """Return GSM-Hard; its answers come from programs, which are kept in `notes`."""
    tasks = _read(fetcher.fetch(ARTEFACT) / "gsm_hard" / "test.jsonl", "gsm-hard/test", _gsm_hard_task)
    return QuestionEnvironment("gsm-hard", {Part.TEST: tasks}, right_or_wrong(same_number))


def build_math(fetcher: Fetcher) -> QuestionEnvironment:
    """Return MATH (Hendrycks et al., NeurIPS 2021)."""
    folder = fetcher.fetch(ARTEFACT) / "math"
    test = _read(folder / "test.jsonl", "math/test", _math_task)
    train = _usable(_read(folder / "train.jsonl", "math/train", _math_task), test)
    train = shuffled(train, _SALT)
    parts = {Part.TRAIN: train[:-N_VALIDATION], Part.VALIDATION: train[-N_VALIDATION:], Part.TEST: test}
    return QuestionEnvironment("math", parts, right_or_wrong(same_maths))


def build_math_500(fetcher: Fetcher) -> QuestionEnvironment:
    """Return 500 questions of MATH's test file, each numbered as it is there."""
    test = _read(fetcher.fetch(ARTEFACT) / "math" / "test.jsonl", "math-500/test", _math_task)
    return QuestionEnvironment("math-500", {Part.TEST: sample(test, N_SAMPLE)}, right_or_wrong(same_maths))


def sample(tasks: Sequence[Task], n: int) -> list[Task]:
    """Return n tasks that keep the shares of the kinds: each its whole part, the rest by the largest remainders."""
    by_kind: defaultdict[str, list[Task]] = defaultdict(list)
    for task in shuffled(tasks, _SALT):
        by_kind[task.kind].append(task)
    counts = {kind: len(of_kind) * n // len(tasks) for kind, of_kind in by_kind.items()}
    remainders = sorted(by_kind, key=lambda kind: (-(len(by_kind[kind]) * n % len(tasks)), kind))
    for kind in remainders[: n - sum(counts.values())]:
        counts[kind] += 1
    return shuffled([task for kind, of_kind in by_kind.items() for task in of_kind[: counts[kind]]], _SALT)


def _usable(tasks: Sequence[Task], test: Sequence[Task]) -> list[Task]:
    """Leave out questions that the test part has, all but the first of equals, and those without an answer."""
    seen = {_spaced(task.question) for task in test}
    kept = []
    for task in tasks:
        question = _spaced(task.question)
        if question not in seen and task.answer:
            seen.add(question)
            kept.append(task)
    return kept


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _read(path: Path, prefix: str, read_task: ReadTask) -> list[Task]:
    with path.open(encoding="utf-8") as stream:
        return [read_task(f"{prefix}/{number}", json.loads(line)) for number, line in enumerate(stream)]


def _gsm8k_task(name: str, row: Row) -> Task:
    solution, _, answer = row["answer"].rpartition("####")
    return Task(name, row["question"], answer.strip().replace(",", ""), notes={"solution": solution.strip()})


def _svamp_task(name: str, row: Row) -> Task:
    body = row["Body"].strip()
    question = f"{body}{'.' if body[-1:].isalnum() else ''} {row['Question'].strip()}"
    return Task(name, question, _number(row["Answer"]), notes={"equation": row["Equation"], "source": row["ID"]})


def _gsm_hard_task(name: str, row: Row) -> Task:
    return Task(name, row["input"], _number(row["target"]), notes={"program": row["code"].strip()})


def _math_task(name: str, row: Row) -> Task:
    answer = boxed(row["solution"])
    if answer is None:
        raise TaskError(f"the solution of {name} has no boxed answer")
    kind = f"{row['type']}/{row['level']}"
    return Task(name, row["problem"], answer.strip(), kind, notes={"solution": row["solution"]})


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
