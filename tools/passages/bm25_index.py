"""Sparse retrieval: Lucene's BM25 (library bm25s), its scores memory-mapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stillroom.tools.passages.passage import Hit, Passage

_FOLDER: Final = "bm25"


@dataclass(frozen=True, eq=False)
class Bm25Index:
    """BM25 over the passages' titles and texts; k1 1.5, b 0.75, English stop words left out."""

    passages: Sequence[Passage]
    index: Any

    @classmethod
    def open(cls, folder: Path, passages: Sequence[Passage]) -> Bm25Index:
        """Open what `write_bm25` wrote."""
        import bm25s

        return cls(passages, bm25s.BM25.load(folder / _FOLDER, mmap=True))

    def rank(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the places of the k best passages with their scores; without a word of the query a passage is none."""
        scores = scores_of(self.index, query)
        if scores is None:
            return []
        k = min(k, len(scores))
        best = np.argpartition(-scores, k - 1)[:k]
        # Among equals the first passage stands first.
        order = best[np.lexsort((best, -scores[best]))]
        return [(int(place), float(scores[place])) for place in order if scores[place] > 0]

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most k hits by BM25."""
        return [Hit(self.passages[place], score) for place, score in self.rank(query, k)]


def write_bm25(folder: Path, passages: Sequence[Passage]) -> None:
    """Index passages and write the index into a folder."""
    index_texts([passage.whole for passage in passages]).save(folder / _FOLDER)


def index_texts(texts: Sequence[str]) -> Any:
    """Return the library's index of some texts; k1 1.5, b 0.75."""
    import bm25s

    index = bm25s.BM25(k1=1.5, b=0.75)
    index.index(words_of(texts), show_progress=False)
    return index


def scores_of(index: Any, query: str) -> NDArray[np.float32] | None:
    """Return every text's score for a query, 0 where no word is shared; None where no text has any of its words."""
    known = [word for word in words_of([query])[0] if word in index.vocab_dict]
    return np.asarray(index.get_scores(known), np.float32) if known else None


def words_of(texts: Sequence[str]) -> list[list[str]]:
    """Return each text's words without English stop words."""
    import bm25s

    words: list[list[str]] = bm25s.tokenize(list(texts), stopwords="en", return_ids=False, show_progress=False)
    return words
