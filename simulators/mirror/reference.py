"""A way through a structure: from a start along relations to an entity; how it is said and how it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from pydantic import JsonValue

from stillroom.simulators.mirror.question import Read, Step
from stillroom.simulators.mirror.relation import ENTITIES, RELATIONS, Kind, Relation, relations_of
from stillroom.simulators.mirror.structure import Structure
from stillroom.simulators.mirror.wording import Wording, WordingBank


@dataclass(frozen=True, eq=False)
class Source:
    """What questions are drawn from: a structure, the entities that they may start at, and one side's templates."""

    structure: Structure
    starts: Mapping[Kind, tuple[str, ...]]
    bank: WordingBank
    side: str
    random: Random

    def wording(self) -> Wording:
        """Return the words for one more question."""
        return Wording(self.bank, self.side, self.random)


@dataclass(frozen=True)
class Reference:
    """The entities visited, the start first, and the relations that led from each to the next."""

    visited: tuple[str, ...]
    relations: tuple[str, ...] = ()

    @property
    def end(self) -> str:
        """Return the entity that is meant."""
        return self.visited[-1]

    @property
    def form(self) -> dict[str, JsonValue]:
        """Return start and relations as plain values."""
        return {"start": self.visited[0], "relations": list(self.relations)}

    def phrase(self, wording: Wording, first: str = "") -> str:
        """Say what is meant; `first` says the start otherwise than by its name."""
        text = first or f"{{{self.visited[0]}}}"
        for entity, relation in zip(self.visited, self.relations, strict=False):
            text = wording.say(f"phrase.{kind_of(entity)}.{relation}", x=text)
        return text

    def steps(self, bank: WordingBank, *last: Read) -> tuple[Step, ...]:
        """Return a search for every entity visited; the last is read for what is asked of it."""
        values = (*self.visited[1:], "")
        steps = []
        for place, entity in enumerate(self.visited):
            reads = last if place == len(self.relations) else (Read(self.relations[place], values[place]),)
            steps.append(Step(query_for(bank, entity, reads[0].relation), entity, reads))
        return tuple(steps)


def kind_of(entity: str) -> Kind:
    """Return the kind of an id."""
    return Kind(entity.partition("-")[0])


def query_for(bank: WordingBank, entity: str, relation: str) -> str:
    """Return what one would search for to learn a relation of an entity."""
    words = bank.search.get(f"{kind_of(entity)}.{relation}", str(kind_of(entity)))
    return f"{{{entity}}} {words}"


def walk(source: Source, n_relations: int) -> Reference | None:
    """Go from a random start along so many relations, never to an entity twice; None where there is no way on."""
    structure, random = source.structure, source.random
    visited, relations = [random.choice(source.starts[random.choice(ENTITIES)])], list[str]()
    for _ in range(n_relations):
        here = visited[-1]
        ways = [relation.name for relation in relations_of(kind_of(here)) if relation.value in ENTITIES]
        ways = [name for name in ways if structure.fact(here, name) not in (None, *visited)]
        if not ways:
            return None
        relations.append(random.choice(ways))
        visited.append(str(structure.fact(here, relations[-1])))
    return Reference(tuple(visited), tuple(relations))


def walk_to(source: Source, end: Kind, n_relations: int) -> Reference | None:
    """Go along none or one relation to an entity of a kind; None where the draw leads nowhere."""
    if n_relations == 0:
        return Reference((source.random.choice(source.starts[end]),))
    leading = [relation for relation in RELATIONS.values() if relation.value is end]
    return walk_by(source, source.random.choice(leading)) if leading else None


def walk_by(source: Source, relation: Relation) -> Reference | None:
    """Go along one relation from a random start; None where the start has no such."""
    start = source.random.choice(source.starts[relation.subject])
    target = source.structure.fact(start, relation.name)
    return None if target is None else Reference((start, str(target)), (relation.name,))
