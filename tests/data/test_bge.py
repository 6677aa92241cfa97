"""bge-small: unit vectors, the same in any company, and questions nearer to what answers them."""

from __future__ import annotations

import numpy as np
import pytest

from stillroom.data.artefact import ArtefactError
from stillroom.data.bge import BgeEncoder
from stillroom.data.fetch import Fetcher


@pytest.mark.weights
def test_a_question_is_nearest_to_its_passage() -> None:
    encoder = BgeEncoder(lambda: Fetcher().fetch(BgeEncoder.artefact))
    texts = [
        "A crew plans to rob a casino.",
        "Two strangers fall in love on a train to Vienna.",
        "x",
        " ".join("ab" * 900),
    ]
    vectors = encoder.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.stack([encoder.encode([text])[0] for text in texts])
    # Activations are quantised by the batch, so that company changes a vector a little.
    assert np.einsum("nd,nd->n", vectors, alone).min() > 0.98
    asked = [encoder.encode_query(text) for text in ("a heist", "a romance")]
    assert [int(np.argmax(vectors[:2] @ query)) for query in asked] == [0, 1]
    assert encoder.encode([]).shape == (0, 384)


def test_weights_are_asked_for_at_the_first_text_only() -> None:
    def missing() -> None:
        raise ArtefactError("not in the cache")

    encoder = BgeEncoder(missing)  # type: ignore[arg-type]
    with pytest.raises(ArtefactError, match="not in the cache"):
        encoder.encode(["text"])
