from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.call import ToolCall, ToolError
from stillroom.tools.state import ToolStep, UserProfile
from stillroom.tools.toolbox import run_tool

Build = Callable[..., Preferences]


def _relax(catalogue: Catalogue, preferences: Preferences, argument: str | None = None, *shown: int) -> ToolStep:
    return run_tool(ToolCall("relax", argument), catalogue, preferences, UserProfile(), frozenset(shown))


def test_the_constraint_that_stands_in_the_way_is_given_up(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("must", "genre", "=", "Comedy"), ("must", "year", ">", 2100), ("ban", "tag", "=", "heist"))
    step = _relax(catalogue, preferences)
    n_left = int(catalogue.sets["genre"].mask("Comedy").sum())
    assert step.state.relaxed == ("c2",)
    assert step.outcome == f"gave up c2, {n_left} left"


def test_of_equals_a_must_goes_before_a_ban_and_the_older_first(catalogue: Catalogue, prefer: Build) -> None:
    # No year satisfies both sides; either alone leaves a full feed.
    clash = [("must", "year", ">=", 1980), ("must", "year", "<", 1980)]
    assert _relax(catalogue, prefer(*clash)).state.relaxed == ("c1",)
    row = next(row for row in range(catalogue.n_items) if len(catalogue.sets["genre"].of(row)) == 1)
    genre = catalogue.sets["genre"].of(row)[0]
    preferences = prefer(("ban", "genre", "=", genre), ("must", "genre", "=", genre))
    step = _relax(catalogue, preferences)
    assert step.state.relaxed == ("c2",)


def test_several_go_when_one_is_not_enough(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("must", "year", ">", 2100), ("must", "runtime", ">", 900))
    step = _relax(catalogue, preferences)
    assert step.state.relaxed == ("c1", "c2")
    assert step.state.candidates.all()


def test_no_more_go_than_must(catalogue: Catalogue, prefer: Build) -> None:
    """No single one helps; the two that clash with the rest are given up, whatever stands before them."""
    preferences = prefer(
        ("must", "genre", "=", "Comedy"),
        ("must", "year", ">", 2100),
        ("ban", "tag", "=", "heist"),
        ("must", "runtime", ">", 900),
    )
    step = _relax(catalogue, preferences)
    assert step.state.relaxed == ("c2", "c4")
    assert step.state.n_candidates


def test_repeats_come_before_giving_anything_up(catalogue: Catalogue, prefer: Build) -> None:
    step = _relax(catalogue, prefer(("must", "item", "=", catalogue.titles[7])), None, 7)
    assert step.state.relaxed == () and step.state.repeats
    assert np.flatnonzero(step.state.candidates).tolist() == [7]
    assert step.outcome == "showing again what was seen before, 1 left"


def test_a_named_constraint_is_given_up(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("must", "genre", "=", "Comedy"), ("wish", "tag", "=", "heist"))
    assert _relax(catalogue, preferences, "c1").state.candidates.all()
    for wrong in ("c2", "c9"):
        with pytest.raises(ToolError, match=wrong):
            _relax(catalogue, preferences, wrong)


def test_nothing_to_give_up_is_a_tool_error(make_catalogue: Callable[[int, int], Catalogue], prefer: Build) -> None:
    catalogue = make_catalogue(3, 4)
    step = _relax(catalogue, prefer(), None, 0, 1, 2, 3)
    assert step.state.repeats
    with pytest.raises(ToolError, match="no hard constraint"):
        run_tool(ToolCall("relax"), catalogue, prefer(), UserProfile(), frozenset(), step.state)
