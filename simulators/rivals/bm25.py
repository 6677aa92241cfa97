"""The rival `bm25`: all commands so far as one query against the items' words (Lucene's BM25, library bm25s)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.simulators.rivals.document import documents
from stillroom.simulators.rivals.rival import Question, Ranking
from stillroom.tools.passages.bm25_index import words_of
from stillroom.tools.state import Scores


@dataclass(frozen=True)
class Bm25Rival:
    """Ranks by BM25; the index (k1 1.5, b 0.75) is made at the first question, in about two seconds for films."""

    catalogue: Catalogue

    @cached_property
    def _index(self) -> Any:
        import bm25s

        index = bm25s.BM25(k1=1.5, b=0.75)
        index.index(words_of(documents(self.catalogue)), show_progress=False)
        return index

    def rank(self, question: Question) -> Ranking:
        """Return the BM25 scores of all items; 0 for those that share no word with the commands."""
        words = words_of((" ".join(question.commands),))[0]
        known = [word for word in words if word in self._index.vocab_dict]
        scores: Scores = np.zeros(self.catalogue.n_items, np.float32)
        if known:
            scores = np.asarray(self._index.get_scores(known), np.float32)
        return Ranking(scores)
