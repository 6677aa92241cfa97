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


@pytest.mark.parametrize(
    ("reports", "begins"),
    [((), "match"), ((ToolReport("filter", "0 left"),), "relax"), ((ToolReport("filter", "9 left"),), "match")],
)
def test_the_standard_plan_reads_the_reports(reports: tuple[ToolReport, ...], begins: str) -> None:
    assert standard_plan(PlanRequest(_empty(), reports))[0].name == begins


def _empty() -> Preferences:
    return Preferences()
