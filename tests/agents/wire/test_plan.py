from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.wire.plan import PlanError, decode_plan, encode_plan
from stillroom.tools.call import ToolCall

_CALLS = st.one_of(
    st.sampled_from(("filter", "relax", "match", "attenuate", "popular", "diversify")).map(ToolCall),
    st.tuples(st.sampled_from(("relax", "similar")), st.sampled_from(("c1", "c12"))).map(lambda pair: ToolCall(*pair)),
)


@given(st.lists(_CALLS, max_size=8))
def test_a_plan_round_trips(calls: list[ToolCall]) -> None:
    plan = (*calls, ToolCall("aggregate"))
    assert decode_plan(encode_plan(plan)) == plan


@given(st.text())
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    try:
        plan = decode_plan(text)
    except PlanError:
        return
    assert plan[-1] == ToolCall("aggregate")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("match", "ends in one aggregate"),
        ("aggregate\nmatch", "ends in one aggregate"),
        ("aggregate\naggregate", "ends in one aggregate"),
        ("filter c1\naggregate", "filter takes no argument"),
        ("similar\naggregate", "similar needs the id"),
        ("similar Alien\naggregate", "not a tool call"),
        ("explode\naggregate", "no tool 'explode'"),
        ("explain c1\naggregate", "no tool 'explain'"),
        ("match\n" * 30 + "aggregate", "at most"),
    ],
)
def test_a_malformed_plan_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        decode_plan(text)
