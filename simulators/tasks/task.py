"""A task, and what every task environment does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from pydantic import JsonValue

from stillroom.data.trajectory import Score
from stillroom.tools.passages import Passage

# The first score of every environment, 0 or 1: what a pass is.
CORRECT = "correct"


class TaskError(ValueError):
    """An environment or a task that cannot be had; the message says what there is."""


class Part(StrEnum):
    """The parts of an environment's tasks; nothing of a test part is trained on or written into a prompt."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True)
class Task:
    """A question and its answer as text.

    `kind` groups tasks in a table (a subject, a number of hops). `support` names the passages that hold the answer, in
    the order in which one would look for them. `notes` holds what else the source says, such as a worked solution.
    """

    id: str
    question: str
    answer: str
    kind: str = ""
    support: tuple[str, ...] = ()
    notes: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))


class TaskEnvironment(Protocol):
    """Tasks by part, the passages that an agent may search, and the scorer."""

    @property
    def name(self) -> str:
        """Return the name that it is loaded by."""
        ...

    def tasks(self, part: Part) -> Sequence[Task]:
        """Return the part's tasks, always in the same order; raise TaskError where there is no such part."""
        ...

    def passages(self) -> Sequence[Passage]:
        """Return what can be searched; nothing where a task needs no search."""
        ...

    def score(self, task: Task, answer: JsonValue) -> tuple[Score, ...]:
        """Return the scores of an answer, the first named `correct`; any JSON value is an answer, and none is wrong."""
        ...
