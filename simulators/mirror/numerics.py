"""Numeric questions: two numbers are found and reckoned with (years between, an age, a sum, a difference)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stillroom.simulators.mirror.question import Computation, Question, Read, Step
from stillroom.simulators.mirror.reference import Reference, Source, walk_by, walk_to
from stillroom.simulators.mirror.relation import RELATIONS, Kind, Relation

_EVENTS: Final = ("film.year", "person.born", "place.founded", "company.founded")
_AMOUNTS: Final = ("film.runtime", "film.budget", "place.population", "company.employees")
_EXPRESSIONS: Final = {"years": "abs(a - b)", "age": "b - a", "sum": "a + b", "difference": "abs(a - b)"}
_CREW: Final = ("film.director", "film.lead", "film.composer")


@dataclass(frozen=True)
class _Side:
    """One of the two numbers: the entity that has it, by which way, and the relation that it is."""

    reference: Reference
    relation: Relation

    def value(self, source: Source) -> int:
        return int(source.structure.entities[self.reference.end].facts[self.relation.name])


def draw_numeric(source: Source, n_hops: int) -> Question | None:
    """Draw a question over 2 to 4 passages with two numbers in them; None where the draw leads nowhere."""
    operation = source.random.choice(tuple(_EXPRESSIONS))
    pair = _age_pair(source, n_hops) if operation == "age" else _pair(source, operation, n_hops)
    if pair is None:
        return None
    a, b = pair
    passages = dict.fromkeys((*a.reference.visited, *b.reference.visited))
    x, y = a.value(source), b.value(source)
    answer = {"years": abs(x - y), "age": y - x, "sum": x + y, "difference": abs(x - y)}[operation]
    if len(passages) != n_hops or answer <= 0:
        return None
    return _question(source, operation, a, b, answer, n_hops)


def _pair(source: Source, operation: str, n_hops: int) -> tuple[_Side, _Side] | None:
    """Draw two numbers of one nature, with 0 or 1 relations on the way to each."""
    random = source.random
    n_relations = n_hops - 2
    n_first = random.randint(max(0, n_relations - 1), min(1, n_relations))
    keys = _EVENTS if operation == "years" else _AMOUNTS
    first = RELATIONS[random.choice(keys)]
    second = RELATIONS[random.choice(keys)] if operation == "years" else first
    ways = (walk_to(source, first.subject, n_first), walk_to(source, second.subject, n_relations - n_first))
    if ways[0] is None or ways[1] is None or ways[0].end == ways[1].end:
        return None
    return _Side(ways[0], first), _Side(ways[1], second)


def _age_pair(source: Source, n_hops: int) -> tuple[_Side, _Side] | None:
    """Draw a person and a film: the film's own crew, or a person of whom it knows nothing."""
    random, born, year = source.random, RELATIONS["person.born"], RELATIONS["film.year"]
    if n_hops == 2:
        own = walk_by(source, RELATIONS[random.choice(_CREW)])
        return None if own is None else (_Side(own, born), _Side(Reference(own.visited[:1]), year))
    person, film = walk_to(source, Kind.PERSON, n_hops - 2), walk_to(source, Kind.FILM, 0)
    return None if person is None or film is None else (_Side(person, born), _Side(film, year))


def _question(source: Source, operation: str, a: _Side, b: _Side, answer: int, n_hops: int) -> Question:
    wording = source.wording()
    said = [side.reference.phrase(wording) for side in (a, b)]
    key = f"numeric.{operation}"
    if operation == "years":
        said = [wording.say(f"event.{side.relation.key}", x=x) for side, x in zip((a, b), said, strict=True)]
    elif operation != "age":
        key = f"{key}.{a.relation.key}"
    steps = list[Step]()
    for variable, side in (("a", a), ("b", b)):
        steps += side.reference.steps(source.bank, Read(side.relation.name, side.value(source), variable))
    return Question(
        kind=f"numeric-{n_hops}",
        text=wording.say(key, a=said[0], b=said[1]),
        answer=answer,
        asked=(a.relation.key, b.relation.key),
        form={
            "operation": operation,
            "a": {**a.reference.form, "number": a.relation.name},
            "b": {**b.reference.form, "number": b.relation.name},
        },
        steps=_merged(steps),
        templates=tuple(wording.used),
        computation=Computation(_EXPRESSIONS[operation], {"a": a.value(source), "b": b.value(source)}),
    )


def _merged(steps: list[Step]) -> tuple[Step, ...]:
    """Join what is read from one passage into one step, so that nothing is searched for twice."""
    found: dict[str, Step] = {}
    for step in steps:
        before = found.get(step.passage)
        reads = step.reads if before is None else before.reads + step.reads
        found[step.passage] = Step(step.query if before is None else before.query, step.passage, reads)
    return tuple(found.values())
