"""What there is in a mirrored world: kinds of things, and the relations that each kind has, one value a relation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a thing or a value is; the first four are entities with a passage each, the next four have only a name."""

    FILM = "film"
    PERSON = "person"
    PLACE = "place"
    COMPANY = "company"
    COUNTRY = "country"
    REGION = "region"
    RIVER = "river"
    AWARD = "award"
    NUMBER = "number"
    WORD = "word"


ENTITIES: Final = (Kind.FILM, Kind.PERSON, Kind.PLACE, Kind.COMPANY)
NAMED: Final = (*ENTITIES, Kind.COUNTRY, Kind.REGION, Kind.RIVER, Kind.AWARD)


@dataclass(frozen=True)
class Relation:
    """A relation of a kind of entity; `value` says what it leads to."""

    subject: Kind
    name: str
    value: Kind

    @property
    def key(self) -> str:
        """Return the name that tells it from another kind's relation, such as "film.country"."""
        return f"{self.subject}.{self.name}"


_VALUES: Final = {
    Kind.FILM: {
        "director": Kind.PERSON,
        "lead": Kind.PERSON,
        "composer": Kind.PERSON,
        "company": Kind.COMPANY,
        "year": Kind.NUMBER,
        "runtime": Kind.NUMBER,
        "country": Kind.COUNTRY,
        "budget": Kind.NUMBER,
        "genre": Kind.WORD,
    },
    Kind.PERSON: {
        "occupation": Kind.WORD,
        "birthplace": Kind.PLACE,
        "born": Kind.NUMBER,
        "spouse": Kind.PERSON,
        "employer": Kind.COMPANY,
        "instrument": Kind.WORD,
        "award": Kind.AWARD,
    },
    Kind.PLACE: {
        "region": Kind.REGION,
        "country": Kind.COUNTRY,
        "population": Kind.NUMBER,
        "founded": Kind.NUMBER,
        "river": Kind.RIVER,
        "mayor": Kind.PERSON,
    },
    Kind.COMPANY: {
        "headquarters": Kind.PLACE,
        "founder": Kind.PERSON,
        "founded": Kind.NUMBER,
        "employees": Kind.NUMBER,
        "industry": Kind.WORD,
        "parent": Kind.COMPANY,
    },
}
RELATIONS: Final = {
    f"{subject}.{name}": Relation(subject, name, value)
    for subject, values in _VALUES.items()
    for name, value in values.items()
}
# Numbers that are written with commas in a passage; years and minutes are not.
COUNTED: Final = frozenset({"population", "employees", "budget"})
# What a person does is read in every passage that names them as such, so it is never asked.
UNASKED: Final = frozenset({"occupation"})


def relations_of(kind: Kind) -> tuple[Relation, ...]:
    """Return the relations that an entity of a kind may have."""
    return tuple(relation for relation in RELATIONS.values() if relation.subject is kind)
