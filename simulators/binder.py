"""Binds a group's slots to what is true of the hidden target: a simulated user never asks for what it does not want.

What a group adds is bound so that the target meets it (and violates no ban); slots that only occur as material ("i
watched {genre:plural} with my dad") are bound at random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from stillroom.agents.requests import ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.schema import FacetKind
from stillroom.data.trajectory import Turn
from stillroom.simulators.amounts import POSITIVE_TONES, propose_number
from stillroom.simulators.intent import Pointed, SlotValue, Wish
from stillroom.simulators.lexicon import Lexicon
from stillroom.simulators.material import draw_material
from stillroom.simulators.themes import Themes
from stillroom.simulators.wording_bank import SLOT, AddTemplate, Group
from stillroom.tools.condition import check_constraint

NEAR_TITLES = 60
_NEAR_SHARE = 0.1
"""In a small catalogue the nearest sixty are anything: this share of the titles at most."""


@dataclass(frozen=True)
class Scene:
    """What a user is after, what is in front of it (catalogue `rows`, the `feed` as shown) and the `turns` so far."""

    target: int
    feed: tuple[ShownItem, ...]
    rows: tuple[int, ...]
    preferences: Preferences
    anchors: Mapping[str, float]
    turns: tuple[Turn, ...] = ()


class Binder:
    """Proposes slot values for one catalogue; every proposal for a wish is checked against the target."""

    def __init__(self, catalogue: Catalogue, lexicon: Lexicon, themes: Themes) -> None:
        self.catalogue = catalogue
        self.lexicon = lexicon
        self.themes = themes
        person = catalogue.schema.first(FacetKind.PERSON)
        people = catalogue.sets.get(person.name) if person else None
        self._famous = (
            [people.values[column] for column in np.argsort(-people.counts, kind="stable")[:400]] if people else []
        )
        self.well_known = np.argsort(-catalogue.popularity, kind="stable")[:800].tolist()
        self._propose: dict[FacetKind, Callable[[AddTemplate, Scene, Random], SlotValue | None]] = {
            FacetKind.CATEGORICAL: self._categorical,
            FacetKind.PERSON: self._person,
            FacetKind.TAG: self._tag,
            FacetKind.NUMBER: self._number,
            FacetKind.ITEM: self._item,
        }

    def bind(self, group: Group, scene: Scene, rng: Random) -> Wish | None:
        """Return the group with its slots bound truthfully, or None when this target or feed gives no occasion."""
        slots: dict[str, SlotValue] = {}
        if self._asks_for_more_names(group, scene):
            return None
        for drop in group.drops:
            if not scene.preferences.remembered:
                return None
            if drop.scope == "last" and not _is_single_last(scene.preferences):
                return None
            if drop.scope == "old":
                old = self._old(drop.facet, drop.polarity, scene.preferences, rng)
                if old is None:
                    return None
                slots["old"] = old
        if not self._bind_adds(group, scene, slots, rng):
            return None
        taken = list(slots.values())
        for name, value in self._material(scene, slots, rng).items():
            # "From the {decade}, no wait, the {decade2}": what is taken back is not what is wished.
            if value not in taken:
                slots.setdefault(name, value)
        return Wish(group, slots)

    def is_true(self, constraint: Constraint, scene: Scene) -> bool:
        """Say whether the target agrees with a constraint (themes and likeness are bound truthfully, not checked)."""
        kind = self._kind(constraint.facet)
        if kind is FacetKind.TAG or constraint.op is Op.LIKE:
            return True
        if kind is FacetKind.POPULARITY:
            shown = float(np.median(self.catalogue.popularity[list(scene.rows)])) if scene.rows else 0.5
            mine = float(self.catalogue.popularity[scene.target])
            return mine > shown + 0.05 if constraint.op is Op.MORE else mine < shown - 0.05
        item = Remembered("c1", constraint, anchor=scene.anchors.get(constraint.facet))
        if constraint.op.is_relative and item.anchor is None:
            return False
        condition = check_constraint(self.catalogue, item)
        if not condition.known[scene.target]:
            return False
        met = bool(condition.met[scene.target])
        if (
            constraint.op is Op.EQ
            and constraint.strength is Strength.SOFT
            and isinstance(constraint.value, int | float)
        ):
            return constraint.is_positive or not met
        return met is constraint.is_positive

    def _asks_for_more_names(self, group: Group, scene: Scene) -> bool:
        """Say whether two people are wished for where the target has but one, who could only be named twice."""
        wished = [add.facet for add in group.adds if add.tone in POSITIVE_TONES]
        facets = {facet for facet in wished if wished.count(facet) > 1 and self._kind(facet) is FacetKind.PERSON}
        sets = self.catalogue.sets
        return any(facet in sets and len(sets[facet].of(scene.target)) == 1 for facet in facets)

    def _kind(self, facet: str) -> FacetKind:
        return self.catalogue.schema.facets[facet].kind

    def _bind_adds(self, group: Group, scene: Scene, slots: dict[str, SlotValue], rng: Random) -> bool:
        for add in group.adds:
            slot = SLOT.fullmatch(add.value) if add.value else None
            name = slot.group(1) if slot else ""
            if name and name != "old" and name not in slots:
                value = self._propose[self._kind(add.facet)](add, scene, rng)
                if value is None or value in slots.values():
                    return False
                slots[name] = value
            constraint = _meant(add, slots)
            old = slots.get("old")
            if constraint is None or not self.is_true(constraint, scene):
                return False
            # "Make that stricter" must change something.
            if isinstance(old, Remembered) and old.constraint == constraint:
                return False
        return not self._is_backwards(group, slots)

    def _is_backwards(self, group: Group, slots: Mapping[str, SlotValue]) -> bool:
        """Say whether a range of years ends before it begins."""
        for facet in group.facets:
            slot = self.catalogue.schema.facets[facet].slot
            low, high = slots.get(slot), slots.get(f"{slot}2")
            if isinstance(low, int) and isinstance(high, int) and low >= high:
                return True
        return False

    def _categorical(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        column = self.catalogue.sets.get(add.facet)
        if column is None:
            return None
        mine = column.of(scene.target)
        if add.tone in POSITIVE_TONES:
            return rng.choice(mine) if mine else None
        shown = [value for row in scene.rows for value in column.of(row) if value not in mine]
        others = [value for value in column.values if value not in mine]
        pool = shown if shown and rng.random() < 0.6 else others
        return rng.choice(pool) if pool else None

    def _person(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        column = self.catalogue.sets.get(add.facet)
        mine = column.of(scene.target) if column else ()
        if column is None or (add.tone in POSITIVE_TONES and not mine):
            return None
        if add.tone in POSITIVE_TONES:
            return self._as_called(rng.choice(mine), rng)
        shown = [name for row in scene.rows for name in column.of(row) if name not in mine]
        pool = shown if shown and rng.random() < 0.6 else [name for name in self._famous if name not in mine]
        return self._as_called(rng.choice(pool), rng) if pool else None

    def _as_called(self, name: str, rng: Random) -> str:
        """Return the full name, or the surname where it alone means the same person."""
        surname = name.split()[-1]
        if rng.random() < 0.35 and len(surname) > 3 and self.catalogue.resolve_person(surname) == name:
            return surname
        return name

    def _tag(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        if add.tone in POSITIVE_TONES:
            rare = self.themes.rare_of(scene.target)
            pool = rare if rare and rng.random() < 0.3 else self.themes.of(scene.target)
            pool = tuple(theme for theme in pool if not self.lexicon.is_unwished(theme))
        else:
            shown = [theme for row in scene.rows for theme in self.themes.of(row)]
            foreign = self.themes.foreign_to(scene.target)
            pool = tuple(theme for theme in shown if theme in foreign) if rng.random() < 0.6 else foreign
        return rng.choice(pool) if pool else None

    def _item(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        return (self._title if (add.value or "").startswith("{title") else self._shown)(add, scene, rng)

    def _title(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        """Return the title of a well-known item near to the target (far from it, where it is unwanted)."""
        rows = np.array([row for row in self.well_known if row != scene.target])
        if not rows.size:
            return None
        near = self.catalogue.text_vectors[rows] @ self.catalogue.text_vectors[scene.target]
        order = np.argsort(-near if add.tone in POSITIVE_TONES else near, kind="stable")
        n_near = min(NEAR_TITLES, max(1, round(_NEAR_SHARE * rows.size)))
        row = int(rows[rng.choice(order[:n_near].tolist())])
        title = self.catalogue.titles[row]
        return title if self.catalogue.resolve_title(title) == row else None

    def _shown(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        rows = [row for row in scene.rows if row != scene.target]
        if not rows:
            return None
        near = self.catalogue.text_vectors[rows] @ self.catalogue.text_vectors[scene.target]
        if add.op is Op.LIKE:
            order = np.argsort(-near if add.tone in POSITIVE_TONES else near, kind="stable")
            row = rows[rng.choice(order[:3].tolist())]
        else:
            row = rng.choice(rows)
        return self._pointed(scene, row, rng)

    def _pointed(self, scene: Scene, row: int, rng: Random) -> Pointed:
        item = scene.feed[scene.rows.index(row)]
        return Pointed(item, rng.random() < 0.35, item.position == len(scene.feed))

    def _number(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        values = self.catalogue.numbers.get(add.facet)
        if values is None or np.isnan(values[scene.target]):
            return None
        value = propose_number(self.catalogue.schema.facets[add.facet], float(values[scene.target]), add, rng)
        # Nobody says "less than -5 minutes", and no agent could write it down.
        return value if value > 0 else None

    def _old(self, facet: str, polarity: str, preferences: Preferences, rng: Random) -> Remembered | None:
        fitting = [
            item
            for item in preferences.remembered
            if item.constraint.facet == facet and item.constraint.polarity is Polarity(polarity)
        ]
        return rng.choice(fitting) if fitting else None

    def _material(self, scene: Scene, bound: Mapping[str, SlotValue], rng: Random) -> dict[str, SlotValue]:
        """Return something for every slot that is only talked about."""
        title = self.catalogue.titles[rng.choice([row for row in self.well_known if row != scene.target])]
        taken = set(map(str, bound.values()))
        material = draw_material(self.catalogue, self._famous, self.themes.names, taken, rng)
        material["title"] = title
        rows = [row for row in scene.rows if row != scene.target]
        if rows:
            material["shown"] = self._pointed(scene, rng.choice(rows), rng)
            material["shown2"] = self._pointed(scene, rng.choice(rows), rng)
        return material


def _is_single_last(preferences: Preferences) -> bool:
    """Say whether the last thing that was remembered came alone, so that "scrap that" is unambiguous."""
    turns = [item.turn for item in preferences.remembered]
    return bool(turns) and turns.count(turns[-1]) == 1


def meant_by(wish: Wish) -> tuple[Constraint, ...]:
    """Return the constraints that a bound wish adds, with true names."""
    found = (_meant(add, wish.slots) for add in wish.group.adds)
    return tuple(constraint for constraint in found if constraint is not None)


def _meant(add: AddTemplate, slots: Mapping[str, SlotValue]) -> Constraint | None:
    """Return the constraint that a template means with these slots; None when the slot is not bound."""
    polarity = Polarity.POSITIVE if add.tone in POSITIVE_TONES else Polarity.NEGATIVE
    strength = Strength.HARD if add.tone in ("must", "ban") else Strength.SOFT
    value: SlotValue | None = add.value
    slot = SLOT.fullmatch(add.value) if add.value else None
    if slot:
        value = slots.get(slot.group(1))
        if value is None:
            return None
        if isinstance(value, int) and slot.group(4) == "end":
            value += 9
    elif add.value is not None:
        value = float(add.value) if add.value.replace(".", "", 1).isdigit() else add.value
    if isinstance(value, Remembered):
        value = value.constraint.value
    if isinstance(value, Pointed):
        value = value.item.title
    return Constraint(polarity, strength, add.facet, add.op, value).canonical()
