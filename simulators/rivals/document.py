"""An item as a text that can be searched: the values of its facets, then its text; never its title.

A title is what a simulated person must not say; and titles mislead ("Heat").
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import FacetKind

_SETS: Final = (FacetKind.CATEGORICAL, FacetKind.TAG, FacetKind.PERSON)
_YEAR: Final = "year"


def document(catalogue: Catalogue, row: int) -> str:
    """Return one item's text: categories, tags, people, the year with its decade, then the description."""
    parts = [
        ", ".join(values)
        for kind in _SETS
        for facet in catalogue.schema.of_kind(kind)
        if (values := catalogue.sets[facet.name].of(row))
    ]
    years = catalogue.numbers.get(_YEAR)
    if years is not None and not np.isnan(years[row]):
        year = int(years[row])
        parts.append(f"{year}, {year // 10 * 10}s")
    return ". ".join([*parts, catalogue.texts[row]])


def documents(catalogue: Catalogue) -> tuple[str, ...]:
    """Return every item's text, by row."""
    return tuple(document(catalogue, row) for row in range(catalogue.n_items))
