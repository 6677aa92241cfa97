from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.aggregator import top_rows
from stillroom.tools.call import ToolCall
from stillroom.tools.filter import hard_constraints, sieve
from stillroom.tools.state import UserProfile
from stillroom.tools.toolbox import ToolConfig, run_plan

Build = Callable[..., Preferences]
_QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_PLANS = (
    ("aggregate",),
    ("filter", "match", "attenuate", "aggregate"),
    ("relax", "match", "diversify", "aggregate"),
    ("match", "filter", "relax", "popular", "attenuate", "diversify", "aggregate"),
)


def _calls(*names: str) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(*name.split()) for name in names)


@_QUIET
@given(st.integers(0, 20), st.integers(0, 10_000), st.sampled_from(_PLANS), st.sets(st.integers(0, 49), max_size=45))
def test_a_feed_meets_every_hard_constraint_that_was_not_given_up(
    make_catalogue: Callable[[int, int], Catalogue],
    make_preferences: Callable[[int, Catalogue], Preferences],
    world: int,
    seed: int,
    plan: tuple[str, ...],
    shown: set[int],
) -> None:
    catalogue = make_catalogue(world, 50)
    preferences = make_preferences(seed, catalogue)
    state = run_plan(_calls(*plan), catalogue, preferences, UserProfile((0, 1)), frozenset(shown)).state
    allowed = sieve(catalogue, hard_constraints(preferences, state.relaxed)).passed
    assert all(allowed[item.row] for item in state.feed)
    assert state.repeats or not {item.row for item in state.feed} & (shown | {0, 1})
    assert len({item.row for item in state.feed}) == len(state.feed) <= 10
    for item in state.feed:
        assert item.score == pytest.approx(sum(item.parts.values()), abs=1e-4)


@_QUIET
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40), st.integers(1, 12))
def test_top_rows_agrees_with_a_full_sort(rows: list[tuple[int, bool]], n_rows: int) -> None:
    scores = np.array([score for score, _ in rows], np.float32)
    candidates = np.array([is_left for _, is_left in rows])
    expected = sorted(np.flatnonzero(candidates).tolist(), key=lambda row: (-scores[row], row))[:n_rows]
    assert top_rows(scores, candidates, n_rows).tolist() == expected


def test_a_soft_genre_wish_comes_before_taste_but_after_a_ban(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("wish", "genre", "=", "Western"), ("ban", "language", "=", "French"))
    plan = _calls("filter", "match", "aggregate")
    config = ToolConfig(n_feed=catalogue.n_items)
    feed = run_plan(plan, catalogue, preferences, UserProfile((1, 2, 3)), frozenset(), config=config).state.feed
    western, french = catalogue.sets["genre"].mask("Western"), catalogue.sets["language"].mask("French")
    order = [bool(western[item.row]) for item in feed]
    assert order == sorted(order, reverse=True)
    assert True in order and False in order
    assert not any(french[item.row] for item in feed)


def test_what_was_wished_around_a_number_is_near_it(catalogue: Catalogue, prefer: Build) -> None:
    feed = run_plan(
        _calls("aggregate"), catalogue, prefer(("wish", "runtime", "=", 100)), UserProfile(), frozenset()
    ).state.feed
    off = np.abs(catalogue.numbers["runtime"] - 100)
    assert max(off[item.row] for item in feed) < float(np.nanmedian(off))


def test_a_forgotten_filter_is_made_up_for_and_said(catalogue: Catalogue, prefer: Build) -> None:
    run = run_plan(_calls("aggregate"), catalogue, prefer(("must", "genre", "=", "Comedy")), UserProfile(), frozenset())
    assert run.outcomes[-1].text.endswith("filtered first")


def test_without_any_wish_the_best_known_come_first(catalogue: Catalogue, prefer: Build) -> None:
    feed = run_plan(_calls("popular", "aggregate"), catalogue, prefer(), UserProfile(), frozenset()).state.feed
    best = np.argsort(-catalogue.popularity)[:10].tolist()
    assert [item.row for item in feed] == best
    assert [item.position for item in feed] == list(range(1, 11))


def test_a_newcomer_who_wants_the_less_known_gets_the_best_known_of_those(catalogue: Catalogue, prefer: Build) -> None:
    wish = prefer(("wish", "popularity", "less", None))
    feed = run_plan(_calls("popular", "aggregate"), catalogue, wish, UserProfile(), frozenset()).state.feed
    less_known = np.flatnonzero(catalogue.popularity < 0.5)
    best = less_known[np.argsort(-catalogue.popularity[less_known])][:10].tolist()
    assert [item.row for item in feed] == best
