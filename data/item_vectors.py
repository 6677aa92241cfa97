"""The vectors of a catalogue's items: text vectors with every distinct text encoded once, and who liked what.

Contract: the result stands for (n_items, d) unit rows. It is a plain array where most items have a text of their own,
and a Codebook where they share texts (a generated shop) or where nobody rated most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stillroom.data.codebook import Codebook, Vectors
from stillroom.data.collaborative import collaborative_vectors
from stillroom.data.interactions import Interactions
from stillroom.data.schema import CatalogueSchema, FacetKind
from stillroom.data.table import ItemTable

N_TAGS_IN_TEXT = 8
_FEW = 0.8
"""Texts are shared, and ratings rare, when no more than this share of the items has its own."""


def text_vectors(
    schema: CatalogueSchema, items: ItemTable, encode: Callable[[Sequence[str]], NDArray[np.float32]]
) -> Vectors:
    """Return the items' text vectors, every distinct text encoded once where items share texts."""
    codes, first = _distinct_texts(schema, items)
    if len(first) > _FEW * len(codes):
        return encode([text_to_encode(schema, items, row) for row in range(len(codes))])
    texts = [text_to_encode(schema, items, row) for row in first.tolist()]
    # In the order of the texts, so that two shops that say the same have the same vectors on disk.
    distinct = sorted(set(texts))
    place = {text: number for number, text in enumerate(distinct)}
    return Codebook(np.array([place[text] for text in texts], np.intp)[codes], encode(distinct))


def text_to_encode(schema: CatalogueSchema, items: ItemTable, row: int) -> str:
    """Return what stands for an item in text space: its categories and tags, then its text; never its title.

    Wishes are about what an item is like, and titles mislead ("Heat"). Tags come first, for long texts are cut.
    """
    parts = []
    for name in _said_in_text(schema):
        values = items.sets[name].of(row)
        if values:
            parts.append(", ".join(values[:N_TAGS_IN_TEXT]))
    return ". ".join([*parts, items.texts[row]])


def liking_vectors(interactions: Interactions | None, n_items: int) -> Vectors:
    """Return the collaborative vectors; where most items were never rated, those share one row of zeros."""
    if interactions is None:
        return collaborative_vectors(interactions, n_items)
    rated, items = np.unique(interactions.items, return_inverse=True)
    if len(rated) > _FEW * n_items:
        return collaborative_vectors(interactions, n_items)
    vectors = collaborative_vectors(replace(interactions, items=items.astype(np.int32)), len(rated))
    codes = np.zeros(n_items, np.intp)
    codes[rated] = np.arange(1, len(rated) + 1)
    return Codebook(codes, np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), vectors]))


def _said_in_text(schema: CatalogueSchema) -> tuple[str, ...]:
    facets = (*schema.of_kind(FacetKind.CATEGORICAL)[:1], *schema.of_kind(FacetKind.TAG))
    return tuple(facet.name for facet in facets)


def _distinct_texts(schema: CatalogueSchema, items: ItemTable) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which distinct text every item has, shape (n_items,), and the first item that has each."""
    everyone = np.arange(len(items.ids))
    key = items.text_codes.astype(np.int64)
    for name in _said_in_text(schema):
        cells = items.sets[name].cells
        if cells is None:
            return everyone, everyone
        key = key * cells.matrix.shape[0] + cells.codes
    _, first, codes = np.unique(key, return_index=True, return_inverse=True)
    return codes, first
