"""Binds a group's slots to what is true of the hidden target: a simulated user never asks for what it does not want.

What a group adds is bound so that the target meets it (and violates no ban); slots that only occur as material ("i
watched {genre:plural} with my dad") are bound at random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from stillroom.agents.requests import ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.trajectory import Turn
from stillroom.simulators.intent import Pointed, SlotValue, Wish
from stillroom.simulators.lexicon import Lexicon
from stillroom.simulators.themes import Themes
from stillroom.simulators.wording_bank import SLOT, AddTemplate, Group
from stillroom.tools.condition import check_constraint

_POSITIVE_TONES = ("must", "wish")
NEAR_TITLES = 60


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
        people = catalogue.sets.get("person")
        self._famous = (
            [people.values[column] for column in np.argsort(-people.counts, kind="stable")[:400]] if people else []
        )
        self.well_known = np.argsort(-catalogue.popularity, kind="stable")[:800].tolist()
        self._propose: dict[str, Callable[[AddTemplate, Scene, Random], SlotValue | None]] = {
            "genre": self._categorical,
            "language": self._categorical,
            "country": self._categorical,
            "person": self._person,
            "tag": self._tag,
            "title": self._title,
            "shown": self._shown,
            "decade": self._number,
            "year": self._number,
            "duration": self._number,
            "stars": self._number,
        }

    def bind(self, group: Group, scene: Scene, rng: Random) -> Wish | None:
        """Return the group with its slots bound truthfully, or None when this target or feed gives no occasion."""
        slots: dict[str, SlotValue] = {}
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
        if constraint.facet == "tag" or constraint.op is Op.LIKE:
            return True
        if constraint.facet == "popularity":
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

    def _bind_adds(self, group: Group, scene: Scene, slots: dict[str, SlotValue], rng: Random) -> bool:
        for add in group.adds:
            slot = SLOT.fullmatch(add.value) if add.value else None
            name = slot.group(1) if slot else ""
            if name and name != "old" and name not in slots:
                value = self._propose[name.rstrip("23456789")](add, scene, rng)
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
        low, high = slots.get("year"), slots.get("year2")
        return not (isinstance(low, int) and isinstance(high, int) and low >= high)

    def _categorical(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        column = self.catalogue.sets.get(add.facet)
        if column is None:
            return None
        mine = column.of(scene.target)
        if add.tone in _POSITIVE_TONES:
            return rng.choice(mine) if mine else None
        shown = [value for row in scene.rows for value in column.of(row) if value not in mine]
        others = [value for value in column.values if value not in mine]
        pool = shown if shown and rng.random() < 0.6 else others
        return rng.choice(pool) if pool else None

    def _person(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        column = self.catalogue.sets.get("person")
        mine = column.of(scene.target) if column else ()
        if column is None or (add.tone in _POSITIVE_TONES and not mine):
            return None
        if add.tone in _POSITIVE_TONES:
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
        if add.tone in _POSITIVE_TONES:
            rare = self.themes.rare_of(scene.target)
            pool = rare if rare and rng.random() < 0.3 else self.themes.of(scene.target)
            pool = tuple(theme for theme in pool if not self.lexicon.is_unwished(theme))
        else:
            shown = [theme for row in scene.rows for theme in self.themes.of(row)]
            foreign = self.themes.foreign_to(scene.target)
            pool = tuple(theme for theme in shown if theme in foreign) if rng.random() < 0.6 else foreign
        return rng.choice(pool) if pool else None

    def _title(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        """Return the title of a well-known item near to the target (far from it, where it is unwanted)."""
        rows = np.array([row for row in self.well_known if row != scene.target])
        if not rows.size:
            return None
        near = self.catalogue.text_vectors[rows] @ self.catalogue.text_vectors[scene.target]
        order = np.argsort(-near if add.tone in _POSITIVE_TONES else near, kind="stable")
        row = int(rows[rng.choice(order[:NEAR_TITLES].tolist())])
        title = self.catalogue.titles[row]
        return title if self.catalogue.resolve_title(title) == row else None

    def _shown(self, add: AddTemplate, scene: Scene, rng: Random) -> SlotValue | None:
        rows = [row for row in scene.rows if row != scene.target]
        if not rows:
            return None
        near = self.catalogue.text_vectors[rows] @ self.catalogue.text_vectors[scene.target]
        if add.op is Op.LIKE:
            order = np.argsort(-near if add.tone in _POSITIVE_TONES else near, kind="stable")
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
        mine = float(values[scene.target])
        if add.value and add.value.startswith("{decade"):
            return _decade(mine, add, rng)
        if add.facet == "rating":
            return _stars(mine, add.op, rng)
        near, step = (12, 5) if add.facet == "year" else (25, 10)
        if add.op is Op.EQ:
            exact = add.facet == "year" or add.tone == "must"
            return int(mine) if exact else int(round(mine / 5) * 5)
        side = 1 if add.op.is_upper == (add.tone in _POSITIVE_TONES) else -1
        value = int(mine) + side * rng.randint(1, near)
        return int(round(value / step) * step) if rng.random() < 0.6 else value

    def _old(self, facet: str, polarity: str, preferences: Preferences, rng: Random) -> Remembered | None:
        fitting = [
            item
            for item in preferences.remembered
            if item.constraint.facet == facet and item.constraint.polarity is Polarity(polarity)
        ]
        return rng.choice(fitting) if fitting else None

    def _material(self, scene: Scene, bound: Mapping[str, SlotValue], rng: Random) -> dict[str, SlotValue]:
        """Return something for every slot that is only talked about."""
        taken = set(map(str, bound.values()))
        material: dict[str, SlotValue] = {
            "title": self.catalogue.titles[rng.choice([row for row in self.well_known if row != scene.target])],
            "year": rng.randint(1950, 2015),
            "decade": rng.choice(range(1940, 2011, 10)),
            "duration": rng.choice((90, 100, 120, 150, 180)),
            "stars": rng.choice((3.0, 3.5, 4.0)),
        }
        material["year2"], material["duration2"] = rng.randint(1950, 2015), rng.choice((95, 110, 130, 160))
        material["decade2"] = rng.choice(range(1940, 2011, 10))
        material["tag"], material["tag2"] = rng.sample(self.themes.names, 2)
        if len(self._famous) > 1:
            material["person"], material["person2"] = rng.sample(self._famous, 2)
        for facet in ("genre", "language", "country"):
            column = self.catalogue.sets.get(facet)
            others = [value for value in column.values if value not in taken] if column else []
            if others:
                material[facet], material[f"{facet}2"] = (*rng.sample(others, min(2, len(others))), others[0])[:2]
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
    polarity = Polarity.POSITIVE if add.tone in _POSITIVE_TONES else Polarity.NEGATIVE
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


def _decade(mine: float, add: AddTemplate, rng: Random) -> int | None:
    decade = int(mine // 10 * 10)
    if add.op is Op.GE or add.op is Op.EQ:
        return decade if "start" in (add.value or "") else decade - 10
    if add.op is Op.LE and "end" in (add.value or ""):
        return decade
    return decade + (10 if add.op.is_upper else -10) * rng.randint(1, 2)


def _stars(mine: float, op: Op, rng: Random) -> float:
    steps: Sequence[float] = (2.0, 2.5, 3.0, 3.5, 3.8, 4.0, 4.2, 4.5)
    fitting = [step for step in steps if (step >= mine if op.is_upper else step <= mine)]
    return rng.choice(fitting[-2:] if not op.is_upper else fitting[:2]) if fitting else 3.0
