from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.plan import has_feed, nothing_left, plan_shape, standard_plan
from stillroom.agents.prompt_text import prompt_file
from stillroom.agents.requests import PlanRequest, ToolReport
from stillroom.agents.wire.edit import decode_edit
from stillroom.agents.wire.plan import Need, decode_plan, encode_plan
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


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), False),
        (("aggregate 10 items",), True),
        (("aggregate 0 items, filtered first",), False),
        (("aggregate 0 items", "relax gave up c1, 12 left"), False),
        (("aggregate 0 items", "relax gave up c1, 12 left", "aggregate 10 items, much alike"), True),
    ],
)
def test_an_empty_feed_is_none(outcomes: tuple[str, ...], expected: bool) -> None:
    reports = tuple(ToolReport(*outcome.split(" ", 1)) for outcome in outcomes)
    assert has_feed(reports) is expected
    assert (standard_plan(PlanRequest(Preferences(), reports)) == ()) is (outcomes[-1:] == ("aggregate 10 items",))


_LINES = st.lists(
    st.sampled_from(
        ("must year > 2100", "ban genre = War", "wish tag = slow burn", "avoid tag = gore", "wish item like Heat")
    ),
    unique=True,
)
_OUTCOMES = st.lists(
    st.sampled_from(
        (
            *(
                "filter 0 left",
                "filter 9 left",
                "match scored",
                "popular scored",
                "attenuate pushed down",
                "similar near",
            ),
            *("relax gave up c1, 9 left", "relax gave up c1, 0 left", "diversify the feed will be varied"),
            *("aggregate 10 items", "aggregate 0 items", "aggregate 10 items, much alike"),
        )
    ),
    max_size=5,
)


@given(_LINES, _OUTCOMES, st.booleans(), st.booleans(), st.integers(0, 9_999))
def test_grammar_check_and_standard_plan_are_of_one_shape(
    lines: list[str], outcomes: list[str], has_history: bool, wants_variety: bool, seed: int
) -> None:
    preferences = merge(Preferences(), decode_edit("\n".join(lines))).preferences if lines else Preferences()
    reports = tuple(ToolReport(*outcome.split(" ", 1)) for outcome in outcomes)
    shape, draw = plan_shape(PlanRequest(preferences, reports, has_history, "", wants_variety)), random.Random(seed)
    steps = [step for step in shape.steps if step.need is Need.MUST or draw.random() < 0.5]
    lines = ["stop"] if shape.is_over else [*(draw.choice(step.lines) for step in steps), "aggregate"]
    for text in ("\n".join(lines), encode_plan(shape.standard)):
        assert re.fullmatch(shape.grammar, text)
        assert encode_plan(shape.take(decode_plan(text))) == text


def test_the_teachers_examples_are_plans_of_the_shape() -> None:
    report = re.compile(r"((?:relax|similar)(?: c\d)?|filter|match|popular|attenuate|diversify|aggregate) (.+)")
    for block in prompt_file("plan_examples.txt").strip().split("\n\n"):
        _, *asked = block.split("\n")
        edit = "\n".join(line.split(" ", 1)[1] for line in asked if re.match(r"c\d ", line))
        preferences = merge(Preferences(), decode_edit(edit)).preferences if edit else Preferences()
        reports = tuple(ToolReport(*found.groups()) for line in asked if (found := report.fullmatch(line)))
        request = PlanRequest(preferences, reports, "new user" not in asked, "", "surprise" in asked)
        plan = decode_plan("\n".join(line.removeprefix("= ") for line in asked if line.startswith("= ")))
        assert plan_shape(request).take(plan) == plan == standard_plan(request), block
