"""A mirrored world: a structure under one of its namings, with its passages and any number of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Final

from stillroom.simulators.mirror.chains import draw_chain
from stillroom.simulators.mirror.comparisons import draw_comparison
from stillroom.simulators.mirror.documents import write_passages
from stillroom.simulators.mirror.drawing import draw_structure
from stillroom.simulators.mirror.intersections import draw_intersection
from stillroom.simulators.mirror.naming import Style, name_structure
from stillroom.simulators.mirror.numerics import draw_numeric
from stillroom.simulators.mirror.question import Question
from stillroom.simulators.mirror.reference import Source
from stillroom.simulators.mirror.relation import ENTITIES, NAMED, Kind
from stillroom.simulators.mirror.structure import Structure
from stillroom.simulators.mirror.wording import load_wordings
from stillroom.simulators.tasks.task import Part, Task, TaskError
from stillroom.tools.passages import Passage

_DRAWS: Final[Mapping[str, Callable[[Source, int], Question | None]]] = {
    "chain": draw_chain,
    "numeric": draw_numeric,
    "comparison": draw_comparison,
    "intersection": draw_intersection,
}
# The kinds of tasks, dealt out in turn: what is asked, and over how many passages.
KINDS: Final = (
    "chain-1",
    "chain-2",
    "chain-3",
    "chain-4",
    "numeric-2",
    "numeric-3",
    "numeric-4",
    "comparison-2",
    "comparison-4",
    "intersection-2",
    "intersection-3",
)
COMPARISON: Final = "comparison"
# Which share of the entities a part's questions start at; the rest is the test part's.
_SHARES: Final = {Part.TRAIN: 0.55, Part.VALIDATION: 0.15}
_ATTEMPTS: Final = 2_000


@dataclass(frozen=True, eq=False)
class MirrorWorld:
    """A structure and the names of its things by id."""

    structure: Structure
    style: Style
    names: Mapping[str, str]

    @classmethod
    def make(cls, style: Style, size: int, seed: int) -> MirrorWorld:
        """Draw and name a world; the same arguments give the same, and the two styles are twins."""
        structure = draw_structure(size, seed)
        return cls(structure, style, name_structure(structure, style))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Return a passage for every entity."""
        return write_passages(self.structure, self.names)

    def tasks(self, part: Part, n_tasks: int) -> tuple[Task, ...]:
        """Return so many tasks of a part: fewer are always the first of more. Raise TaskError where there are fewer."""
        questions = zip(range(n_tasks), draw_questions(self.structure, part), strict=False)
        return tuple(question.named(f"{part}-{number + 1}", self.names) for number, question in questions)


def draw_questions(structure: Structure, part: Part) -> Iterator[Question]:
    """Yield different questions, the kinds in turn; raise TaskError when the world has no more.

    A kind of which nothing more is found (a small world has few intersections) is passed over from then on.
    """
    side = "test" if part is Part.TEST else "train"
    random = Random(f"mirror:{structure.size}:{structure.seed}:{part}")
    source = Source(structure, starts_of(structure, part), load_wordings(), side, random)
    seen, kinds = set[str](), list(KINDS)
    while kinds:
        for kind in tuple(kinds):
            question = _another(source, kind, seen)
            if question is None:
                kinds.remove(kind)
            else:
                yield question
    raise TaskError(f"a world of {structure.size} entities has {len(seen)} {part} tasks and no more")


def _another(source: Source, kind: str, seen: set[str]) -> Question | None:
    name, _, n_hops = kind.partition("-")
    for _ in range(_ATTEMPTS):
        question = _DRAWS[name](source, int(n_hops))
        if question is None or _tells(question) or str(question.form) in seen:
            continue
        seen.add(str(question.form))
        return question
    return None


def _tells(question: Question) -> bool:
    """Say whether the question holds its own answer; which of two always does, and a number is in no question."""
    if question.kind.startswith(COMPARISON) or isinstance(question.answer, int):
        return False
    is_id = question.answer.partition("-")[0] in NAMED
    return (f"{{{question.answer}}}" if is_id else question.answer) in question.text


def starts_of(structure: Structure, part: Part) -> Mapping[Kind, tuple[str, ...]]:
    """Return the entities that a part's questions start at; no two parts share one."""
    starts: dict[Kind, tuple[str, ...]] = {}
    for kind in ENTITIES:
        ids = list(structure.of_kind(kind))
        Random(f"mirror:{structure.size}:{structure.seed}:parts:{kind}").shuffle(ids)
        ends = [0, *(round(len(ids) * sum(list(_SHARES.values())[: n + 1])) for n in range(len(_SHARES))), len(ids)]
        place = list(Part).index(part)
        starts[kind] = tuple(ids[ends[place] : ends[place + 1]])
    return starts
