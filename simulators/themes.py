"""Which themes of the lexicon an item has: by its keywords, and by the likeness of its text to the theme's words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import FacetKind
from stillroom.simulators.lexicon import Lexicon

LIKENESS_FLOOR = 0.3
N_LIKE = 3


@dataclass(frozen=True)
class Themes:
    """`names` (m,) are the themes to speak of, `likeness` (n_items, m) their cosine with every item's text.

    They are the lexicon's, or the catalogue's own tags where its schema says so; those an item has for certain.
    """

    names: tuple[str, ...]
    likeness: NDArray[np.float32]
    catalogue: Catalogue
    lexicon: Lexicon

    def of(self, row: int) -> tuple[str, ...]:
        """Return the themes that one would say this item has."""
        if self._own:
            return self._keywords(row)
        known = {theme for word in self._keywords(row) if (theme := self.lexicon.thesaurus.canonical(word))}
        nearest = np.argsort(-self.likeness[row])[:N_LIKE]
        near = {self.names[column] for column in nearest if self.likeness[row, column] >= LIKENESS_FLOOR}
        return tuple(sorted(known | near))

    def rare_of(self, row: int) -> tuple[str, ...]:
        """Return keywords of this item that the lexicon does not know: open words, to be copied as they are typed."""
        if self._own:
            return ()
        return tuple(
            word
            for word in self._keywords(row)
            if self.lexicon.thesaurus.canonical(word) is None
            and word.isascii()
            and 3 < len(word) <= 28
            and not any(letter.isdigit() for letter in word)
            and len(word.split()) <= 3
        )

    def foreign_to(self, row: int) -> tuple[str, ...]:
        """Return themes that this item clearly does not have."""
        mine = set(self.of(row))
        if not self.names:
            return ()
        far = np.flatnonzero(self.likeness[row] < np.median(self.likeness[row]))
        return tuple(self.names[column] for column in far if self.names[column] not in mine)

    def _keywords(self, row: int) -> tuple[str, ...]:
        facet = self.catalogue.schema.first(FacetKind.TAG)
        return self.catalogue.sets[facet.name].of(row) if facet is not None else ()

    @property
    def _own(self) -> bool:
        facet = self.catalogue.schema.first(FacetKind.TAG)
        return facet is not None and facet.speech.own_themes


def read_themes(catalogue: Catalogue, lexicon: Lexicon) -> Themes:
    """Compare every theme with every item's text."""
    facet = catalogue.schema.first(FacetKind.TAG)
    if facet is None:
        return Themes((), np.zeros((catalogue.n_items, 0), np.float32), catalogue, lexicon)
    if facet.speech.own_themes:
        names = catalogue.sets[facet.name].values
        return Themes(
            names, np.asarray(catalogue.text_vectors @ catalogue.tag_vectors.T, np.float32), catalogue, lexicon
        )
    names = tuple(lexicon.tags)
    vectors = catalogue.encoder.encode([f"a {catalogue.schema.noun} about {name}" for name in names])
    return Themes(names, np.asarray(catalogue.text_vectors @ vectors.T, np.float32), catalogue, lexicon)
