"""Vectors: made once for the same texts, whole on disk, and a query is not encoded twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stillroom.data.fetch import fetch
from stillroom.data.vectors import (
    MAX_TOKENS,
    N_DIMENSIONS,
    MiniLmEncoder,
    RememberingEncoder,
    batches_by_length,
    cached_vectors,
)


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


@given(st.lists(st.integers(1, MAX_TOKENS), max_size=400), st.integers(MAX_TOKENS, 4000))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], n_tokens: int) -> None:
    """No row is lost or doubled, lengths rise, and a batch is as large as its longest row allows, no larger."""
    batches = list(batches_by_length(lengths, n_tokens))
    rows = [row for batch in batches for row in batch]
    assert sorted(rows) == list(range(len(lengths)))
    assert [lengths[row] for row in rows] == sorted(lengths)
    assert all(len(batch) * lengths[batch[-1]] <= n_tokens for batch in batches)
    for batch, after in pairwise(batches):
        assert (len(batch) + 1) * lengths[after[0]] > n_tokens


@pytest.fixture(scope="module")
def small_encoder(tmp_path_factory: pytest.TempPathFactory) -> MiniLmEncoder:
    """Return an encoder of the real width with one layer of random weights: no download, the same code."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, **{f"w{n}": n for n in range(2, 402)}}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]").save_pretrained(folder)
    torch.manual_seed(7)
    shape = BertConfig(vocab_size=402, hidden_size=N_DIMENSIONS, num_hidden_layers=1, intermediate_size=384)
    shape.save_pretrained(folder)
    save_file(BertModel(shape).state_dict(), folder / "model.safetensors")
    return MiniLmEncoder(lambda: folder)


def test_bulk_changes_neither_order_nor_vectors(small_encoder: MiniLmEncoder) -> None:
    """Many texts of many lengths get, each in its place, the vector that they get alone, but for half precision."""
    texts = [" ".join(f"w{2 + (n * 31 + step) % 400}" for step in range(1 + n * 7 % 150)) for n in range(80)]
    counted: list[tuple[int, int]] = []
    encoder = MiniLmEncoder(small_encoder.folder, lambda done, total: counted.append((done, total)))
    vectors = encoder.encode(texts)
    alone = np.concatenate([small_encoder.encode([text]) for text in texts])
    assert vectors.shape == (80, N_DIMENSIONS) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * alone).sum(axis=1).min() > 0.999
    assert (vectors @ alone.T).argmax(axis=1).tolist() == list(range(80))
    assert counted[-1] == (80, 80) and counted == sorted(set(counted))
    assert encoder.encode([]).shape == (0, N_DIMENSIONS)


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
