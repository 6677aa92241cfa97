"""What is written as an action is read as one; everything else is told what is missing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillroom.agents.solver.action import ACTION_GRAMMAR, Action, ActionError, read_action


@pytest.mark.parametrize(
    ("text", "thought", "code"),
    [
        ("Thought: I add.\n```py\nprint(1 + 1)\n```", "I add.", "print(1 + 1)"),
        ("I add.\n\n```python\nx = 1\nx\n```\nand more", "I add.", "x = 1\nx"),
        ("```\nx = 1\n```", "", "x = 1"),
        ("Thought: it was cut off\n```py\nx = 1\ny = x", "it was cut off", "x = 1\ny = x"),
        ("thought: two\n```py\na\n```\n```py\nb\n```", "two", "a"),
        ("Thought: indented\n```py\nif x:\n    y\n```", "indented", "if x:\n    y"),
        ("Thought: a tick in it\n```py\nprint('`')\n```", "a tick in it", "print('`')"),
        ("Thought: three in a text\n```py\nprint('a ``` b')\n```", "three in a text", "print('a ``` b')"),
    ],
)
def test_an_action_is_read(text: str, thought: str, code: str) -> None:
    assert read_action(text) == Action(thought, code)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no code"),
        ("The answer is 12.", "there is no code"),
        ("Thought: nothing\n```py\n```", "there is no code|is empty"),
        ("```py\n   \n\n```", "is empty"),
        ("print(1)", "there is no code"),
    ],
)
def test_what_is_no_action_is_told_so(text: str, words: str) -> None:
    with pytest.raises(ActionError, match=words):
        read_action(text)


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_any_text_is_an_action_or_none(text: str) -> None:
    try:
        action = read_action(text)
    except ActionError:
        return
    assert action.code.strip() and action.code in text


@given(st.from_regex(re.compile(ACTION_GRAMMAR), fullmatch=True))
@settings(max_examples=100)
def test_what_the_grammar_lets_through_is_read_whole(text: str) -> None:
    code = text.split("```py\n", 1)[1].removesuffix("\n```")
    if not code.strip():
        return
    action = read_action(text)
    assert action.code == code.strip("\n")
    assert action.thought == text.split("\n", 1)[0].removeprefix("Thought: ").strip()


def test_an_action_is_written_as_the_grammar_has_it() -> None:
    action = Action("I add.", "x = 1\n\nprint(x)")
    assert re.fullmatch(ACTION_GRAMMAR, action.text)
    assert read_action(action.text) == action
