"""A user's card: who it is, what it liked before, and what it is secretly after. Agents never see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from random import Random

import numpy as np

from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.constraint import Constraint, Op, Polarity, Strength, Value
from stillroom.data.interactions import Fold, UserSplit, split_by_time
from stillroom.data.preferences import Remembered
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.tools.condition import check_constraint


class Setting(StrEnum):
    """SR: everything in one command. MR: several rounds, wishes come bit by bit. MRID: MR, and the mind changes."""

    SINGLE_ROUND = "SR"
    MULTI_ROUND = "MR"
    DRIFT = "MRID"


@dataclass(frozen=True)
class UserCard:
    """A hidden target out of a real person's later likes, that person's history, and what any item must have to do.

    `essentials` are the checkable properties of the target; an item that meets them all would do as well, which is
    counted apart from finding the target itself. `others` are the person's other later likes, to which it may turn.
    """

    user: str
    target: int
    history: tuple[int, ...]
    essentials: tuple[Constraint, ...]
    others: tuple[int, ...] = ()

    def would_do(self, catalogue: Catalogue, rows: Sequence[int]) -> bool:
        """Say whether one of these items meets every essential."""
        met = np.ones(len(rows), np.bool_)
        for number, constraint in enumerate(self.essentials, start=1):
            met &= check_constraint(catalogue, Remembered(f"c{number}", constraint)).met[list(rows)]
        return bool(met.any())


def draw_cards(catalogue: Catalogue, fold: Fold, n_cards: int, seed: int) -> tuple[UserCard, ...]:
    """Draw cards of one fold's people, people in turn, each with another of their later likes; raise CatalogueError."""
    if catalogue.interactions is None:
        raise CatalogueError(f"{catalogue.schema.name} has no interactions, so there are no people to simulate")
    people = [s for s in split_by_time(catalogue.interactions) if s.fold is fold and s.later and s.history]
    if not people:
        raise CatalogueError(f"nobody in the {fold.value} fold of {catalogue.schema.name} has later likes")
    rng = Random(f"{seed}:{fold.value}")
    rng.shuffle(people)
    later = {person.user: rng.sample(person.later, len(person.later)) for person in people}
    cards: list[UserCard] = []
    while len(cards) < n_cards:
        for person in people[: n_cards - len(cards)]:
            cards.append(_card(catalogue, person, later[person.user], len(cards) // len(people)))
    return tuple(cards)


def _card(catalogue: Catalogue, person: UserSplit, later: list[int], turn: int) -> UserCard:
    target = later[turn % len(later)]
    others = tuple(row for row in person.later if row != target)
    return UserCard(person.user, target, person.history, essentials_of(catalogue, target), others)


def essentials_of(catalogue: Catalogue, target: int) -> tuple[Constraint, ...]:
    """Return the checkable properties of an item: what its schema calls essential, numbers within a band."""
    named: list[tuple[str, Op, Value]] = []
    numbers: list[tuple[str, Op, Value]] = []
    for facet in essential_facets(catalogue.schema):
        if facet.kind is FacetKind.NUMBER:
            band = _band(facet, float(catalogue.numbers[facet.name][target]))
            numbers += [(facet.name, op, limit) for op, limit in zip((Op.GE, Op.LE), band, strict=False)]
        elif facet.name in catalogue.sets:
            named += [(facet.name, Op.EQ, value) for value in catalogue.sets[facet.name].of(target)]
    return tuple(
        Constraint(Polarity.POSITIVE, Strength.HARD, name, op, value) for name, op, value in (*named, *numbers)
    )


def essential_facets(schema: CatalogueSchema) -> tuple[Facet, ...]:
    """Return the facets that a schema calls essential; the first categorical one where it calls none so."""
    named = tuple(facet for facet in schema.facets.values() if facet.essential)
    return named or schema.of_kind(FacetKind.CATEGORICAL)[:1]


def _band(facet: Facet, value: float) -> tuple[int, ...]:
    """Return between which numbers an item would do as well: a decade, or so much more or less; empty if unknown."""
    speech = facet.speech
    if np.isnan(value):
        return ()
    if speech.calendar:
        decade = int(value) // 10 * 10
        return (decade, decade + 9)
    if speech.spread is not None:
        return (floor(value * (1 - speech.spread)), ceil(value * (1 + speech.spread)))
    width = int(speech.band if speech.band is not None else speech.near)
    return (int(value) - width, int(value) + width)
