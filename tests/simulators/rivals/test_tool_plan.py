"""A model on this machine is held to plans that can be read: every match decodes, and the prompt's examples match."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillroom.simulators.rivals.tool_plan import decode_tool_plan, tool_plan_grammar

GRAMMAR = tool_plan_grammar(["genre", "year", "runtime", "person"])


@given(
    st.from_regex(
        re.compile(GRAMMAR, re.ASCII), fullmatch=True, alphabet=st.characters(min_codepoint=32, max_codepoint=126)
    )
)
@settings(max_examples=60, deadline=None)
def test_every_match_is_a_plan(text: str) -> None:
    plan = decode_tool_plan(text)
    assert len(plan.where) <= 5 and {condition.column for condition in plan.where} <= {
        "genre",
        "year",
        "runtime",
        "person",
    }


def test_the_examples_of_the_prompt_match() -> None:
    file = resources.files("stillroom.simulators.rivals").joinpath("prompts").joinpath("interecagent.md")
    plans = [line for line in file.read_text(encoding="utf-8").split("\n") if line.startswith('{"profile"')]
    assert len(plans) >= 3
    assert all(re.fullmatch(GRAMMAR, plan) for plan in plans[1:])


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"profile": {"like": [], "dislike": [], "expect": []}, "where": [], "rank_by": "magic"}',
        '{"profile": {"like": [], "dislike": [], "expect": []}, "where": [{"column": "mood", "op": "=", "value": 1}], '
        '"rank_by": "preference"}',
    ],
)
def test_what_is_no_plan_does_not_match(text: str) -> None:
    assert not re.fullmatch(GRAMMAR, text)
