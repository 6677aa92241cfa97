"""The vote: what most valid candidates came to, final answers by value, and nothing that failed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from stillroom.agents.solver.step import Trial
from stillroom.agents.solver.vote import Vote, normal, vote
from stillroom.simulators.tasks.numeric_answer import same_number
from stillroom.tools.sandbox import StepEnd


def trial(end: StepEnd | None, said: Any) -> Trial:
    if end is StepEnd.ANSWERED:
        return Trial("", end=end, answer=said)
    return Trial("", end=end, observation=str(said))


A, D, R = StepEnd.ANSWERED, StepEnd.DONE, StepEnd.RAISED


@pytest.mark.parametrize(
    ("trials", "wanted"),
    [
        ([(A, 12)], Vote(0, 1)),
        ([(A, 13), (A, 12), (A, "12.0")], Vote(1, 2)),  # by value, not by how it was written
        ([(D, "a"), (A, 12), (D, "b"), (A, 12)], Vote(1, 2)),  # final answers can win
        ([(D, "a  b"), (A, 12), (D, "a\nb")], Vote(0, 2)),
        ([(A, "12"), (D, "12")], Vote(0, 1)),  # an answer is not an observation of the same text
        ([(D, "12"), (A, "12"), (A, "12")], Vote(1, 2)),
        ([(R, "error"), (R, "error"), (A, 1)], Vote(2, 1)),  # what failed has no vote
        ([(None, "no code"), (D, "x")], Vote(1, 1)),
        ([(D, "a"), (D, "b"), (D, "c")], Vote(0, 1)),  # all different: the first that is valid
        ([(R, "x"), (D, "b"), (D, "c")], Vote(1, 1)),
        ([(R, "x"), (None, "y")], Vote(0, 0)),  # none valid: the first
        ([(A, "b"), (A, "a"), (A, "b"), (A, "a")], Vote(0, 2)),  # a tie: who began first
    ],
)
def test_who_wins(trials: list[tuple[StepEnd | None, Any]], wanted: Vote) -> None:
    assert vote([trial(*given) for given in trials]) == wanted


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (12, "12", True),
        (12, 12.0000000001, True),
        (12, 12.0, True),
        (0.1 + 0.2, 0.3, True),
        (0.1 + 0.2 - 0.3, 0, True),
        (-0.0, "0", True),
        (2 / 3, "0.66666666667", True),
        (28456123, 28456149, False),
        ("28,456,123", 28456149.0, False),
        (28456123.0, "28456123", True),
        (28456123.25, 28456123.27, False),
        (10**22 + 1, str(10**22), False),
        (1e22, 10**22, True),
        (0.00123456, 0.00123475, False),
        ("1,234", 1234, True),
        (" Lyon. ", "lyon", True),
        ("New  York", "new york", True),
        (12, 13, False),
        (12, 12.001, False),
        (True, 1, False),
        (None, "none", False),
        ("nan", "nan", True),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ("1e400", "inf", True),
        ("3,4", 34, False),
        ("1,2,3", 123, False),
        ("1_000", 1000, False),
        ("12,34", 1234, False),
        ("0,123", 123, False),
        ("1,234,56", 123456, False),
        ("1234,567", 1234567, False),
        ("-12,345,678.50", -12345678.5, True),
        ("3,4", "3,4.", True),
        (".5", 5, False),
        (".5", 0.5, True),
    ],
)
def test_values_that_mean_the_same(first: JsonValue, second: JsonValue, same: bool) -> None:
    assert (normal(first) == normal(second)) is same


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12)), st.floats(-3, 3))
def test_numbers_that_the_scorer_tells_apart_do_not_vote_together(number: float, away: float) -> None:
    other = number + away * max(min(1e-4 * abs(number), 0.01), 1e-10)
    if normal(number) == normal(other) and number:
        assert same_number(str(number), other)
