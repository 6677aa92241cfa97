from __future__ import annotations

import numpy as np

from stillroom.tools.diversify import pick_diverse


def test_full_relevance_is_the_order_by_score() -> None:
    random = np.random.default_rng(0)
    scores = random.random(30).astype(np.float32)
    vectors = np.eye(30, dtype=np.float32)
    assert pick_diverse(vectors, scores, 10, 1.0).tolist() == np.argsort(-scores)[:10].tolist()


def test_a_twin_of_the_first_pick_waits() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    scores = np.array([1.0, 0.9, 0.5], np.float32)
    assert pick_diverse(vectors, scores, 3, 0.5).tolist() == [0, 2, 1]


def test_picks_are_those_of_a_plain_loop() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(20, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = random.random(20).astype(np.float32)
    scaled = (scores - scores.min()) / (scores.max() - scores.min())
    picked: list[int] = []
    while len(picked) < 8:

        def gain(row: int) -> float:
            nearest = max((float(vectors[row] @ vectors[other]) for other in picked), default=0.0)
            return 0.7 * float(scaled[row]) - 0.3 * max(nearest, 0.0)

        picked.append(max((row for row in range(20) if row not in picked), key=gain))
    assert pick_diverse(vectors, scores, 8, 0.7).tolist() == picked


def test_few_or_no_items_are_no_trouble() -> None:
    none = pick_diverse(np.zeros((0, 3), np.float32), np.zeros(0, np.float32), 10, 0.5)
    assert none.size == 0
    same = pick_diverse(np.ones((2, 1), np.float32), np.ones(2, np.float32), 10, 0.5)
    assert sorted(same.tolist()) == [0, 1]
