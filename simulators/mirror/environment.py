"""The environments `mirror` and `mirror-renamed`: twins, whose structure, passages and questions differ in names alone.

A name may say size and seed: `mirror:1000:7`. The gap between an agent's scores on the two is what it owes to knowing
the world's names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from stillroom.data.trajectory import Score
from stillroom.simulators.mirror.drawing import LARGEST, SMALLEST
from stillroom.simulators.mirror.naming import Style
from stillroom.simulators.mirror.world import MirrorWorld
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.simulators.tasks.task import CORRECT, Part, Task, TaskError
from stillroom.simulators.tasks.text_answer import mark_words
from stillroom.tools.passages import Passage

STYLES: Final = MappingProxyType({"mirror": Style.REAL, "mirror-renamed": Style.RENAMED})
DEFAULT_SIZE: Final = 400
# Tasks for an entity, and no more of a part than so many.
_COUNTS: Final = {Part.TRAIN: (2.5, 2_000), Part.VALIDATION: (0.5, 400), Part.TEST: (1.0, 1_000)}
_NAME: Final = re.compile(r"([\w-]+)(?::(\d{1,6})(?::(\d{1,9}))?)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class MirrorEnvironment:
    """Tasks over a mirrored world; `counts` says how many tasks a part has."""

    style: Style = Style.REAL
    size: int = DEFAULT_SIZE
    seed: int = 0
    counts: Mapping[Part, int] | None = None

    @classmethod
    def load(cls, name: str) -> MirrorEnvironment:
        """Return the environment of a name; raise TaskError with what a name looks like."""
        found = _NAME.fullmatch(name)
        if found is None or found[1] not in STYLES:
            raise TaskError(f"there is no environment {name!r}; a name is {' or '.join(STYLES)}, then :SIZE and :SEED")
        size = DEFAULT_SIZE if found[2] is None else int(found[2])
        return cls(STYLES[found[1]], size, int(found[3] or 0))

    def __post_init__(self) -> None:
        """Raise TaskError for a size that no world has."""
        if not SMALLEST <= self.size <= LARGEST:
            raise TaskError(f"a mirrored world has {SMALLEST} to {LARGEST} entities, not {self.size}")

    @property
    def name(self) -> str:
        """Return the name that it is loaded by, without what is as usual."""
        style = next(name for name, style in STYLES.items() if style is self.style)
        if (self.size, self.seed) == (DEFAULT_SIZE, 0):
            return style
        return f"{style}:{self.size}:{self.seed}" if self.seed else f"{style}:{self.size}"

    @cached_property
    def world(self) -> MirrorWorld:
        """Return the world that is asked about."""
        return MirrorWorld.make(self.style, self.size, self.seed)

    def tasks(self, part: Part) -> tuple[Task, ...]:
        """Return the part's tasks, always in the same order."""
        return self._tasks[part]

    def passages(self) -> tuple[Passage, ...]:
        """Return a passage for every entity."""
        return self.world.passages

    def score(self, task: Task, answer: JsonValue) -> tuple[Score, ...]:
        """Return `correct` and `f1`: of a number both by its value, else by the words."""
        if not task.answer.isdecimal():
            return mark_words(task.answer, answer)
        correct = float(same_number(task.answer, answer))
        return Score(CORRECT, correct), Score("f1", correct)

    @cached_property
    def _tasks(self) -> Mapping[Part, tuple[Task, ...]]:
        return {part: self.world.tasks(part, self._count(part)) for part in Part}

    def _count(self, part: Part) -> int:
        if self.counts is not None:
            return self.counts.get(part, 0)
        an_entity, most = _COUNTS[part]
        return min(most, round(self.size * an_entity))
