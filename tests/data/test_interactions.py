"""The temporal split: what is later never enters what is known."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillroom.data.collaborative import collaborative_vectors
from stillroom.data.interactions import Fold, Interactions, before_split, fold_of, split_by_time

Triples = list[tuple[int, int, int, int]]


def interactions_of(rows: Triples) -> Interactions:
    """Return interactions from (user, item, rating, time)."""
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
    return Interactions(
        tuple(f"u{user}" for user in range(6)),
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.float32),
        table[:, 3],
    )


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(1, 5), st.integers(0, 8)), min_size=1, max_size=150
)


@given(ROWS)
def test_the_future_stays_out_of_the_past(rows: Triples) -> None:
    """No later like is in the history or among the seen, and nothing known is younger than what is later."""
    times = {(f"u{user}", item): time for user, item, _, time in sorted(rows, key=lambda row: -row[3])}
    for split in split_by_time(interactions_of(rows)):
        assert not set(split.later) & set(split.seen)
        assert set(split.history) <= set(split.seen)
        for later in split.later:
            assert all(
                times[split.user, known] <= max(t for u, i, _, t in rows if f"u{u}" == split.user and i == later)
                for known in split.seen
            )


def test_a_fifth_of_the_likes_is_later() -> None:
    """Of ten likes in order, the last two are later; a rating that is no like is seen but no history."""
    rows = [(0, item, 5, item) for item in range(10)] + [(0, 20, 2, 0)]
    (split,) = split_by_time(interactions_of(rows))
    assert split.later == (8, 9)
    assert split.history == tuple(range(8)) and set(split.seen) == {*range(8), 20}


def test_too_few_likes_give_nothing_later() -> None:
    """Four likes have no whole fifth."""
    (split,) = split_by_time(interactions_of([(0, item, 5, item) for item in range(4)]))
    assert split.later == () and len(split.history) == 4


def test_folds_have_their_shares() -> None:
    """The hash puts about 70, 10 and 20 per cent of people into the folds, the same ones each time."""
    counts = Counter(fold_of(str(user)) for user in range(5000))
    assert abs(counts[Fold.TRAIN] / 5000 - 0.7) < 0.03
    assert abs(counts[Fold.VALIDATION] / 5000 - 0.1) < 0.02
    assert fold_of("1") is fold_of("1")


def test_collaborative_vectors_learn_from_the_past_only() -> None:
    """Changing a later like changes no vector; vectors are unit or zero, and the same each time."""
    rows = [(user, (user * 3 + step) % 12, 5, step) for user in range(6) for step in range(10)]
    known = interactions_of(rows)
    vectors = collaborative_vectors(known, 31, 4)
    changed = interactions_of([(u, 30 if step >= 8 else i, r, step) for u, i, r, step in rows])
    assert before_split(known).sum() == 48
    np.testing.assert_allclose(vectors, collaborative_vectors(changed, 31, 4), atol=1e-6)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0)) and lengths[30] == 0
    assert collaborative_vectors(None, 5).shape == (5, 0)
