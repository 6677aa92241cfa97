"""The rival `bm25`: all commands so far as one query against the items' words (Lucene's BM25, library bm25s)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.simulators.rivals.document import documents
from stillroom.simulators.rivals.rival import Question, Ranking
from stillroom.tools.passages.bm25_index import index_texts, scores_of


@dataclass(frozen=True)
class Bm25Rival:
    """Ranks by BM25; the index (k1 1.5, b 0.75) is made at the first question, in about two seconds for films."""

    catalogue: Catalogue

    @cached_property
    def _index(self) -> Any:
        return index_texts(documents(self.catalogue))

    def rank(self, question: Question) -> Ranking:
        """Return the BM25 scores of all items; 0 for those that share no word with the commands."""
        scores = scores_of(self._index, " ".join(question.commands))
        return Ranking(np.zeros(self.catalogue.n_items, np.float32) if scores is None else scores)
