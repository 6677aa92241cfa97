"""The Planner: a plan as the model wrote it, or the standard one and a note."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillroom.agents.plan import standard_plan
from stillroom.agents.planner import Planner
from stillroom.agents.requests import PlanRequest, ToolReport
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences


def test_a_plan_is_taken_as_it_was_written(tiny: Catalogue, scripted: Any) -> None:
    planned = Planner(scripted("popular\ndiversify\naggregate"), tiny)(PlanRequest(_empty()))
    assert [call.line for call in planned.plan] == ["popular", "diversify", "aggregate"]
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


def test_a_planner_may_stop_once_there_is_a_feed(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("stop")
    planned = Planner(model, tiny)(PlanRequest(_empty(), (ToolReport("aggregate", "10 items, much alike"),)))
    assert planned.plan == () and planned.fallbacks == ()
    assert model.grammars[0].startswith("(stop|")


@pytest.mark.parametrize(
    ("reports", "begins"),
    [((), "match"), ((ToolReport("filter", "0 left"),), "relax"), ((ToolReport("filter", "9 left"),), "match")],
)
def test_the_standard_plan_reads_the_reports(reports: tuple[ToolReport, ...], begins: str) -> None:
    assert standard_plan(PlanRequest(_empty(), reports))[0].name == begins


def _empty() -> Preferences:
    return Preferences()
