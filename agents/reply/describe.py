"""Preferences in words: the chips of the chat, the replies of the agent, the reasons in a log.

With the catalogue's schema, a number has its facet's unit; without one, only what every shipped world measures has.
"""

from __future__ import annotations

from typing import Final

from stillroom.agents.rules.text import stem
from stillroom.data.constraint import Constraint, Op
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

_BOUND_WORDS: Final = {Op.LT: "under", Op.LE: "at most", Op.GT: "over", Op.GE: "at least", Op.EQ: "about"}
_YEAR_WORDS: Final = {Op.LT: "before", Op.LE: "up to", Op.GT: "after", Op.GE: "from", Op.EQ: "in"}
_SHIPPED: Final = {
    "runtime": Facet(name="runtime", kind=FacetKind.NUMBER, unit="minutes"),
    "rating": Facet(name="rating", kind=FacetKind.NUMBER, unit="stars"),
    "price": Facet(name="price", kind=FacetKind.NUMBER, unit="dollars"),
}
_RELATIVE_WORDS: Final = {
    ("runtime", Op.LESS): "shorter",
    ("runtime", Op.MORE): "longer",
    ("year", Op.LESS): "older",
    ("year", Op.MORE): "newer",
    ("rating", Op.LESS): "lower rated",
    ("rating", Op.MORE): "better rated",
    ("price", Op.LESS): "cheaper",
    ("price", Op.MORE): "pricier",
    ("popularity", Op.LESS): "less well known",
    ("popularity", Op.MORE): "better known",
}


def describe_constraint(constraint: Constraint, schema: CatalogueSchema | None = None) -> str:
    """Return the constraint in a few words: "only Comedy", "no Horror", "under 120 minutes", "less violence"."""
    value, op = constraint.value, constraint.op
    if op.is_relative and not isinstance(value, str):
        name = "year" if _is_calendar(constraint, schema) else constraint.facet
        words = _RELATIVE_WORDS.get((name, op), f"{op.value} {constraint.facet}")
        return words if constraint.is_positive else f"not {words}"
    if op is Op.LIKE:
        return f"{'like' if constraint.is_positive else 'nothing like'} {value}"
    if isinstance(value, int | float):
        return _describe_number(constraint, value, schema)
    if constraint.is_positive:
        return f"only {value}" if constraint.is_hard else f"{value} if possible"
    return f"no {value}" if constraint.is_hard else f"less {value}"


def describe_all(constraints: tuple[Constraint, ...], schema: CatalogueSchema | None = None) -> str:
    """Return several constraints as one phrase."""
    return "; ".join(describe_constraint(constraint, schema) for constraint in constraints)


def say_amount(number: str, unit: str) -> str:
    """Return a number with its unit, which a schema writes as it stands after many: "120 minutes", "1 dollar"."""
    if number == "1":
        unit = " ".join(map(stem, unit.split()))
    return f"{number} {unit}".strip()


def _describe_number(constraint: Constraint, value: int | float, schema: CatalogueSchema | None) -> str:
    facets = _SHIPPED if schema is None else schema.facets
    facet = facets.get(constraint.facet)
    if _is_calendar(constraint, schema):
        words = f"{_YEAR_WORDS[constraint.op]} {value}"
    else:
        unit = facet.unit if facet is not None else ""
        alone = [other.unit for other in facets.values()].count(unit) == 1
        words = f"{_BOUND_WORDS[constraint.op]} {say_amount(str(value), unit)}"
        # Where two facets are measured alike, or one in nothing, a bound has to say of what it is.
        words = words if unit and alone else f"{constraint.facet} {words}"
    words = words if constraint.is_positive else f"not {words}"
    return words if constraint.is_hard else f"{words} if possible"


def _is_calendar(constraint: Constraint, schema: CatalogueSchema | None) -> bool:
    calendar = None if schema is None else schema.calendar
    return constraint.facet in ("year", calendar.name if calendar else "year")
