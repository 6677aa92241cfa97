"""Reading the cells of a set facet: every distinct cell is split once, however many items share it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillroom.data.catalogue import Cells, SetColumn
from stillroom.data.schema import Facet

_SHARED = 2
"""Cells are kept apart from rows when at least this many items share one on average."""


def set_column(columns: list[Any], facet: Facet) -> SetColumn:
    """Return a facet's values from its columns (Arrow arrays of strings without nulls).

    Cells are split at the facet's separator and trimmed; a value has one canonical spelling, the commonest; sorted.
    """
    codes, texts, counts = _distinct(columns)
    split = [[" ".join(value.split()) for cell in row for value in cell.split(facet.separator)] for row in texts]
    spellings: Counter[str] = Counter()
    for cell, count in zip(split, counts.tolist(), strict=True):
        for value in cell:
            spellings[value] += count if value else 0
    canonical: dict[str, str] = {}
    for value in sorted(filter(None, spellings), key=lambda value: (-spellings[value], value)):
        canonical.setdefault(value.casefold(), value)
    values = tuple(sorted(canonical.values(), key=lambda value: (value.casefold(), value)))
    column_of = {value.casefold(): column for column, value in enumerate(values)}
    cells = _matrix([sorted({column_of[value.casefold()] for value in cell if value}) for cell in split], len(values))
    known = np.diff(cells.indptr) > 0
    shared = Cells(codes, cells) if len(texts) * _SHARED <= len(codes) else None
    return SetColumn(values, cells[codes], known[codes], shared)


def _distinct(columns: list[Any]) -> tuple[NDArray[np.intp], list[tuple[str, ...]], NDArray[np.int64]]:
    """Return which distinct cell every row has, the distinct cells (one text a column), and how often each occurs."""
    coded = [column.dictionary_encode() for column in columns]
    key = np.zeros(len(columns[0]), np.int64)
    for column in coded:
        key = key * max(len(column.dictionary), 1) + column.indices.to_numpy()
        # Numbered again after every column, so that the product of many vocabularies cannot overflow.
        _, first, key, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    texts = [column.take(first).to_pylist() for column in columns]
    return key.astype(np.intp, copy=False), list(zip(*texts, strict=True)), counts


def _matrix(rows: list[list[int]], n_values: int) -> csr_matrix:
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    flat = np.fromiter((column for row in rows for column in row), dtype=np.int64, count=int(indptr[-1]))
    return csr_matrix((np.ones(len(flat), dtype=np.bool_), flat, indptr), shape=(len(rows), n_values))
