"""The bootstrap: exact where it can be, seeded, over users, and paired."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stillroom.simulators.bootstrap import Floats, Interval, f1, interval, paired_difference, ratio, sum_by_user


def passes(*values: float) -> Floats:
    return np.array([[value, 1.0] for value in values])


def test_rows_of_one_user_are_added_up() -> None:
    table = sum_by_user(["b", "a", "b"], [[1, 1], [0, 1], [1, 1]])
    assert table.tolist() == [[2, 2], [0, 1]]


def test_a_constant_has_no_width() -> None:
    assert interval(passes(1, 1, 1)) == Interval(1, 1, 1)


def test_two_users_give_the_whole_range() -> None:
    # A resample of (0, 1) is 0 or 1 with probability 1/4 each: both lie outside the middle 95 %.
    assert interval(passes(0, 1)) == Interval(0.5, 0, 1)


def test_the_interval_of_a_mean_is_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(3, 2, size=400)
    found = interval(np.column_stack([values, np.ones(400)]), n_resamples=4000)
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)


def test_episodes_of_one_user_are_not_independent() -> None:
    rows = np.repeat(passes(*([0, 1] * 10)), 50, axis=0)
    by_user = sum_by_user(np.repeat(np.arange(20), 50).tolist(), rows)
    apart, together = interval(rows, n_resamples=500), interval(by_user, n_resamples=500)
    assert together.high - together.low > 4 * (apart.high - apart.low)


def test_the_seed_decides() -> None:
    table = passes(*np.random.default_rng(0).random(30))
    assert interval(table, seed=5) == interval(table, seed=5)
    assert interval(table, seed=5) != interval(table, seed=6)


def test_a_paired_difference_removes_what_users_share() -> None:
    base = np.random.default_rng(0).random(50)
    ours, theirs = passes(*(base + 0.01)), passes(*base)
    found = paired_difference(ours, theirs)
    assert found.value == pytest.approx(0.01)
    assert [found.low, found.high] == pytest.approx([0.01, 0.01])
    assert found.excludes_zero
    assert not paired_difference(ours, ours).excludes_zero
    assert paired_difference(theirs, ours).value == pytest.approx(-0.01)
    with pytest.raises(ValueError, match="same users"):
        paired_difference(ours, theirs[:-1])


def test_micro_f1_is_taken_of_sums() -> None:
    table = np.array([[3.0, 1, 0], [0, 0, 1]])
    assert interval(table, f1).value == 0.75
    assert f1(np.zeros(3)) == 1


def test_resamples_without_a_chance_are_left_out() -> None:
    # A resample of the second user only has no chance at all; the others all give 1.
    assert interval(np.array([[1.0, 1], [0, 0]])) == Interval(1, 1, 1)
    nothing = interval(np.zeros((2, 2)), ratio)
    assert math.isnan(nothing.value) and math.isnan(nothing.low)
    with pytest.raises(ValueError, match="at least one user"):
        interval(np.zeros((0, 2)))
