"""Vectors: made once for the same texts, whole on disk, and a query is not encoded twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.data.fetch import fetch
from stillroom.data.vectors import MiniLmEncoder, RememberingEncoder, cached_vectors


class CountingEncoder:
    """Encodes a text as its length, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return rows of shape (len(texts), 2)."""
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], dtype=np.float32).reshape(len(texts), 2)


def test_vectors_are_cached_by_what_they_are_of(tmp_path: Path) -> None:
    """The same texts are encoded once; other texts, another order or another encoder are not taken for them."""
    encoder = CountingEncoder()
    first = cached_vectors(["a", "bb"], encoder, "m", tmp_path)
    assert cached_vectors(["a", "bb"], encoder, "m", tmp_path).tolist() == first.tolist() == [[1, 1], [2, 1]]
    assert encoder.asked == ["a", "bb"]
    for texts, name in ((["bb", "a"], "m"), (["a", "bb"], "n"), (["ab", "b"], "m")):
        before = len(encoder.asked)
        cached_vectors(texts, encoder, name, tmp_path)
        assert len(encoder.asked) == before + 2


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    """A file cut short is no array; a failure while making leaves nothing."""
    encoder = CountingEncoder()
    cached_vectors(["a"], encoder, "m", tmp_path)
    (path,) = tmp_path.glob("*.npy")
    path.write_bytes(path.read_bytes()[:40])
    assert cached_vectors(["a"], encoder, "m", tmp_path).tolist() == [[1, 1]]

    class Failing:
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_vectors(["b"], Failing(), "m", tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 1 and not list(tmp_path.glob("*.making"))


def test_a_wish_is_encoded_once() -> None:
    """Repeats come from memory, in the order asked; the oldest leave first."""
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting, limit=2)
    assert encoder.encode(["a", "bb", "a"]).tolist() == [[1, 1], [2, 1], [1, 1]]
    encoder.encode(["a"])
    assert counting.asked == ["a", "bb"]
    encoder.encode(["ccc"])
    encoder.encode(["bb"])
    assert counting.asked == ["a", "bb", "ccc", "bb"]
    assert encoder.encode([]).shape == (0, 2)


@pytest.mark.weights
def test_minilm_knows_what_is_alike() -> None:
    """Unit vectors; a paraphrase is nearer than something else, whatever the batch."""
    folder = fetch("all-minilm-l6-v2")
    encoder = MiniLmEncoder(lambda: folder)
    texts = ["a funny film about friends", "a comedy on friendship", "the boiling point of lead"]
    vectors = encoder.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    np.testing.assert_allclose(encoder.encode(texts * 20)[:3], vectors, atol=0.02)
