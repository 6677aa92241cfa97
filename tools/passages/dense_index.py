"""Dense retrieval: the inner product of unit vectors of passages and query, by FAISS's flat index (exact)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
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

    @cached_property
    def _flat(self) -> Any:
        # FAISS takes arrays that its annotations do not know.
        faiss: Any = import_module("faiss")
        index = faiss.IndexFlatIP(self.vectors.shape[1])
        index.add(np.ascontiguousarray(self.vectors))
        return index

    def rank(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the places of the k nearest passages with their cosines."""
        scores, places = self._flat.search(self.encode_query(query)[None], min(k, len(self.passages)))
        return [(int(place), float(score)) for place, score in zip(places[0], scores[0], strict=True) if place >= 0]

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most k hits by cosine."""
        return [Hit(self.passages[place], score) for place, score in self.rank(query, k)]
