"""The rivals `dense:ENCODER`: cosine of all commands so far, as one text, with the items' texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stillroom.data.bge import BgeEncoder
from stillroom.data.catalogue import Catalogue
from stillroom.data.fetch import Fetcher
from stillroom.data.vectors import cached_vectors
from stillroom.simulators.rivals.document import documents
from stillroom.simulators.rivals.rival import Question, Ranking
from stillroom.tools.likeness import cosines


@dataclass(frozen=True)
class MiniLmRival:
    """Ranks by MiniLM, over the vectors that the catalogue comes with."""

    catalogue: Catalogue

    def rank(self, question: Question) -> Ranking:
        """Return the cosines."""
        query = self.catalogue.encoder.encode((" ".join(question.commands),))[0]
        return Ranking(cosines(self.catalogue.text_vectors, query))


@dataclass(frozen=True)
class BgeRival:
    """Ranks by bge-small-en-v1.5 (int8); item vectors are made once, in minutes, and cached by their texts."""

    catalogue: Catalogue
    fetcher: Fetcher

    @cached_property
    def _encoder(self) -> BgeEncoder:
        return BgeEncoder(
            lambda: self.fetcher.fetch(BgeEncoder.artefact),
            lambda done, total: self.fetcher.progress("texts encoded", done, total),
        )

    @cached_property
    def _items(self) -> NDArray[np.float32]:
        folder = self.fetcher.cache / "vectors"
        return cached_vectors(documents(self.catalogue), self._encoder, BgeEncoder.artefact, folder)

    def prepare(self) -> None:
        """Fetch the weights and make the item vectors; raise ArtefactError."""
        _ = self._items

    def rank(self, question: Question) -> Ranking:
        """Return the cosines."""
        return Ranking(cosines(self._items, self._encoder.encode_query(" ".join(question.commands))))
