"""Every metric against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stillroom.data.constraint import Constraint, Op, Polarity, Strength, Value
from stillroom.data.edit import KEEP, Edit
from stillroom.simulators.metrics import (
    DriftErrors,
    EditScore,
    diversity,
    drift_errors,
    latency,
    ndcg_at,
    rank_of,
    recall_at,
    rounds_used,
    score_edit,
)


def wish(facet: str, op: str, value: Value = None, *, hard: bool = True, wanted: bool = True) -> Constraint:
    polarity = Polarity.POSITIVE if wanted else Polarity.NEGATIVE
    return Constraint(polarity, Strength.HARD if hard else Strength.SOFT, facet, Op(op), value)


COMEDY = wish("genre", "=", "Comedy")
SHORT = wish("runtime", "<=", 90)


def test_a_failure_counts_as_one_round_more_than_was_allowed() -> None:
    assert rounds_used(True, 3, 8) == 3
    assert rounds_used(False, 3, 8) == 9
    assert rounds_used(True, 8, 8) == 8


def test_an_edit_that_is_right() -> None:
    gold = Edit.of((COMEDY, SHORT), ("c1",))
    proposed = Edit.of((wish("runtime", "<=", 90.0), wish("genre", "=", "comedy")), ("c1",))
    score = score_edit(proposed, gold)
    assert score == EditScore(1, 1, 1, 1, 2, 0, 0, 2, 1)
    assert (score.f1, score.exact_match, score.strength_accuracy) == (1, 1, 1)


def test_strength_is_scored_apart() -> None:
    score = score_edit(Edit.of((wish("genre", "=", "Comedy", hard=False), SHORT)), Edit.of((COMEDY, SHORT)))
    assert (score.f1, score.exact_match, score.exact_match_keys, score.strength_accuracy) == (1, 0, 1, 0.5)


def test_two_wordings_of_one_wish_are_the_same() -> None:
    assert score_edit(Edit.of((wish("year", "<", 1980, wanted=False),)), Edit.of((wish("year", ">=", 1980),))).f1 == 1
    assert score_edit(Edit.of((wish("tag", "less", "gore"),)), Edit.of((wish("tag", "=", "gore", wanted=False),))).f1


@pytest.mark.parametrize(
    "proposed",
    [
        wish("genre", "=", "Comedy", wanted=False),
        wish("genre", "=", "Drama"),
        wish("tag", "=", "Comedy"),
        wish("genre", "like", "Comedy"),
    ],
)
def test_polarity_facet_op_and_value_all_matter(proposed: Constraint) -> None:
    score = score_edit(Edit.of((proposed,)), Edit.of((COMEDY,)))
    assert (score.true_positive, score.false_positive, score.false_negative) == (0, 1, 1)
    assert score.f1 == 0
    assert math.isnan(score.strength_accuracy)


def test_sums_are_micro_averages() -> None:
    right = score_edit(Edit.of((COMEDY, SHORT)), Edit.of((COMEDY, SHORT)))
    missed = score_edit(KEEP, Edit.of((COMEDY,)))
    invented = score_edit(Edit.of((COMEDY, SHORT)), Edit.of((COMEDY,)))
    total = right + missed + invented
    # Three found, one invented, one missed; precision 3/4, recall 3/4; one edit of three exact; two verdicts of three.
    assert (total.precision, total.recall, total.f1) == (0.75, 0.75, 0.75)
    assert total.exact_match == pytest.approx(1 / 3)
    assert total.verdict_accuracy == pytest.approx(2 / 3)
    assert total.retract_accuracy == 1


def test_retracted_ids_count_for_the_exact_match() -> None:
    score = score_edit(Edit.of((COMEDY,), ("c1",)), Edit.of((COMEDY,), ("c2",)))
    assert (score.exact_match_keys, score.f1, score.retract_accuracy) == (0, 1, 0)
    assert score_edit(Edit.of((), ("c1", "c2")), Edit.of((), ("c2", "c1"))).exact_match == 1


def test_nothing_to_find_and_nothing_found_is_right() -> None:
    score = score_edit(KEEP, KEEP)
    assert (score.f1, score.precision, score.recall, score.exact_match, score.verdict_accuracy) == (1, 1, 1, 1, 1)


def test_ranks_count_ties_against_the_item() -> None:
    scores = [0.9, 0.5, 0.5, 0.1, -np.inf]
    assert [rank_of(scores, row) for row in range(5)] == [1, 3, 3, 4, 5]


def test_recall_and_ndcg() -> None:
    assert recall_at([1, 11, 4, 10], 10) == 0.75
    assert ndcg_at([1], 10) == 1
    assert ndcg_at([3], 10) == pytest.approx(0.5)
    assert ndcg_at([11], 10) == 0
    # Two relevant items at 1 and 3: (1 + 1/2) / (1 + 1/log2(3)).
    assert ndcg_at([3, 1], 10) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    # More relevant items than places: the ideal holds k of them.
    assert ndcg_at([1, 2, 3], 2) == pytest.approx(1)


def test_drift_errors_count_stale_and_forgotten_apart() -> None:
    horror = wish("genre", "=", "Horror")
    assert drift_errors((COMEDY, horror), (COMEDY, SHORT), (horror,)) == DriftErrors(1, 1)
    assert drift_errors((COMEDY,), (COMEDY,), (COMEDY,)) == DriftErrors(0, 0)


def test_diversity_is_one_minus_the_mean_cosine() -> None:
    assert diversity(np.eye(3, dtype=np.float32)) == pytest.approx(1)
    assert diversity(np.ones((4, 1), dtype=np.float32)) == pytest.approx(0)
    # Pairs: 1, 0, 0.
    two_alike = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert diversity(two_alike) == pytest.approx(2 / 3)
    assert math.isnan(diversity(two_alike[:1]))


def test_latency_percentiles() -> None:
    found = latency([float(value) for value in range(101)])
    assert (found.p50_ms, found.p95_ms) == (50, 95)
    assert math.isnan(latency([]).p50_ms)
