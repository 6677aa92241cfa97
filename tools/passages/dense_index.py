"""Dense retrieval: the inner product of unit vectors of passages and query, by FAISS's exact search where they lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillroom.tools.passages.passage import Hit, Passage

EncodeQuery = Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class DenseIndex:
    """Unit rows (n, d), memory-mapped; `encode_query` gives a query's unit vector (d,)."""

    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    encode_query: EncodeQuery

    def rank(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the places of the k nearest passages with their cosines."""
        # FAISS takes arrays that its annotations do not know; a flat index would hold a second copy of them in memory.
        faiss: Any = import_module("faiss")
        asked = np.ascontiguousarray(self.encode_query(query)[None], np.float32)
        scores, places = faiss.knn(asked, self.vectors, min(k, len(self.passages)), faiss.METRIC_INNER_PRODUCT)
        return [(int(place), float(score)) for place, score in zip(places[0], scores[0], strict=True) if place >= 0]

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most k hits by cosine."""
        return [Hit(self.passages[place], score) for place, score in self.rank(query, k)]
