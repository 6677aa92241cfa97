"""The remembered preferences and the rules by which an edit changes them (RecBot, arXiv 2509.21317; DESIGN 4).

The model proposes an Edit; this code merges it. Three rules: preserve (verdict keep), integrate (what is compatible),
resolve (a contradiction is settled by what the person just said: the old constraint is retracted, the new one added).
Ids are issued here, never by a model, and never reused, not even after an undo.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from stillroom.data.constraint import Constraint, ConstraintError, Op, Polarity, Strength
from stillroom.data.edit import Edit, Verdict

_ID = re.compile(r"c([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Remembered:
    """A constraint in memory: its id, the words and the turn it came from, and what a relative wish was relative to."""

    id: str
    constraint: Constraint
    words: str = ""
    turn: int = 0
    anchor: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the contract's JSON object: the constraint and its id."""
        return {**self.constraint.to_json(), "id": self.id}

    @classmethod
    def from_json(cls, data: object) -> Remembered:
        """Read the contract's JSON object; raise ConstraintError naming the part that is wrong."""
        constraint = Constraint.from_json(data)
        name = data.get("id") if isinstance(data, dict) else None
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise ConstraintError(f"a remembered constraint's id reads c1, c2 …, not {name!r}")
        return cls(name, constraint)


@dataclass(frozen=True)
class Preferences:
    """P = {P+hard, P+soft, P-hard, P-soft}, in the order in which things were said; immutable."""

    remembered: tuple[Remembered, ...] = ()
    n_issued: int = 0
    past: tuple[tuple[Remembered, ...], ...] = field(default=(), repr=False)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Return the constraints without their ids."""
        return tuple(item.constraint for item in self.remembered)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids in the order in which they were issued."""
        return tuple(item.id for item in self.remembered)

    def part(self, polarity: Polarity, strength: Strength) -> tuple[Remembered, ...]:
        """Return one of the four parts: P+hard, P+soft, P-hard or P-soft."""
        return tuple(
            item
            for item in self.remembered
            if item.constraint.polarity is polarity and item.constraint.strength is strength
        )

    def undo(self) -> Preferences:
        """Return the preferences before the last edit (unchanged if there was none)."""
        if not self.past:
            return self
        return replace(self, remembered=self.past[-1], past=self.past[:-1])

    def to_json(self) -> list[dict[str, Any]]:
        """Return the contract's JSON list."""
        return [item.to_json() for item in self.remembered]

    @classmethod
    def from_json(cls, data: object) -> Preferences:
        """Read the contract's JSON list; raise ConstraintError naming the part that is wrong."""
        if not isinstance(data, list):
            raise ConstraintError(f"preferences are a JSON list, not {type(data).__name__}")
        remembered = tuple(Remembered.from_json(item) for item in data)
        if len({item.id for item in remembered}) != len(remembered):
            raise ConstraintError("two remembered constraints have the same id")
        return cls(remembered, max((int(item.id[1:]) for item in remembered), default=0))


@dataclass(frozen=True)
class Merge:
    """The outcome of merging: the new preferences, the edit as it took effect, and ids that did not exist."""

    preferences: Preferences
    edit: Edit
    unknown_ids: tuple[str, ...] = ()


def merge(
    preferences: Preferences,
    edit: Edit,
    *,
    words: str = "",
    turn: int = 0,
    anchors: dict[str, float] | None = None,
) -> Merge:
    """Apply the memory rules and return the outcome.

    The effective edit names every retraction, also those that follow from a contradiction or a replaced bound, and
    drops what was already remembered; merging the effective edit gives the same preferences. `anchors` maps a numeric
    facet to the typical value of the feed now shown, to which a relative wish ("shorter") refers. Raise
    ConstraintError when two bounds must be compared of which one has no number.
    """
    unknown = tuple(name for name in edit.retract if name not in preferences.ids)
    dropped = [name for name in preferences.ids if name in edit.retract]
    incoming = _settle(tuple(constraint.canonical() for constraint in edit.add))
    added: list[Constraint] = []
    for constraint in incoming:
        rivals = [item for item in preferences.remembered if item.id not in dropped]
        # What is remembered may have come from outside in another form: "not before 1980" is year >= 1980 there too.
        if any(_repeats(item.constraint.canonical(), constraint) for item in rivals):
            continue
        dropped += [item.id for item in rivals if displaces(constraint, item.constraint.canonical())]
        added.append(constraint)
    effective = Edit.of(tuple(added), tuple(name for name in preferences.ids if name in dropped))
    if effective.verdict is Verdict.KEEP:
        return Merge(preferences, effective, unknown)
    kept = tuple(item for item in preferences.remembered if item.id not in dropped)
    fresh = tuple(
        Remembered(
            f"c{preferences.n_issued + position}",
            constraint,
            words,
            turn,
            (anchors or {}).get(constraint.facet) if constraint.op.is_relative else None,
        )
        for position, constraint in enumerate(added, start=1)
    )
    after = Preferences(kept + fresh, preferences.n_issued + len(fresh), (*preferences.past, preferences.remembered))
    return Merge(after, effective, unknown)


def displaces(new: Constraint, old: Constraint) -> bool:
    """Say whether `new`, just said, takes the place of `old`: a contradiction, a replaced bound, another strength."""
    if new.facet != old.facet:
        return False
    if new.key == old.key:
        return True
    if _is_numeric(new) and _is_numeric(old):
        return _displaces_number(new, old)
    same_value = new.key[3] == old.key[3]
    if new.op is Op.LIKE or old.op is Op.LIKE:
        return new.op is old.op and same_value and new.polarity is not old.polarity
    if new.op.is_relative and old.op.is_relative:
        return True
    return same_value and new.polarity is not old.polarity


def _displaces_number(new: Constraint, old: Constraint) -> bool:
    if not (new.is_positive and old.is_positive):
        return new.key[3] == old.key[3] and new.op is old.op
    if new.op.is_relative:
        return old.op.is_relative
    if old.op.is_relative:
        return (new.op.is_upper and old.op is Op.LESS) or (new.op.is_lower and old.op is Op.MORE) or new.op is Op.EQ
    if new.op is Op.EQ:
        return True
    if (new.op.is_upper and old.op.is_upper) or (new.op.is_lower and old.op.is_lower):
        return True
    return not _compatible(new, old)


def _compatible(one: Constraint, other: Constraint) -> bool:
    """Say whether some number satisfies both bounds (or bound and value)."""
    a, b = _number(one), _number(other)
    if Op.EQ in (one.op, other.op):
        bound, limit, value = (other, b, a) if one.op is Op.EQ else (one, a, b)
        tests = {
            Op.LT: value < limit,
            Op.LE: value <= limit,
            Op.GT: value > limit,
            Op.GE: value >= limit,
            Op.EQ: value == limit,
        }
        return tests[bound.op]
    low, high = (a, b) if one.op.is_lower else (b, a)
    strict = {one.op, other.op} & {Op.LT, Op.GT}
    return low < high if strict else low <= high


def _settle(added: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Drop what a later constraint of the same command takes back ("comedies, no, dramas only")."""
    settled: list[Constraint] = []
    for constraint in added:
        settled = [old for old in settled if not displaces(constraint, old)]
        settled.append(constraint)
    return tuple(settled)


def _repeats(old: Constraint, new: Constraint) -> bool:
    return old.key == new.key and old.strength is new.strength and not (new.op.is_relative and new.value is None)


def _is_numeric(constraint: Constraint) -> bool:
    if constraint.facet == "popularity":
        return False
    if constraint.op.is_upper or constraint.op.is_lower or (constraint.op.is_relative and constraint.value is None):
        return True
    return constraint.op is Op.EQ and isinstance(constraint.value, int | float)


def _number(constraint: Constraint) -> float:
    if not isinstance(constraint.value, int | float):
        raise ConstraintError(f"{constraint.facet} {constraint.op.value} needs a number, not {constraint.value!r}")
    return float(constraint.value)
