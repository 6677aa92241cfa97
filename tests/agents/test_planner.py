"""The Planner: a plan as the model wrote it, or the standard one and a note."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillroom.agents.models.load import load_model
from stillroom.agents.plan import plan_shape, standard_plan
from stillroom.agents.planner import Planner
from stillroom.agents.requests import PlanRequest, ToolReport
from stillroom.agents.wire.edit import decode_edit
from stillroom.agents.wire.plan import encode_plan
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, merge


def test_a_plan_is_taken_as_it_was_written(tiny: Catalogue, scripted: Any) -> None:
    planned = Planner(scripted("match\npopular\ndiversify\naggregate"), tiny)(PlanRequest(_empty()))
    assert [call.line for call in planned.plan] == ["match", "popular", "diversify", "aggregate"]
    assert planned.fallbacks == () and planned.calls[0].node == "plan"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=st.text(max_size=60))
def test_anything_else_is_replaced_and_noted(tiny: Catalogue, scripted: Any, reply: str) -> None:
    request = PlanRequest(_empty(), has_history=False)
    planned = Planner(scripted(reply), tiny)(request)
    assert planned.plan[-1].name == "aggregate"
    if planned.fallbacks:
        assert planned.plan == standard_plan(request)


def test_a_teacher_is_asked_once_more_with_the_reason(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("first filter, then rank", "match\naggregate", prompt_profile="teacher")
    planned = Planner(model, tiny)(PlanRequest(_empty()))
    assert [call.line for call in planned.plan] == ["match", "aggregate"]
    assert len(planned.calls) == 2 and planned.fallbacks[-1] == "plan: asked once more"
    assert [turn.type for turn in model.asked[1][-2:]] == ["ai", "human"]
    assert "not a tool call" in str(model.asked[1][-1].content)


def test_a_teacher_that_fails_twice_is_replaced(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("no", "no again", prompt_profile="teacher")
    request = PlanRequest(_empty())
    planned = Planner(model, tiny)(request)
    assert planned.plan == standard_plan(request) and len(planned.calls) == 2


@pytest.mark.parametrize("reply", ["stop", "similar c9\naggregate", "relax c1\naggregate"])
def test_a_plan_that_makes_no_sense_here_is_replaced(tiny: Catalogue, scripted: Any, reply: str) -> None:
    request = PlanRequest(_empty())
    planned = Planner(scripted(reply), tiny)(request)
    assert planned.plan == standard_plan(request) and len(planned.fallbacks) == 1


@pytest.mark.parametrize(
    "reports",
    [
        (ToolReport("aggregate", "10 items"),),
        (ToolReport("diversify", "the feed will be varied"), ToolReport("aggregate", "10 items, much alike")),
        (
            ToolReport("aggregate", "0 items"),
            ToolReport("relax", "gave up c1, 9 left"),
            ToolReport("aggregate", "9 items"),
        ),
    ],
)
def test_a_good_feed_stays(tiny: Catalogue, scripted: Any, reports: tuple[ToolReport, ...]) -> None:
    model = scripted("stop", "popular\naggregate")
    assert Planner(model, tiny)(PlanRequest(_empty(), reports)).fallbacks == ()
    planned = Planner(model, tiny)(PlanRequest(_empty(), reports))
    assert model.grammars == ["stop", "stop"] and planned.plan == ()
    assert planned.fallbacks == ("plan: the feed that was made is good, so the only plan is stop",)


# What is remembered, what was reported, and whether the person is new: a plan without the call is none.
_DECISIONS = [
    ("must year > 2100", ("filter 0 left",), False, "relax"),
    ("must year > 2100", ("filter 0 left", "match scored"), False, "relax"),
    ("must year > 2100", ("match scored", "aggregate 0 items, filtered first"), False, "relax"),
    ("must year > 2100\nban genre = War", ("filter 0 left", "relax c2 in vain, 0 left"), False, "relax"),
    ("", ("aggregate 0 items",), False, "relax"),
    ("", ("match scored", "aggregate 10 items, much alike"), False, "diversify"),
    ("avoid tag = gore", (), False, "attenuate"),
    ("avoid tag = gore\nmust year > 2100", ("filter 0 left",), False, "attenuate"),
    ("", (), True, "popular"),
    ("must genre = Comedy", (), True, "popular"),
    ("avoid genre = War", (), True, "popular"),
    ("must year > 2100", ("filter 0 left",), True, "popular"),
    ("wish tag = slow burn", (), True, "match"),
    ("", (), False, "match"),
    ("wish item like Alien", (), True, "similar c1"),
]
_WORST = [
    "stop",
    "aggregate",
    "filter\naggregate",
    "filter\nmatch\naggregate",
    "match\naggregate",
    "popular\naggregate",
    "filter\nrelax\nmatch\npopular\naggregate",
    "similar c1\naggregate",
    "relax c9\naggregate",
    "I would relax the year.",
]


@pytest.mark.parametrize(("lines", "reported", "is_new", "needed"), _DECISIONS)
@pytest.mark.parametrize("reply", _WORST)
def test_a_decision_holds_whatever_a_model_writes(
    tiny: Catalogue, scripted: Any, lines: str, reported: tuple[str, ...], is_new: bool, needed: str, reply: str
) -> None:
    request = PlanRequest(_remembering(lines), _reports(*reported), not is_new)
    model = scripted(reply)
    planned = Planner(model, tiny)(request)
    said = [call.line for call in planned.plan]
    assert needed in said and re.fullmatch(model.grammars[0], "\n".join(said))
    assert not set(said[:-1]) & {line.split(" ")[0] for line in reported if not line.startswith("relax")}
    assert planned.plan == standard_plan(request) or not planned.fallbacks
    assert bool(planned.fallbacks) is not bool(re.fullmatch(model.grammars[0], reply)), "the check is the grammar's"


@pytest.mark.weights
def test_a_student_makes_every_decision_at_once(tiny: Catalogue) -> None:
    planner = Planner(load_model("student:default", tiny), tiny)
    for lines, reported, is_new, needed in _DECISIONS:
        planned = planner(PlanRequest(_remembering(lines), _reports(*reported), not is_new))
        said = [call.line for call in planned.plan]
        assert needed in said or (needed == "relax" and said[0].startswith("relax c"))
        assert planned.fallbacks == () and planned.calls[0].reply.split("\n") == said


def test_the_draft_is_a_plan_of_the_grammar(tiny: Catalogue, scripted: Any) -> None:
    for lines, reported, is_new, _ in _DECISIONS:
        model = scripted("no")
        Planner(model, tiny)(PlanRequest(_remembering(lines), _reports(*reported), not is_new))
        assert re.fullmatch(model.grammars[0], str(model.drafts[0]))


def test_a_surprise_is_varied_whatever_a_model_writes(tiny: Catalogue, scripted: Any) -> None:
    request = PlanRequest(_empty(), wants_variety=True)
    for reply in _WORST:
        assert "diversify" in [call.name for call in Planner(scripted(reply), tiny)(request).plan]


def test_a_wish_is_named_once_to_be_given_up_and_only_when_nothing_is_left() -> None:
    remembered = _remembering("must year > 2100\nban genre = War\nwish tag = slow burn")
    filtered = PlanRequest(remembered, _reports("filter 0 left"))
    assert _alternatives(filtered, "relax") == ("relax", "relax c1", "relax c2"), "a soft wish was never in the way"
    tried = PlanRequest(remembered, _reports("filter 0 left", "relax c1 in vain, 0 left"))
    assert _alternatives(tried, "relax") == ("relax",)
    for known in ((), ("filter 9 left",), ("match scored", "aggregate 10 items, much alike")):
        assert _alternatives(PlanRequest(remembered, _reports(*known)), "relax") == ()


def test_nothing_is_offered_that_has_nothing_to_go_by() -> None:
    request = PlanRequest(_remembering("avoid tag = gore"), has_history=False)
    assert [_alternatives(request, name) for name in ("filter", "match", "similar c1")] == [(), (), ()]
    assert _alternatives(PlanRequest(_empty(), has_history=False), "attenuate") == ()


def test_a_model_that_no_grammar_holds_is_told_all_that_is_wrong(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("filter\nmatch\naggregate", "relax c1\npopular\naggregate", prompt_profile="teacher")
    request = PlanRequest(_remembering("must year > 2100"), _reports("filter 0 left"), has_history=False)
    planned = Planner(model, tiny)(request)
    assert encode_plan(planned.plan) == "relax c1\npopular\naggregate"
    reason = "filter is of no use here; match is of no use here; relax is needed here; popular is needed here"
    assert reason in str(model.asked[1][-1].content)
    assert planned.fallbacks == (f"plan: {reason}", "plan: asked once more")


def test_a_plan_is_put_into_the_usual_order(tiny: Catalogue, scripted: Any) -> None:
    request = PlanRequest(_remembering("must year > 2100\navoid tag = gore"), _reports("filter 0 left"))
    planned = Planner(scripted("attenuate\nmatch\nrelax\naggregate"), tiny)(request)
    assert encode_plan(planned.plan) == "relax\nmatch\nattenuate\naggregate", "what is relaxed last comes too late"
    assert planned.fallbacks == ()


@pytest.mark.parametrize(
    ("reports", "begins"),
    [((), "match"), ((ToolReport("filter", "0 left"),), "relax"), ((ToolReport("filter", "9 left"),), "match")],
)
def test_the_standard_plan_reads_the_reports(reports: tuple[ToolReport, ...], begins: str) -> None:
    assert standard_plan(PlanRequest(_empty(), reports))[0].name == begins


def _empty() -> Preferences:
    return Preferences()


def _remembering(lines: str) -> Preferences:
    return merge(_empty(), decode_edit(lines)).preferences if lines else _empty()


def _reports(*lines: str) -> tuple[ToolReport, ...]:
    """Return reports of `filter 0 left` and the like; `relax c2 in vain` is of the call `relax c2`."""
    found = [re.fullmatch(r"([a-z]+(?: c\d+)?) (.*)", line) for line in lines]
    return tuple(ToolReport(match[1], match[2]) for match in found if match)


def _alternatives(request: PlanRequest, line: str) -> tuple[str, ...]:
    return next((step.lines for step in plan_shape(request).steps if step.lines[0] == line), ())
