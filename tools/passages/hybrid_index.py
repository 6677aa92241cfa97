"""Dense and sparse retrieval merged by reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009, k = 60)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stillroom.tools.passages.bm25_index import Bm25Index
from stillroom.tools.passages.dense_index import DenseIndex
from stillroom.tools.passages.passage import Hit

_K: Final = 60
_DEPTH: Final = 100


@dataclass(frozen=True, eq=False)
class HybridIndex:
    """A passage's score is the sum of 1 / (60 + its rank) in both rankings."""

    dense: DenseIndex
    sparse: Bm25Index

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most k hits; equal sums stand in the order of the dense ranking."""
        depth = max(k, _DEPTH)
        scores: dict[int, float] = {}
        for ranking in (self.dense.rank(query, depth), self.sparse.rank(query, depth)):
            for rank, (place, _) in enumerate(ranking, start=1):
                scores[place] = scores.get(place, 0.0) + 1 / (_K + rank)
        best = sorted(scores, key=lambda place: -scores[place])[:k]
        return [Hit(self.dense.passages[place], scores[place]) for place in best]
