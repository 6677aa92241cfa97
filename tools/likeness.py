"""Likeness: how near every item is to free text, to a history, or to another item. Shapes are (n,) unless said.

Free text (a theme, a mood) is compared with the item's text and with the best of its keywords: a keyword that says just
this is the stronger evidence, the text covers items without keywords.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stillroom.data.catalogue import Catalogue, SetColumn
from stillroom.tools.state import Scores

TAG_FACET: Final = "tag"
_KEYWORD_SHARE: Final = 0.6


def cosines(vectors: Scores, vector: Scores) -> Scores:
    """Return the inner product of every row (m, d) with one vector (d,), shape (m,)."""
    # Not `@`: BLAS splits one pass over threads that wait for each other, 20 ms instead of 0.5 when the cores are busy.
    return np.asarray(np.einsum("md,d->m", vectors, vector), np.float32)


def text_likeness(catalogue: Catalogue, vector: Scores) -> Scores:
    """Return the cosine of every item's text with a unit vector (d,)."""
    return cosines(catalogue.text_vectors, vector)


def keyword_likeness(catalogue: Catalogue, vector: Scores) -> Scores:
    """Return the cosine of every item's best keyword with a unit vector (d,); 0 for items without keywords."""
    column = catalogue.sets.get(TAG_FACET)
    if column is None or not column.matrix.nnz:
        return np.zeros(catalogue.n_items, np.float32)
    return best_of(column, cosines(catalogue.tag_vectors, vector))


def best_of(column: SetColumn, by_value: Scores) -> Scores:
    """Return for every item the largest number among those of its own values (n_values,); 0 where it has none."""
    matrix = column.matrix
    filled = np.flatnonzero(np.diff(matrix.indptr))
    best = np.zeros(matrix.shape[0], np.float32)
    if filled.size:
        # Rows without entries take no room in `indices`, so the starts of the filled rows cut it exactly.
        best[filled] = np.maximum.reduceat(by_value.take(matrix.indices), matrix.indptr[:-1][filled])
    return best


def tag_likeness(catalogue: Catalogue, vector: Scores) -> Scores:
    """Return how near every item is to a theme: its keywords and its text, weighed."""
    keywords, text = keyword_likeness(catalogue, vector), text_likeness(catalogue, vector)
    return np.float32(_KEYWORD_SHARE) * keywords + np.float32(1 - _KEYWORD_SHARE) * text


def item_likeness(catalogue: Catalogue, row: int) -> Scores:
    """Return how near every item is to one item: by text, and where both were rated, by who liked them."""
    text = text_likeness(catalogue, catalogue.text_vectors[row])
    collaborative = catalogue.collaborative
    if not collaborative.shape[1] or not collaborative[row].any():
        return text
    rated = np.einsum("nk,nk->n", collaborative, collaborative) > 0
    both = np.float32(0.5) * (text + cosines(collaborative, collaborative[row]))
    return np.where(rated, both, np.float32(0.5) * text).astype(np.float32, copy=False)


def history_likeness(
    catalogue: Catalogue, history: tuple[int, ...], intent: Scores | None, temperature: float
) -> Scores:
    """Return s_aia: likeness to the history attended by the intent (RecBot, arXiv 2509.21317, section 3.3).

    weights = softmax(cos(past item's text, intent) / temperature), equal ones without an intent; the score is the
    cosine of an item's collaborative vector with the weighted history. Items that nobody rated score 0.
    """
    none = np.zeros(catalogue.n_items, np.float32)
    rows = np.asarray(history, np.intp)
    if not rows.size or not catalogue.collaborative.shape[1]:
        return none
    rows = rows[catalogue.collaborative[rows].any(axis=1)]
    if not rows.size:
        return none
    weights = np.ones(rows.size, np.float32)
    if intent is not None:
        nearness = cosines(catalogue.text_vectors[rows], intent) / np.float32(temperature)
        weights = np.exp(nearness - nearness.max())
    taste = cosines(catalogue.collaborative[rows].T, weights / weights.sum())
    norm = np.linalg.norm(taste)
    return cosines(catalogue.collaborative, taste / norm) if norm > 0 else none
