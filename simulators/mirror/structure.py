"""The structure of a mirrored world: numbered entities, their relations and numbers, and no names at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from stillroom.simulators.mirror.relation import COUNTED, ENTITIES, RELATIONS, Kind, relations_of

N_COUNTRIES: Final = 12
REGIONS_A_COUNTRY: Final = 5
RIVERS_A_COUNTRY: Final = 4
N_AWARDS: Final = 20
# A fact's value: a number, the id of a thing with a name, or an ordinary word that every naming shares.
Value = int | str


@dataclass(frozen=True)
class Entity:
    """A numbered thing with a passage of its own, and what holds of it: a value by the relation's name."""

    id: str
    kind: Kind
    facts: Mapping[str, Value]


@dataclass(frozen=True, eq=False)
class Structure:
    """All entities by id, in an order that is always the same; `size` and `seed` say which world it is."""

    size: int
    seed: int
    entities: Mapping[str, Entity]

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """Return the ids of a kind."""
        return self._by_kind[kind]

    def fact(self, entity: str, relation: str) -> Value | None:
        """Return what a relation leads to; None where the entity has none such."""
        return self.entities[entity].facts.get(relation)

    def n_values(self, key: str) -> int:
        """Return how many different values a relation, such as "film.year", has in this world."""
        return self._n_values[key]

    def subjects(self, relation: str, value: Value) -> tuple[str, ...]:
        """Return the entities whose relation has this value."""
        return self._inverse.get((relation, value), ())

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[str, ...]]:
        return {kind: tuple(e.id for e in self.entities.values() if e.kind is kind) for kind in ENTITIES}

    @cached_property
    def _n_values(self) -> Mapping[str, int]:
        values: dict[str, set[Value]] = {key: set() for key in RELATIONS}
        for entity in self.entities.values():
            for relation in relations_of(entity.kind):
                if relation.name in entity.facts:
                    values[relation.key].add(entity.facts[relation.name])
        return {key: len(found) for key, found in values.items()}

    @cached_property
    def _inverse(self) -> Mapping[tuple[str, Value], tuple[str, ...]]:
        found: dict[tuple[str, Value], tuple[str, ...]] = {}
        for entity in self.entities.values():
            for relation, value in entity.facts.items():
                found[relation, value] = (*found.get((relation, value), ()), entity.id)
        return found


def label_ids() -> Iterator[tuple[Kind, str]]:
    """Yield the things that have a name but no passage; regions and rivers belong to countries in runs of a size."""
    for kind, n_labels in (
        (Kind.COUNTRY, N_COUNTRIES),
        (Kind.REGION, N_COUNTRIES * REGIONS_A_COUNTRY),
        (Kind.RIVER, N_COUNTRIES * RIVERS_A_COUNTRY),
        (Kind.AWARD, N_AWARDS),
    ):
        for number in range(1, n_labels + 1):
            yield kind, f"{kind}-{number}"


def number_of(identifier: str) -> int:
    """Return the number in an id such as "film-12"."""
    return int(identifier.rpartition("-")[2])


def written(relation: str, value: Value, names: Mapping[str, str]) -> str:
    """Return a fact's value as a passage writes it."""
    if isinstance(value, int):
        return f"{value:,}" if relation in COUNTED else str(value)
    return names.get(value, value)
