"""An environment of questions: tasks by part, what may be searched, and the scorer, put together once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from stillroom.data.trajectory import Score
from stillroom.simulators.tasks.task import CORRECT, Part, Task, TaskError
from stillroom.tools.passages import Passage

# Scores an answer against the gold one.
Mark = Callable[[str, JsonValue], tuple[Score, ...]]


@dataclass(frozen=True, eq=False)
class QuestionEnvironment:
    """Questions whose gold answers are text; every environment here is one (see `task.TaskEnvironment`)."""

    name: str
    parts: Mapping[Part, Sequence[Task]]
    mark: Mark
    corpus: Sequence[Passage] = ()

    def tasks(self, part: Part) -> Sequence[Task]:
        """Return the part's tasks, always in the same order; raise TaskError where there is no such part."""
        if part not in self.parts:
            raise TaskError(f"{self.name} has no {part} part; it has {', '.join(self.parts)}")
        return self.parts[part]

    def passages(self) -> Sequence[Passage]:
        """Return what can be searched; nothing where a task needs no search."""
        return self.corpus

    def score(self, task: Task, answer: JsonValue) -> tuple[Score, ...]:
        """Return the scores of an answer, the first named `correct`."""
        return self.mark(task.answer, answer)


def right_or_wrong(same: Callable[[str, JsonValue], bool]) -> Mark:
    """Return the scorer that says `correct` alone."""

    def mark(gold: str, answer: JsonValue) -> tuple[Score, ...]:
        return (Score(CORRECT, float(same(gold, answer))),)

    return mark


def shuffled(tasks: Sequence[Task], salt: str) -> list[Task]:
    """Return tasks in an order that the salt and their ids alone decide, the same on every machine."""
    return sorted(tasks, key=lambda task: hashlib.sha256(f"{salt}\0{task.id}".encode()).digest())
