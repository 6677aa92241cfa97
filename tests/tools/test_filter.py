from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op
from stillroom.data.preferences import Preferences, Remembered
from stillroom.tools.call import ToolCall, ToolError
from stillroom.tools.filter import hard_constraints, sieve
from stillroom.tools.state import UserProfile
from stillroom.tools.toolbox import run_tool

Build = Callable[..., Preferences]
_QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _has(catalogue: Catalogue, item: Remembered, row: int) -> bool | None:
    """Say by plain comparison whether a row has the property; None when unknown."""
    constraint: Constraint = item.constraint
    if constraint.facet in ("year", "runtime"):
        value = float(catalogue.numbers[constraint.facet][row])
        if math.isnan(value):
            return None
        limit = item.anchor if constraint.op.is_relative else constraint.value
        assert isinstance(limit, int | float)
        return {
            Op.LT: value < limit,
            Op.LESS: value < limit,
            Op.GT: value > limit,
            Op.MORE: value > limit,
            Op.LE: value <= limit,
            Op.GE: value >= limit,
            Op.EQ: value == limit,
        }[constraint.op]
    if constraint.facet == "item":
        return catalogue.titles[row] == constraint.value
    column = catalogue.sets[constraint.facet]
    return str(constraint.value) in column.of(row) if column.known[row] else None


def _passes(catalogue: Catalogue, hard: tuple[Remembered, ...], row: int) -> bool:
    alternatives: dict[str, list[bool | None]] = {}
    for item in hard:
        has = _has(catalogue, item, row)
        if not item.constraint.is_positive:
            if has:
                return False
        elif item.constraint.facet in ("year", "runtime"):
            if not has:
                return False
        else:
            alternatives.setdefault(item.constraint.facet, []).append(has)
    return all(any(answers) for answers in alternatives.values())


@_QUIET
@given(st.integers(0, 30), st.integers(0, 10_000))
def test_sieve_agrees_with_a_loop_over_items(
    make_catalogue: Callable[[int, int], Catalogue],
    make_preferences: Callable[[int, Catalogue], Preferences],
    world: int,
    seed: int,
) -> None:
    catalogue = make_catalogue(world, 40)
    hard = hard_constraints(make_preferences(seed, catalogue))
    expected = [_passes(catalogue, hard, row) for row in range(catalogue.n_items)]
    assert sieve(catalogue, hard).passed.tolist() == expected


def _outcome(catalogue: Catalogue, preferences: Preferences, shown: frozenset[int] = frozenset()) -> str:
    return run_tool(ToolCall("filter"), catalogue, preferences, UserProfile(), shown).outcome


def test_musts_of_one_facet_are_alternatives(catalogue: Catalogue, prefer: Build) -> None:
    genre = catalogue.sets["genre"]
    either = sieve(
        catalogue, hard_constraints(prefer(("must", "genre", "=", "Comedy"), ("must", "genre", "=", "Drama")))
    )
    assert np.array_equal(either.passed, genre.mask("comedy") | genre.mask("drama"))


def test_unknown_is_dropped_by_a_must_and_kept_by_a_ban_and_counted(catalogue: Catalogue, prefer: Build) -> None:
    column = catalogue.sets["genre"]
    n_unknown = int((~column.known).sum())
    assert n_unknown
    with_horror = int(column.mask("Horror").sum())
    assert _outcome(catalogue, prefer(("must", "genre", "=", "Horror"))) == (
        f"{with_horror} left, {n_unknown} unknown dropped"
    )
    assert _outcome(catalogue, prefer(("ban", "genre", "=", "Horror"))) == (
        f"{catalogue.n_items - with_horror} left, {n_unknown} unknown kept"
    )


def test_a_relative_must_compares_with_its_anchor(catalogue: Catalogue, prefer: Build) -> None:
    hard = hard_constraints(prefer(("must", "runtime", "less", None), anchor=100.0))
    assert np.array_equal(sieve(catalogue, hard).passed, catalogue.numbers["runtime"] < 100)


def test_what_was_shown_is_no_candidate_and_named_only_when_nothing_else_is_left(
    catalogue: Catalogue, prefer: Build
) -> None:
    preferences = prefer(("must", "item", "=", catalogue.titles[7]))
    assert _outcome(catalogue, preferences) == "1 left"
    assert _outcome(catalogue, preferences, frozenset({7})) == "0 left, 1 seen before"


def test_a_person_is_found_by_surname(catalogue: Catalogue, prefer: Build) -> None:
    hard = hard_constraints(prefer(("must", "person", "=", "lindqvist")))
    assert np.array_equal(sieve(catalogue, hard).passed, catalogue.sets["person"].mask("Bo Lindqvist"))


def test_an_unknown_facet_is_a_tool_error(catalogue: Catalogue, prefer: Build) -> None:
    with pytest.raises(ToolError, match="no facet 'studio'"):
        _outcome(catalogue, prefer(("must", "studio", "=", "Ghibli")))
