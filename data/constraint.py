"""A constraint: one preference, in the form that everything else agrees on.

Contract (fixed, things outside depend on it):
`{"polarity": "+"|"-", "strength": "hard"|"soft", "facet": F, "op": O, "value": V}`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

Value = str | int | float | None


class ConstraintError(ValueError):
    """A constraint that cannot be read; the message says which part is wrong."""


class Polarity(StrEnum):
    """Whether the person wants a thing or wants it away."""

    POSITIVE = "+"
    NEGATIVE = "-"

    @property
    def opposite(self) -> Polarity:
        """Return the other polarity."""
        return Polarity.NEGATIVE if self is Polarity.POSITIVE else Polarity.POSITIVE


class Strength(StrEnum):
    """The person's tone: a must, a ban or a plain bound is hard; a wish, a mood or a hedge is soft."""

    HARD = "hard"
    SOFT = "soft"


class Op(StrEnum):
    """How a value is compared; `more` and `less` are relative to what is shown and take no value on numbers."""

    EQ = "="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    MORE = "more"
    LESS = "less"
    LIKE = "like"

    @property
    def is_upper(self) -> bool:
        """Say whether this is an upper bound."""
        return self in _UPPER

    @property
    def is_lower(self) -> bool:
        """Say whether this is a lower bound."""
        return self in _LOWER

    @property
    def is_relative(self) -> bool:
        """Say whether this is relative to what is shown."""
        return self in _RELATIVE


_UPPER: Final = frozenset({Op.LT, Op.LE})
_LOWER: Final = frozenset({Op.GT, Op.GE})
_RELATIVE: Final = frozenset({Op.MORE, Op.LESS})
_COMPLEMENT: Final = {
    Op.LT: Op.GE,
    Op.LE: Op.GT,
    Op.GT: Op.LE,
    Op.GE: Op.LT,
    Op.MORE: Op.LESS,
    Op.LESS: Op.MORE,
}
ALWAYS_SOFT_FACETS: Final = frozenset({"tag", "popularity"})


@dataclass(frozen=True)
class Constraint:
    """One preference. Two constraints are the same wish when their `key` is equal."""

    polarity: Polarity
    strength: Strength
    facet: str
    op: Op
    value: Value = None

    @property
    def key(self) -> tuple[Polarity, str, Op, Value]:
        """Return what is wished, without how strongly; text is compared without case."""
        value = self.value.casefold() if isinstance(self.value, str) else self.value
        return (self.polarity, self.facet, self.op, value)

    @property
    def is_hard(self) -> bool:
        """Say whether this must hold."""
        return self.strength is Strength.HARD

    @property
    def is_positive(self) -> bool:
        """Say whether this is wanted (rather than unwanted)."""
        return self.polarity is Polarity.POSITIVE

    def canonical(self) -> Constraint:
        """Return the one form in which two honest readers write this wish.

        A ban on one side of a bound is the bound on the other side ("nothing before 1980" is year >= 1980), an
        unwanted "more" is a wanted "less", and on tags "less" is an unwanted "=". Tags, popularity and likeness to an
        item are always soft (DESIGN 4).
        """
        constraint = self
        if constraint.facet == "tag" and constraint.op.is_relative:
            flip = constraint.op is Op.LESS
            polarity = constraint.polarity.opposite if flip else constraint.polarity
            constraint = replace(constraint, polarity=polarity, op=Op.EQ)
        elif not constraint.is_positive and constraint.op in _COMPLEMENT:
            constraint = replace(constraint, polarity=Polarity.POSITIVE, op=_COMPLEMENT[constraint.op])
        if constraint.facet in ALWAYS_SOFT_FACETS or constraint.op is Op.LIKE:
            constraint = replace(constraint, strength=Strength.SOFT)
        if isinstance(constraint.value, float) and constraint.value.is_integer():
            constraint = replace(constraint, value=int(constraint.value))
        return constraint

    def to_json(self) -> dict[str, Any]:
        """Return the contract's JSON object."""
        return {
            "polarity": self.polarity.value,
            "strength": self.strength.value,
            "facet": self.facet,
            "op": self.op.value,
            "value": self.value,
        }

    @classmethod
    def from_json(cls, data: object) -> Constraint:
        """Read the contract's JSON object; raise ConstraintError naming the part that is wrong."""
        if not isinstance(data, dict):
            raise ConstraintError(f"a constraint is a JSON object, not {type(data).__name__}")
        missing = [name for name in ("polarity", "strength", "facet", "op") if name not in data]
        if missing:
            raise ConstraintError(f"a constraint lacks {', '.join(missing)}")
        try:
            polarity, strength = Polarity(data["polarity"]), Strength(data["strength"])
            op = Op(data["op"])
        except ValueError as error:
            raise ConstraintError(f"in a constraint, {error}") from error
        return cls(polarity, strength, _facet(data["facet"]), op, _value(data.get("value")))


def _facet(raw: object) -> str:
    if not isinstance(raw, str) or not raw.isidentifier():
        raise ConstraintError(f"a constraint's facet is a name, not {raw!r}")
    return raw


def _value(raw: object) -> Value:
    if raw is None or (isinstance(raw, int) and not isinstance(raw, bool)):
        return raw
    if isinstance(raw, float):
        if raw != raw or raw in (float("inf"), float("-inf")):
            raise ConstraintError("a constraint's value must be a finite number")
        return raw
    if isinstance(raw, str):
        text = " ".join(raw.split())
        if not text:
            raise ConstraintError("a constraint's value is empty")
        return text
    raise ConstraintError(f"a constraint's value is text, a number or null, not {type(raw).__name__}")
