"""Host functions are called with what they take, and what goes wrong in them is theirs."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from stillroom.tools.call import ToolError
from stillroom.tools.sandbox.host_calls import MAX_CHARACTERS, MAX_TEXT, HostCalls, plain


def search(query: JsonValue) -> JsonValue:
    return [query]


def broken(query: JsonValue) -> JsonValue:
    return len(query)  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [search, partial(search), lambda query: search(query)])
@pytest.mark.parametrize(
    ("given_", "said"),
    [([], "search was given nothing: call it as search(query)"), ([1, 2], "search was given 2 arguments: call it as")],
)
def test_other_arguments_are_told_before_the_call(function: partial[JsonValue], given_: list[int], said: str) -> None:
    calls = HostCalls({"search": function}, 5)
    with pytest.raises(ToolError, match=said.replace("(", r"\(").replace(")", r"\)")):
        calls.call("search", given_, {})
    assert calls.failure is None and calls.done[0].error.startswith("search was given")
    assert calls.call("search", ["a"], {}) == ["a"]


def test_a_type_error_inside_a_function_is_the_hosts() -> None:
    calls = HostCalls({"broken": broken}, 5)
    with pytest.raises(ToolError, match="broken failed"):
        calls.call("broken", [3], {})
    assert isinstance(calls.failure, TypeError)


def test_a_function_that_is_not_there_is_neither_a_call_nor_a_failure() -> None:
    calls = HostCalls({"search": search}, 5)
    with pytest.raises(ToolError, match="there is no function 'nope'"):
        calls.call("nope", [1], {})
    assert calls.failure is None and calls.done == []


@given(st.recursive(st.text() | st.integers() | st.floats(), lambda each: st.lists(each) | st.tuples(each, each)))
def test_a_plain_value_is_plain(value: object) -> None:
    assert plain(plain(value)) == plain(value)


def test_a_plain_value_is_bounded_as_a_whole() -> None:
    assert sum(map(len, plain(["x" * MAX_TEXT] * 2000))) == MAX_CHARACTERS  # type: ignore[arg-type]
    assert len(str(plain([10**3000] * 2000))) < 2 * MAX_CHARACTERS
    assert len(str(plain({f"{n:09999}": n for n in range(500)}))) < 2 * MAX_CHARACTERS
