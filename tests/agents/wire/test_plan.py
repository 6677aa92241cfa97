from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.wire.plan import PlanError, decode_plan, encode_plan, plan_grammar
from stillroom.tools.call import ToolCall
from stillroom.tools.toolbox import ToolConfig

_IDS = st.lists(st.integers(1, 99).map(lambda number: f"c{number}"), unique=True, max_size=5)
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


@given(_IDS, st.integers(0, 10_000))
def test_every_match_of_the_grammar_is_a_plan_of_known_tools_and_ids(ids: list[str], seed: int) -> None:
    grammar, draw = plan_grammar(ids), random.Random(seed)
    lines = ["filter", "relax", "match", "popular", "attenuate", "diversify", *(f"similar {name}" for name in ids)]
    lines += [f"relax {name}" for name in ids]
    text = "\n".join([*draw.sample(lines, draw.randint(0, 4)), "aggregate"])
    if re.fullmatch(grammar, text):
        table = ToolConfig().table()
        assert all(table[call.name].problem(call.argument) is None for call in decode_plan(text))


@given(_IDS)
def test_the_grammar_holds_what_the_standard_planner_says(ids: list[str]) -> None:
    grammar = plan_grammar(ids)
    assert re.fullmatch(grammar, "filter\nmatch\nattenuate\naggregate")
    assert re.fullmatch(grammar, "relax\npopular\naggregate")
    for name in ids:
        assert re.fullmatch(grammar, f"filter\nrelax {name}\nmatch\nsimilar {name}\nattenuate\ndiversify\naggregate")
    assert not re.fullmatch(grammar, "similar c100\naggregate")
    assert not re.fullmatch(grammar, "match")
