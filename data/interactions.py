"""Interactions: who rated what, when; and the temporal split of each person's likes.

The split keeps the future out of the past: a person's last likes are `later` (hidden targets of simulated sessions),
`history` and `seen` hold only what that person rated before the first of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

LATER_SHARE = 0.2
TRAIN_SHARE = 0.7
VALIDATION_SHARE = 0.1


class Fold(StrEnum):
    """Which part of the experiment a person belongs to."""

    TRAIN = "train"
    VALIDATION = "validation"
    EVAL = "eval"


@dataclass(frozen=True, eq=False)
class Interactions:
    """Aligned arrays, one entry an interaction: `users` indexes `user_ids`, `items` holds catalogue rows."""

    user_ids: tuple[str, ...]
    users: NDArray[np.int32]
    items: NDArray[np.int32]
    ratings: NDArray[np.float32]
    times: NDArray[np.int64]
    like_at: float = 4.0

    @property
    def n_interactions(self) -> int:
        """Return the number of interactions."""
        return len(self.users)

    @property
    def liked(self) -> NDArray[np.bool_]:
        """Return which interactions are likes."""
        return np.asarray(self.ratings >= self.like_at)


@dataclass(frozen=True)
class UserSplit:
    """One person's items by time: liked before the split, all seen before it, liked after it; oldest first."""

    user: str
    fold: Fold
    history: tuple[int, ...]
    seen: tuple[int, ...]
    later: tuple[int, ...]


def fold_of(user: str) -> Fold:
    """Return a person's fold; it depends on the id alone, so it is the same on every machine and for every subset."""
    share = int.from_bytes(hashlib.sha256(f"fold:{user}".encode()).digest()[:8], "big") / 2**64
    if share < TRAIN_SHARE:
        return Fold.TRAIN
    return Fold.VALIDATION if share < TRAIN_SHARE + VALIDATION_SHARE else Fold.EVAL


def split_by_time(interactions: Interactions, later_share: float = LATER_SHARE) -> tuple[UserSplit, ...]:
    """Split everybody's interactions by time; a person's last `later_share` of likes are later (none if too few)."""
    order = _by_user_and_time(interactions)
    ends = np.flatnonzero(np.diff(interactions.users[order])) + 1
    return tuple(_split_one(interactions, part, later_share) for part in np.split(order, ends) if len(part))


def before_split(interactions: Interactions, later_share: float = LATER_SHARE) -> NDArray[np.bool_]:
    """Return which interactions precede their person's split, shape (n_interactions,): all that may be learnt from."""
    order = _by_user_and_time(interactions)
    before = np.ones(len(order), dtype=np.bool_)
    for part in np.split(order, np.flatnonzero(np.diff(interactions.users[order])) + 1):
        before[part[_split_at(interactions, part, later_share) :]] = False
    return before


def _by_user_and_time(interactions: Interactions) -> NDArray[np.int64]:
    # Many people rate dozens of films in one second; the item breaks such ties, so that the order is always the same.
    return np.lexsort((interactions.items, interactions.times, interactions.users))


def _split_at(interactions: Interactions, part: NDArray[np.int64], later_share: float) -> int:
    likes = np.flatnonzero(interactions.liked[part])
    n_later = int(len(likes) * later_share)
    return int(likes[-n_later]) if n_later else len(part)


def _split_one(interactions: Interactions, part: NDArray[np.int64], later_share: float) -> UserSplit:
    user = interactions.user_ids[interactions.users[part[0]]]
    at = _split_at(interactions, part, later_share)
    past, future = part[:at], part[at:]
    seen = _rows(interactions, past)
    history = _rows(interactions, past[interactions.liked[past]])
    later = _rows(interactions, future[interactions.liked[future]])
    return UserSplit(user, fold_of(user), history, seen, tuple(row for row in later if row not in set(seen)))


def _rows(interactions: Interactions, part: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(interactions.items[part].tolist()))
