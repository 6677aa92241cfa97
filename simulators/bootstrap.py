"""Intervals: the percentile bootstrap over users, and paired differences on the same users.

Contract: what is measured comes as a table of sums, one row a user (`sum_by_user`), and a statistic that turns sums
into a number, so that micro-averaged ratios are resampled rightly. Seeded, and vectorised over the resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
N_RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Say whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0

    def to_json(self) -> dict[str, float]:
        """Return the interval as plain numbers."""
        return {"value": self.value, "low": self.low, "high": self.high}


def ratio(sums: Floats) -> Floats:
    """Return column 0 over column 1: a mean from (sum, count), or a rate from (hits, chances); NaN when none."""
    top, bottom = sums[..., 0], sums[..., 1]
    quotient: Floats = np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom != 0)
    return quotient


def f1(sums: Floats) -> Floats:
    """Return micro F1 from (true positives, false positives, false negatives); 1 when there was nothing to find."""
    double = 2 * sums[..., 0]
    bottom = double + sums[..., 1] + sums[..., 2]
    quotient: Floats = np.divide(double, bottom, out=np.ones(np.shape(bottom)), where=bottom != 0)
    return quotient


def sum_by_user(users: Sequence[Hashable], rows: ArrayLike) -> Floats:
    """Return one row of sums a user, in the order in which the users first appear; `rows` is (n, k)."""
    table = np.asarray(rows, dtype=np.float64)
    places = {user: place for place, user in enumerate(dict.fromkeys(users))}
    sums = np.zeros((len(places), table.shape[1]))
    np.add.at(sums, [places[user] for user in users], table)
    return sums


def interval(table: Floats, statistic: Statistic = ratio, *, seed: int = 0, n_resamples: int = N_RESAMPLES) -> Interval:
    """Return the statistic of the whole table (n_users, k) and its percentile interval over resampled users."""
    counts = _resample(len(table), seed, n_resamples)
    return _interval(float(statistic(table.sum(axis=0))), statistic(counts @ table))


def paired_difference(
    ours: Floats, theirs: Floats, statistic: Statistic = ratio, *, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> Interval:
    """Return ours minus theirs with its interval; row i of both tables is the same user, resampled together."""
    if ours.shape != theirs.shape:
        raise ValueError(f"a paired comparison needs the same users: {ours.shape} and {theirs.shape}")
    counts = _resample(len(ours), seed, n_resamples)
    value = statistic(ours.sum(axis=0)) - statistic(theirs.sum(axis=0))
    return _interval(float(value), statistic(counts @ ours) - statistic(counts @ theirs))


def _resample(n_users: int, seed: int, n_resamples: int) -> Floats:
    # How often each user is drawn: a resample's sums are then one matrix product away.
    if not n_users:
        raise ValueError("an interval needs at least one user")
    draws = np.random.default_rng(seed).multinomial(n_users, np.full(n_users, 1 / n_users), size=n_resamples)
    return draws.astype(np.float64)


def _interval(value: float, resampled: Floats) -> Interval:
    kept = resampled[~np.isnan(resampled)]
    if not kept.size:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.percentile(kept, [2.5, 97.5])
    return Interval(value, float(low), float(high))
