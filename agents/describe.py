"""Preferences in words: the chips of the chat, the replies of the agent, the reasons in a log."""

from __future__ import annotations

from stillroom.data.constraint import Constraint, Op

_BOUND_WORDS = {Op.LT: "under", Op.LE: "at most", Op.GT: "over", Op.GE: "at least", Op.EQ: "about"}
_YEAR_WORDS = {Op.LT: "before", Op.LE: "up to", Op.GT: "after", Op.GE: "from", Op.EQ: "in"}
_UNITS = {"runtime": "minutes", "rating": "stars", "price": "dollars"}
_RELATIVE_WORDS = {
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


def describe_constraint(constraint: Constraint) -> str:
    """Return the constraint in a few words: "only Comedy", "no Horror", "under 120 minutes", "less violence"."""
    value, op = constraint.value, constraint.op
    if op.is_relative and not isinstance(value, str):
        words = _RELATIVE_WORDS.get((constraint.facet, op), f"{op.value} {constraint.facet}")
        return words if constraint.is_positive else f"not {words}"
    if op is Op.LIKE:
        return f"{'like' if constraint.is_positive else 'nothing like'} {value}"
    if isinstance(value, int | float):
        return _describe_number(constraint, value)
    if constraint.is_positive:
        return f"only {value}" if constraint.is_hard else f"{value} if possible"
    return f"no {value}" if constraint.is_hard else f"less {value}"


def _describe_number(constraint: Constraint, value: int | float) -> str:
    if constraint.facet == "year":
        words = f"{_YEAR_WORDS[constraint.op]} {value}"
    else:
        unit = _UNITS.get(constraint.facet)
        bound = f"{_BOUND_WORDS[constraint.op]} {value}"
        words = f"{bound} {unit}" if unit else f"{constraint.facet} {bound}"
    words = words if constraint.is_positive else f"not {words}"
    return words if constraint.is_hard else f"{words} if possible"


def describe_all(constraints: tuple[Constraint, ...]) -> str:
    """Return several constraints as one phrase."""
    return "; ".join(describe_constraint(constraint) for constraint in constraints)
