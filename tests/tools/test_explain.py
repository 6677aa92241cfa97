from __future__ import annotations

from collections.abc import Callable

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.call import ToolCall
from stillroom.tools.state import UserProfile
from stillroom.tools.toolbox import ToolConfig, run_plan

Build = Callable[..., Preferences]


def test_a_reason_tells_the_facts_and_the_wish_that_was_met(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("wish", "tag", "=", "heist"), ("wish", "person", "=", "reed"))
    calls = [ToolCall("match"), ToolCall("aggregate")]
    feed = run_plan(calls, catalogue, preferences, UserProfile(), frozenset()).state.feed
    for item in feed:
        assert ("near 'heist'" in item.reason) == bool(catalogue.sets["tag"].mask("heist")[item.row])
        assert ("Ada Reed" in item.reason) == bool(catalogue.sets["person"].mask("Ada Reed")[item.row])
        runtime = catalogue.numbers["runtime"][item.row]
        if runtime == runtime:
            assert f"{runtime:.0f} min" in item.reason
    assert any("near 'heist'" in item.reason for item in feed)


def test_the_category_that_was_wanted_is_named_first(catalogue: Catalogue, prefer: Build) -> None:
    calls = [ToolCall("filter"), ToolCall("aggregate")]
    feed = run_plan(calls, catalogue, prefer(("must", "genre", "=", "Western")), UserProfile(), frozenset()).state.feed
    assert feed and all(item.reason.startswith("Western") for item in feed)


def test_without_any_wish_the_reason_is_taste_or_fame(catalogue: Catalogue, prefer: Build) -> None:
    calls = [ToolCall("match"), ToolCall("aggregate")]
    n_items = ToolConfig(n_feed=catalogue.n_items)
    unknown = run_plan(calls, catalogue, prefer(), UserProfile(), frozenset(), config=n_items).state.feed
    for item in unknown:
        assert item.reason.endswith("well known") == (catalogue.popularity[item.row] >= 0.9)
    known = run_plan(calls, catalogue, prefer(), UserProfile((1, 2, 3)), frozenset(), config=n_items).state.feed
    for item in known:
        assert item.reason.endswith("near your taste") == (item.parts["match"] > item.parts["known"])
