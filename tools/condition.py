"""What a constraint says of every item at once: whether it is met, whether that is known, and to what degree.

`check_constraint` is the truth that the filter enforces and that metrics count with; `degree_of` is its smooth form in
[0, 1], for wishes. Both speak of the property itself: polarity is left to the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op
from stillroom.data.numbers import Spread
from stillroom.data.preferences import Remembered
from stillroom.data.schema import FacetKind
from stillroom.tools.call import ToolError
from stillroom.tools.state import Mask, Rows, Scores

EQUAL_WITHIN: Final = 0.05
"""Two numbers are the same when they read the same with one decimal."""
_SPREADS: Final = 0.35
"""The width of "around": this share of the facet's interquartile range (about 10 minutes of runtime)."""


@dataclass(frozen=True)
class Condition:
    """For every item: is the property met (never where unknown), and is that known; both (n,)."""

    met: Mask
    known: Mask


def check_constraint(catalogue: Catalogue, item: Remembered) -> Condition:
    """Return which items have the property that a remembered constraint names; raise ToolError if none can be said."""
    constraint = item.constraint.canonical()
    kind = kind_of(catalogue, constraint)
    if kind is FacetKind.NUMBER:
        values = catalogue.numbers[constraint.facet]
        return Condition(_compare(values, constraint.op, _limit(catalogue, item)), ~np.isnan(values))
    everything = np.ones(catalogue.n_items, np.bool_)
    if kind is FacetKind.POPULARITY:
        better_known = catalogue.popularity >= np.float32(0.5)
        return Condition(better_known if constraint.op is Op.MORE else ~better_known, everything)
    if kind is FacetKind.ITEM:
        met = np.zeros(catalogue.n_items, np.bool_)
        met[list(catalogue.rows_named(str(constraint.value)))] = True
        return Condition(met, everything)
    column = catalogue.sets[constraint.facet]
    return Condition(column.mask(_value(catalogue, kind, constraint)), column.known)


def degree_of(catalogue: Catalogue, item: Remembered, rows: Rows = None) -> Scores:
    """Return to what degree every item (or these rows) has the property, in [0, 1]; unknown is 0.

    Numbers fall off smoothly outside a bound, "around 90 minutes" is a Gaussian kernel, popularity is the percentile.
    """
    constraint = item.constraint.canonical()
    kind = kind_of(catalogue, constraint)
    if kind is FacetKind.POPULARITY:
        known = catalogue.popularity if rows is None else catalogue.popularity[rows]
        return np.asarray(known if constraint.op is Op.MORE else 1 - known, np.float32)
    if kind is not FacetKind.NUMBER:
        met = check_constraint(catalogue, item).met
        return (met if rows is None else met[rows]).astype(np.float32)
    spread, limit = catalogue.spreads[constraint.facet], _limit(catalogue, item)
    values = catalogue.numbers[constraint.facet]
    values = values if rows is None else values[rows]
    degree = values - limit
    degree /= _width(spread)
    degree *= degree
    degree *= np.float32(-0.5)
    np.exp(degree, out=degree)
    if constraint.op is not Op.EQ:
        # Just outside a bound is a little worse than just inside, so that a feed of enough items never crosses it.
        degree *= np.float32(0.9)
        np.copyto(degree, 1, where=_compare(values, constraint.op, limit))
    np.copyto(degree, 0, where=np.isnan(degree))
    return degree


def kind_of(catalogue: Catalogue, constraint: Constraint) -> FacetKind:
    """Return the kind of a constraint's facet; raise ToolError when the catalogue has no such facet."""
    facet = catalogue.schema.facets.get(constraint.facet)
    if facet is None:
        raise ToolError(f"there is no facet {constraint.facet!r}")
    return facet.kind


def _value(catalogue: Catalogue, kind: FacetKind, constraint: Constraint) -> str:
    value = str(constraint.value)
    if kind is FacetKind.PERSON:
        return catalogue.resolve_person(value) or value
    return value


def _limit(catalogue: Catalogue, item: Remembered) -> np.float32:
    """Return the number compared with: the value, or for a relative wish its anchor (else what is usual)."""
    constraint = item.constraint
    if constraint.op.is_relative:
        if item.anchor is not None:
            return np.float32(item.anchor)
        spread = catalogue.spreads[constraint.facet]
        return np.float32(0 if spread is None else spread.middle)
    if not isinstance(constraint.value, int | float):
        raise ToolError(f"{constraint.facet} needs a number, not {constraint.value!r}")
    return np.float32(constraint.value)


def _compare(values: NDArray[np.float32], op: Op, limit: np.float32) -> Mask:
    if op in (Op.LT, Op.LESS):
        return values < limit
    if op in (Op.GT, Op.MORE):
        return values > limit
    if op is Op.LE:
        return values <= limit
    if op is Op.GE:
        return values >= limit
    near: Mask = np.abs(values - limit) <= np.float32(EQUAL_WITHIN)
    return near


def _width(spread: Spread | None) -> np.float32:
    if spread is None or spread.high <= spread.low:
        return np.float32(1)
    return np.float32(_SPREADS * (np.float32(spread.high) - np.float32(spread.low)))
