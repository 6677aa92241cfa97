"""The expert answers from the oracle, plans by the standard, and answers nobody else."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage

from stillroom.agents.models.expert import ExpertModel, Oracle
from stillroom.agents.plan import standard_plan
from stillroom.agents.profiles import StudentProfile
from stillroom.agents.requests import ParseRequest, PlanRequest, ToolReport
from stillroom.agents.wire.edit import decode_edit
from stillroom.agents.wire.plan import decode_plan
from stillroom.data.edit import KEEP
from stillroom.data.preferences import Preferences


def test_it_says_what_the_user_is_about_to_mean() -> None:
    oracle = Oracle()
    model = ExpertModel(oracle=oracle)
    question = StudentProfile().render_parse(ParseRequest("hm", (), Preferences()))
    assert decode_edit(model.invoke(question).text) == KEEP
    oracle.edit = decode_edit("ban genre = Horror\nwish item like #2")
    assert decode_edit(model.invoke(question).text) == oracle.edit


@pytest.mark.parametrize("reports", [(), (ToolReport("filter", "0 left"),)])
def test_it_plans_by_the_standard(reports: tuple[ToolReport, ...]) -> None:
    request = PlanRequest(Preferences(), reports, has_history=False)
    reply = ExpertModel(oracle=Oracle()).invoke(StudentProfile().render_plan(request)).text
    assert decode_plan(reply) == standard_plan(request)


def test_it_answers_only_the_graph() -> None:
    with pytest.raises(TypeError, match="only requests of the feed graph"):
        ExpertModel(oracle=Oracle()).invoke([HumanMessage("who won in 1966?")])
