"""Likeness: how near every item is to free text, to a history, or to another item. Shapes are (n,) unless said.

Free text (a theme, a mood) is compared with the item's text and with the best of its keywords: a keyword that says just
this is the stronger evidence, the text covers items without keywords.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from stillroom.data.catalogue import Catalogue, SetColumn
from stillroom.data.codebook import Codebook, Vectors
from stillroom.data.schema import FacetKind
from stillroom.tools.state import Mask, Rows, Scores

_KEYWORD_SHARE: Final = 0.6
_LARGE: Final = 4_000_000
"""From this many numbers on, a pass over vectors is shared by two threads, in parts that stay in the caches."""
_PART: Final = 1024


def cosines(vectors: Vectors, vector: Scores, rows: Rows = None) -> Scores:
    """Return the inner product of every row (m, d), or of some rows, with one vector (d,)."""
    if isinstance(vectors, Codebook):
        return cosines(vectors.book, vector).take(vectors.codes if rows is None else vectors.codes[rows])
    n_rows = len(vectors) if rows is None else len(rows)
    if n_rows * len(vector) < _LARGE:
        # Not `@`: BLAS splits one pass over threads that wait for each other, 20 ms instead of 0.5 on busy cores.
        return np.asarray(np.einsum("md,d->m", vectors if rows is None else vectors[rows], vector), np.float32)
    scores = np.empty(n_rows, np.float32)

    def fill(start: int, end: int) -> None:
        for at in range(start, end, _PART):
            part = slice(at, min(at + _PART, end))
            block = vectors[part] if rows is None else vectors[rows[part]]
            np.einsum("md,d->m", block.astype(np.float32, copy=False), vector, out=scores[part])

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(fill, 0, n_rows // 2)
        fill(n_rows // 2, n_rows)
        first.result()
    return scores


def text_likeness(catalogue: Catalogue, vector: Scores, rows: Rows = None) -> Scores:
    """Return the cosine of every item's text (or of these rows') with a unit vector (d,).

    With an approximate index and many rows, rows that are not among the nearest get the least cosine of those that are:
    far from the theme, they are told apart by the other score parts.
    """
    if catalogue.text_index is None:
        return cosines(catalogue.text_vectors, vector, rows)
    among = np.ones(catalogue.n_items, np.bool_) if rows is None else np.zeros(catalogue.n_items, np.bool_)
    if rows is not None:
        among[rows] = True
    near = catalogue.text_index.search(vector, among)
    if near is None or not near.size:
        return cosines(catalogue.text_vectors, vector, rows)
    exact = cosines(catalogue.text_vectors, vector, near)
    scores = np.full(catalogue.n_items, exact.min(), np.float32)
    scores[near] = exact
    return scores if rows is None else scores[rows]


def tag_column(catalogue: Catalogue) -> SetColumn | None:
    """Return the column that the tag vectors are of, whatever its facet is called; None when there is none."""
    facet = catalogue.schema.first(FacetKind.TAG)
    return catalogue.sets.get(facet.name) if facet is not None else None


def keyword_likeness(catalogue: Catalogue, vector: Scores, rows: Rows = None) -> Scores:
    """Return the cosine of every item's (or of these rows') best keyword with a unit vector (d,); 0 without any.

    For several vectors (k, d) the sum over them is returned: each has its own best keyword.
    """
    column = tag_column(catalogue)
    if column is None or not column.matrix.nnz:
        return np.zeros(catalogue.n_items if rows is None else len(rows), np.float32)
    return best_of(column, [cosines(catalogue.tag_vectors, each) for each in np.atleast_2d(vector)], rows)


def best_of(column: SetColumn, by_value: Sequence[Scores], rows: Rows = None) -> Scores:
    """Return for every item (or these rows) the largest of its own values' numbers (n_values,); 0 where it has none.

    Of several numbers by value, the sum of the largest of each.
    """
    cells = column.cells
    matrix = column.matrix if cells is None else cells.matrix
    if cells is None and rows is not None:
        matrix = matrix[rows]
    best = _best_of(matrix, by_value[0])
    for more in by_value[1:]:
        best += _best_of(matrix, more)
    return best if cells is None else best.take(cells.codes if rows is None else cells.codes[rows])


def _best_of(matrix: csr_matrix, by_value: Scores) -> Scores:
    filled = np.flatnonzero(np.diff(matrix.indptr))
    best = np.zeros(matrix.shape[0], np.float32)
    if filled.size:
        # Rows without entries take no room in `indices`, so the starts of the filled rows cut it exactly.
        best[filled] = np.maximum.reduceat(by_value.take(matrix.indices), matrix.indptr[:-1][filled])
    return best


def tag_likeness(catalogue: Catalogue, vector: Scores, rows: Rows = None) -> Scores:
    """Return how near every item (or these rows) is to a theme: its keywords and its text, weighed."""
    likeness, text = keyword_likeness(catalogue, vector, rows), text_likeness(catalogue, vector, rows)
    likeness *= np.float32(_KEYWORD_SHARE)
    text *= np.float32(1 - _KEYWORD_SHARE)
    likeness += text
    return likeness


def item_likeness(catalogue: Catalogue, row: int, rows: Rows = None) -> Scores:
    """Return how near every item (or these rows) is to one: by text, and where both were rated, by who liked them."""
    text = text_likeness(catalogue, catalogue.text_vectors[row], rows)
    collaborative = catalogue.collaborative
    if not collaborative.shape[1] or not collaborative[row].any():
        return text
    both = np.float32(0.5) * (text + cosines(collaborative, collaborative[row], rows))
    return np.where(_rated(collaborative, rows), both, np.float32(0.5) * text).astype(np.float32, copy=False)


def _rated(collaborative: Vectors, rows: Rows) -> Mask:
    """Return which items (or which of these rows) anybody rated."""
    if isinstance(collaborative, Codebook):
        return _rated(collaborative.book, None).take(collaborative.codes if rows is None else collaborative.codes[rows])
    own = collaborative if rows is None else collaborative[rows]
    return np.asarray(np.einsum("nk,nk->n", own, own) > 0)


def history_taste(
    catalogue: Catalogue, history: tuple[int, ...], intent: Scores | None, temperature: float
) -> Scores | None:
    """Return the unit collaborative vector (k,) of the history attended by the intent, None when nothing is known.

    weights = softmax(cos(past item's text, intent) / temperature), equal ones without an intent.
    """
    rows = np.asarray(history, np.intp)
    if not rows.size or not catalogue.collaborative.shape[1]:
        return None
    rows = rows[catalogue.collaborative[rows].any(axis=1)]
    if not rows.size:
        return None
    weights = np.ones(rows.size, np.float32)
    if intent is not None:
        nearness = cosines(catalogue.text_vectors[rows], intent) / np.float32(temperature)
        weights = np.exp(nearness - nearness.max())
    taste = cosines(catalogue.collaborative[rows].T, weights / weights.sum())
    norm = np.linalg.norm(taste)
    return np.asarray(taste / norm, np.float32) if norm > 0 else None


def history_likeness(
    catalogue: Catalogue, history: tuple[int, ...], intent: Scores | None, temperature: float
) -> Scores:
    """Return s_aia: likeness to the history attended by the intent (RecBot, arXiv 2509.21317, section 3.3).

    The score is the cosine of an item's collaborative vector with the weighted history. Items nobody rated score 0.
    """
    taste = history_taste(catalogue, history, intent, temperature)
    return np.zeros(catalogue.n_items, np.float32) if taste is None else cosines(catalogue.collaborative, taste)
