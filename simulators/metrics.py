"""The metrics of DESIGN 6, each a small function from what happened to a number or to sums that can be added up.

Contract: sums are rows for `bootstrap.sum_by_user`; nothing here reads a store or asks a model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stillroom.data.constraint import Constraint, Op, Polarity, Strength, Value
from stillroom.data.edit import Edit

Key = tuple[Polarity, str, Op, Value]


def rounds_used(passed: bool, n_rounds: int, max_rounds: int) -> int:
    """Return the rounds an episode counts for: a failure counts as one more than was allowed."""
    return n_rounds if passed else max_rounds + 1


@dataclass(frozen=True)
class EditScore:
    """Sums over parsed commands; add them up with `+`, read them with the properties.

    Constraints are matched on their key (polarity, facet, op, value), text without case; `n_strength` counts those
    matched ones whose strength is right too. `n_exact` are edits right in everything, `n_exact_keys` in everything
    but strength.
    """

    n: int = 0
    n_exact: int = 0
    n_exact_keys: int = 0
    n_verdict: int = 0
    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    n_strength: int = 0
    n_retract_right: int = 0

    def __add__(self, other: EditScore) -> EditScore:
        return EditScore(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def exact_match(self) -> float:
        """Return the share of edits that are right in everything."""
        return _share(self.n_exact, self.n)

    @property
    def exact_match_keys(self) -> float:
        """Return the share of edits that are right in everything but strength."""
        return _share(self.n_exact_keys, self.n)

    @property
    def verdict_accuracy(self) -> float:
        """Return the share of commands whose verdict is right."""
        return _share(self.n_verdict, self.n)

    @property
    def retract_accuracy(self) -> float:
        """Return the share of commands whose retracted ids are exactly right."""
        return _share(self.n_retract_right, self.n)

    @property
    def precision(self) -> float:
        """Return the share of proposed constraints that are meant; 1 when none was proposed."""
        return _share(self.true_positive, self.true_positive + self.false_positive, empty=1.0)

    @property
    def recall(self) -> float:
        """Return the share of meant constraints that were proposed; 1 when none was meant."""
        return _share(self.true_positive, self.true_positive + self.false_negative, empty=1.0)

    @property
    def f1(self) -> float:
        """Return micro F1; 1 when nothing was meant and nothing proposed."""
        double = 2 * self.true_positive
        return _share(double, double + self.false_positive + self.false_negative, empty=1.0)

    @property
    def strength_accuracy(self) -> float:
        """Return the share of matched constraints whose strength is right; NaN when none matched."""
        return _share(self.n_strength, self.true_positive)


def score_edit(proposed: Edit, gold: Edit) -> EditScore:
    """Compare one edit with what was meant; both are put into canonical form first."""
    ours, theirs = _by_key(proposed.add), _by_key(gold.add)
    matched = ours.keys() & theirs.keys()
    retract_right = set(proposed.retract) == set(gold.retract)
    same_keys = retract_right and ours.keys() == theirs.keys()
    n_strength = sum(ours[key] is theirs[key] for key in matched)
    return EditScore(
        n=1,
        n_exact=int(same_keys and n_strength == len(matched)),
        n_exact_keys=int(same_keys),
        n_verdict=int(proposed.verdict is gold.verdict),
        true_positive=len(matched),
        false_positive=len(ours) - len(matched),
        false_negative=len(theirs) - len(matched),
        n_strength=n_strength,
        n_retract_right=int(retract_right),
    )


def _by_key(constraints: Sequence[Constraint]) -> dict[Key, Strength]:
    return {constraint.key: constraint.strength for constraint in map(Constraint.canonical, constraints)}


def rank_of(scores: ArrayLike, row: int) -> int:
    """Return the item's rank from 1 in the full ranking; ties count against it, items at -inf are not ranked."""
    values = np.asarray(scores, dtype=np.float64)
    ranked = values > -np.inf
    if not ranked[row]:
        return int(ranked.sum()) + 1
    return int(np.count_nonzero(values[ranked] >= values[row]))


def recall_at(ranks: ArrayLike, k: int) -> float:
    """Return the share of relevant items within the first k, from the rank (from 1) of each."""
    ranks = np.asarray(ranks)
    return float(np.mean(ranks <= k)) if ranks.size else float("nan")


def ndcg_at(ranks: ArrayLike, k: int) -> float:
    """Return NDCG@k with binary relevance, from the rank (from 1) of each relevant item."""
    ranks = np.asarray(ranks, dtype=np.float64)
    if not ranks.size:
        return float("nan")
    gains = np.sum(1 / np.log2(ranks[ranks <= k] + 1))
    ideal = np.sum(1 / np.log2(np.arange(1, min(k, ranks.size) + 1) + 1))
    return float(gains / ideal)


@dataclass(frozen=True)
class DriftErrors:
    """After a wish flipped: constraints kept that no longer hold, and constraints lost that still do."""

    n_stale: int
    n_forgotten: int


def drift_errors(
    remembered: Sequence[Constraint], valid: Sequence[Constraint], revoked: Sequence[Constraint]
) -> DriftErrors:
    """Compare what is remembered with what still holds and with what was taken back, on keys."""
    ours = _by_key(remembered).keys()
    holds = _by_key(valid).keys()
    return DriftErrors(len(ours & (_by_key(revoked).keys() - holds)), len(holds - ours))


def diversity(vectors: NDArray[np.float32]) -> float:
    """Return one minus the mean cosine over all pairs of a feed's items; rows of (n, d) have unit length."""
    n = len(vectors)
    if n < 2:
        return float("nan")
    total = vectors.sum(axis=0, dtype=np.float64)
    squares = float(np.square(vectors, dtype=np.float64).sum())
    return 1 - (float(total @ total) - squares) / (n * (n - 1))


@dataclass(frozen=True)
class Latency:
    """The median and the 95th percentile, in milliseconds."""

    p50_ms: float
    p95_ms: float


def latency(times_ms: Collection[float]) -> Latency:
    """Return the percentiles of some times (linear interpolation); NaN when there are none."""
    if not times_ms:
        return Latency(float("nan"), float("nan"))
    p50, p95 = np.percentile(list(times_ms), [50, 95])
    return Latency(float(p50), float(p95))


def _share(part: int, whole: int, empty: float = float("nan")) -> float:
    return part / whole if whole else empty
