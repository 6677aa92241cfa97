from __future__ import annotations

import pytest

from stillroom.agents.plan import nothing_left, standard_plan
from stillroom.agents.requests import PlanRequest, ToolReport
from stillroom.agents.wire.edit import decode_edit
from stillroom.agents.wire.plan import encode_plan
from stillroom.data.preferences import Preferences, merge


def _plan(lines: str = "", *reports: ToolReport, has_history: bool = True) -> list[str]:
    preferences = merge(Preferences(), decode_edit(lines)).preferences if lines else Preferences()
    return encode_plan(standard_plan(PlanRequest(preferences, reports, has_history))).split("\n")


@pytest.mark.parametrize(
    ("lines", "has_history", "expected"),
    [
        ("", True, ["match", "aggregate"]),
        ("", False, ["popular", "aggregate"]),
        ("must genre = Comedy", True, ["filter", "match", "aggregate"]),
        ("must year < 1980", False, ["filter", "popular", "aggregate"]),
        ("wish tag = slow burn", False, ["match", "aggregate"]),
        ("avoid tag = violence", True, ["match", "attenuate", "aggregate"]),
        ("wish item like Alien", False, ["similar c1", "aggregate"]),
        ("avoid item like Alien", False, ["popular", "attenuate", "aggregate"]),
        (
            "ban genre = Horror\nwish item like Heat\nwish item like Ronin\navoid genre = War",
            True,
            ["filter", "match", "similar c2", "similar c3", "attenuate", "aggregate"],
        ),
    ],
)
def test_the_plan_follows_from_the_preferences(lines: str, has_history: bool, expected: list[str]) -> None:
    assert _plan(lines, has_history=has_history) == expected


def test_nothing_left_is_relaxed_and_the_filter_not_repeated() -> None:
    lines = "must genre = Comedy\nmust year > 2100"
    assert _plan(lines, ToolReport("filter", "0 left, 3 unknown dropped")) == ["relax", "match", "aggregate"]
    after = (ToolReport("filter", "0 left"), ToolReport("relax", "gave up c2, 12 left"), ToolReport("match", "scored"))
    assert _plan(lines, *after) == ["aggregate"]


def test_a_surprise_is_varied() -> None:
    request = PlanRequest(Preferences(), wants_variety=True)
    assert [call.line for call in standard_plan(request)] == ["match", "diversify", "aggregate"]


@pytest.mark.parametrize(
    ("outcome", "done", "expected"),
    [
        ("10 items", (), "stop"),
        ("10 items, much alike", (), "diversify\naggregate"),
        ("10 items, much alike", (ToolReport("diversify", "the feed will be varied"),), "stop"),
    ],
)
def test_a_feed_is_left_as_it_is_unless_it_is_stale(outcome: str, done: tuple[ToolReport, ...], expected: str) -> None:
    request = PlanRequest(Preferences(), (ToolReport("match", "scored"), *done, ToolReport("aggregate", outcome)))
    assert encode_plan(standard_plan(request)) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"), [("0 left", True), ("10 left", False), ("gave up c3, 0 left", True), ("100 left", False)]
)
def test_what_counts_as_nothing_left(outcome: str, expected: bool) -> None:
    assert nothing_left((ToolReport("filter", outcome), ToolReport("match", "0 left"))) is expected
