from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.call import ToolCall, ToolError
from stillroom.tools.feed import anchors
from stillroom.tools.state import ToolState, ToolStep, UserProfile
from stillroom.tools.toolbox import Access, ToolConfig, run_plan, run_tool

Build = Callable[..., Preferences]


class ToolConformance:
    """What holds of every tool; a tool's own class names its call."""

    call: ClassVar[ToolCall]
    before: ClassVar[tuple[str, ...]] = ()
    wrong: ClassVar[str | None] = "c1"

    def _preferences(self, catalogue: Catalogue, prefer: Build) -> Preferences:
        return prefer(
            ("must", "genre", "=", "Comedy"),
            ("wish", "tag", "=", "heist"),
            ("wish", "item", "like", catalogue.titles[3]),
            ("avoid", "tag", "=", "violence"),
        )

    def _state(self, catalogue: Catalogue, prefer: Build) -> ToolState:
        calls = [ToolCall(name) for name in self.before]
        return run_plan(
            calls, catalogue, self._preferences(catalogue, prefer), UserProfile((1, 2)), frozenset({4})
        ).state

    def _run(self, catalogue: Catalogue, prefer: Build, state: ToolState, call: ToolCall | None = None) -> ToolStep:
        preferences = self._preferences(catalogue, prefer)
        return run_tool(call or self.call, catalogue, preferences, UserProfile((1, 2)), frozenset({4}), state)

    def test_the_state_given_is_left_as_it_was(self, catalogue: Catalogue, prefer: Build) -> None:
        state = self._state(catalogue, prefer)
        candidates, parts = state.candidates.copy(), {name: part.copy() for name, part in state.parts.items()}
        self._run(catalogue, prefer, state)
        assert np.array_equal(state.candidates, candidates)
        assert list(state.parts) == list(parts)
        assert all(np.array_equal(state.parts[name], part) for name, part in parts.items())

    def test_the_same_call_gives_the_same_step(self, catalogue: Catalogue, prefer: Build) -> None:
        state = self._state(catalogue, prefer)
        one, other = (self._run(catalogue, prefer, state) for _ in range(2))
        assert one.outcome == other.outcome and one.state.feed == other.state.feed
        assert np.array_equal(one.state.candidates, other.state.candidates)

    def test_parts_are_finite_float32_of_one_number_an_item(self, catalogue: Catalogue, prefer: Build) -> None:
        for part in self._run(catalogue, prefer, self._state(catalogue, prefer)).state.parts.values():
            assert part.shape == (catalogue.n_items,) and part.dtype == np.float32 and np.isfinite(part).all()

    def test_the_outcome_is_one_short_line(self, catalogue: Catalogue, prefer: Build) -> None:
        outcome = self._run(catalogue, prefer, self._state(catalogue, prefer)).outcome
        assert 0 < len(outcome) < 200 and "\n" not in outcome

    def test_a_wrong_argument_is_a_tool_error(self, catalogue: Catalogue, prefer: Build) -> None:
        with pytest.raises(ToolError):
            self._run(catalogue, prefer, self._state(catalogue, prefer), ToolCall(self.call.name, self.wrong))

    def test_a_reading_tool_returns_the_very_state(self, catalogue: Catalogue, prefer: Build) -> None:
        state = self._state(catalogue, prefer)
        reads = ToolConfig().table()[self.call.name].access is Access.READ
        assert (self._run(catalogue, prefer, state).state is state) == reads


class TestFilter(ToolConformance):
    call = ToolCall("filter")


class TestRelax(ToolConformance):
    call = ToolCall("relax", "c1")
    wrong = "c2"


class TestMatch(ToolConformance):
    call = ToolCall("match")


class TestAttenuate(ToolConformance):
    call = ToolCall("attenuate")


class TestPopular(ToolConformance):
    call = ToolCall("popular")


class TestSimilar(ToolConformance):
    call = ToolCall("similar", "c3")


class TestSimilarAgain(ToolConformance):
    call = ToolCall("similar", "c3")
    before = ("match",)
    wrong = None


class TestDiversify(ToolConformance):
    call = ToolCall("diversify")


class TestAggregate(ToolConformance):
    call = ToolCall("aggregate")
    before = ("filter", "match", "attenuate")


class TestExplain(ToolConformance):
    call = ToolCall("explain", "#1")
    before = ("filter", "match", "aggregate")
    wrong = "99"


def test_every_tool_has_a_conformance_class() -> None:
    tested = {each.call.name for each in ToolConformance.__subclasses__()}
    assert tested == set(ToolConfig().table())


def test_an_unknown_tool_is_a_tool_error(catalogue: Catalogue, prefer: Build) -> None:
    with pytest.raises(ToolError, match="no tool 'format_disk'"):
        run_tool(ToolCall("format_disk"), catalogue, prefer(), UserProfile(), frozenset())


def test_a_plan_stops_where_nothing_is_left_and_goes_on_after_an_error(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("must", "year", ">", 2100))
    calls = [ToolCall("similar", "c9"), ToolCall("filter"), ToolCall("match")]
    run = run_plan(calls, catalogue, preferences, UserProfile(), frozenset())
    assert run.is_stuck
    assert [outcome.call for outcome in run.outcomes] == ["similar c9", "filter"]
    assert run.outcomes[0].text == "there is no constraint 'c9'"
    assert run.outcomes[1].text.startswith("0 left")


def test_similar_leaves_out_the_item_itself_even_when_filtered_later(catalogue: Catalogue, prefer: Build) -> None:
    preferences = prefer(("wish", "item", "like", catalogue.titles[3]))
    calls = [ToolCall("similar", "c1"), ToolCall("filter"), ToolCall("aggregate")]
    feed = run_plan(calls, catalogue, preferences, UserProfile(), frozenset()).state.feed
    assert 3 not in {item.row for item in feed}
    assert all(f"like {catalogue.titles[3]}" in item.reason for item in feed)


def test_anchors_are_medians_of_what_is_known(catalogue: Catalogue) -> None:
    rows = [row for row in range(catalogue.n_items) if not np.isnan(catalogue.numbers["runtime"][row])][:5]
    assert anchors(catalogue, rows)["runtime"] == float(np.median(catalogue.numbers["runtime"][rows]))
    assert anchors(catalogue, []) == {}
