"""A catalogue: items with typed facets, text, vectors and interactions, as arrays that tools can score in one go.

Contract: row r of every array is the item `ids[r]`. Nothing here reads files or models; `worlds.load_world` builds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from stillroom.data.codebook import Vectors
from stillroom.data.interactions import Interactions
from stillroom.data.names import Names, index_names
from stillroom.data.numbers import Spread
from stillroom.data.schema import CatalogueSchema, FacetKind
from stillroom.data.series import Series, find_series
from stillroom.data.text_column import TextColumn
from stillroom.data.thesaurus import Thesaurus, load_thesaurus


class CatalogueError(ValueError):
    """A catalogue that cannot be built or used; the message names the file, column and row where it can."""


class Encoder(Protocol):
    """What turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows of shape (len(texts), d)."""
        ...


class TextIndex(Protocol):
    """What finds the rows whose text vectors are nearest to a vector, approximately, without a pass over all."""

    def search(self, vector: NDArray[np.float32], among: NDArray[np.bool_]) -> NDArray[np.intp] | None:
        """Return rows of the mask `among` (n,), nearest first; None where so few are left that a pass is better."""
        ...


@dataclass(frozen=True, eq=False)
class Cells:
    """The distinct cells of a column: item r has the values of row `codes[r]` of `matrix` (m, n_values)."""

    codes: NDArray[np.intp]
    matrix: csr_matrix

    @cached_property
    def by_value(self) -> csc_matrix:
        """Return the matrix by columns."""
        return self.matrix.tocsc()


@dataclass(frozen=True, eq=False)
class SetColumn:
    """A facet of which an item has any number of values: categorical, person or tag.

    `cells` are there when items share them: what is worked out for each distinct cell is then taken by every item.
    """

    values: tuple[str, ...]
    matrix: csr_matrix
    known: NDArray[np.bool_]
    cells: Cells | None = None

    @cached_property
    def _by_value(self) -> csc_matrix:
        return self.matrix.tocsc()

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {value.casefold(): column for column, value in enumerate(self.values)}

    def column_of(self, value: str) -> int | None:
        """Return the matrix column of a value, compared without case, or None when no item has it."""
        return self._columns.get(" ".join(value.split()).casefold())

    def mask(self, value: str) -> NDArray[np.bool_]:
        """Return which items have the value, shape (n_items,); an unknown value gives all False."""
        by_value = self._by_value if self.cells is None else self.cells.by_value
        mask = np.zeros(by_value.shape[0], dtype=np.bool_)
        column = self.column_of(value)
        if column is not None:
            start, end = by_value.indptr[column : column + 2]
            mask[by_value.indices[start:end]] = True
        return mask if self.cells is None else mask.take(self.cells.codes)

    def of(self, row: int) -> tuple[str, ...]:
        """Return one item's values in the order of the vocabulary."""
        start, end = self.matrix.indptr[row : row + 2]
        return tuple(self.values[column] for column in sorted(self.matrix.indices[start:end]))

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Return how many items have each value, shape (n_values,)."""
        return np.bincount(self.matrix.indices, minlength=len(self.values))


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Items by row; see the module's contract. Vectors are unit rows, unknown numbers are NaN."""

    schema: CatalogueSchema
    ids: Sequence[str]
    titles: Sequence[str]
    texts: Sequence[str]
    sets: Mapping[str, SetColumn]
    numbers: Mapping[str, NDArray[np.float32]]
    popularity: NDArray[np.float32]
    text_vectors: Vectors
    tag_vectors: NDArray[np.float32]
    collaborative: Vectors
    encoder: Encoder
    interactions: Interactions | None = None
    text_index: TextIndex | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not agree about the number of items."""
        lengths = {
            "titles": len(self.titles),
            "texts": len(self.texts),
            "popularity": len(self.popularity),
            "text_vectors": len(self.text_vectors),
            "collaborative": len(self.collaborative),
            **{name: len(column) for name, column in self.numbers.items()},
            **{name: int(column.matrix.shape[0]) for name, column in self.sets.items()},
        }
        for name, length in lengths.items():
            if length != len(self.ids):
                raise CatalogueError(f"{name} has {length} rows, but the catalogue has {len(self.ids)} items")

    @property
    def n_items(self) -> int:
        """Return the number of items."""
        return len(self.ids)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}

    def row_of(self, item_id: str) -> int:
        """Return an item's row; raise CatalogueError when there is no such item."""
        row = self.ids.find(item_id) if isinstance(self.ids, TextColumn) else self._rows.get(item_id)
        if row is None:
            raise CatalogueError(f"there is no {self.schema.noun} with id {item_id!r}")
        return row

    @cached_property
    def thesaurus(self) -> Thesaurus:
        """Return the table by which words are taken for themes."""
        tags = self.schema.first(FacetKind.TAG)
        return Thesaurus({}, {}) if tags is not None and tags.speech.own_themes else load_thesaurus()

    @cached_property
    def spreads(self) -> Mapping[str, Spread | None]:
        """Return how the known numbers of each number facet are spread, None where none is known."""
        return {name: Spread.of(values) for name, values in self.numbers.items()}

    @cached_property
    def _title_index(self) -> Names:
        return index_names(self.titles, self.popularity)

    @cached_property
    def _person_index(self) -> Names | None:
        facet = next(iter(self.schema.of_kind(FacetKind.PERSON)), None)
        column = self.sets.get(facet.name) if facet else None
        if column is None:
            return None
        fame = np.asarray(column.matrix.T @ (self.popularity.astype(np.float64) ** 2)).ravel()
        return index_names(column.values, fame.astype(np.float32))

    def resolve_title(self, text: str) -> int | None:
        """Return the row of the item whose title is nearest (the best known of equals), None when nothing is near."""
        return self._title_index.resolve(text)

    def find_title(self, text: str) -> int | None:
        """Return the row of the best known item of this very title, but for case, marks and how numbers are written."""
        return self._title_index.find(text)

    def find_series(self, name: str) -> Series | None:
        """Return the series of this name ("Rocky"), None where there is none.

        A catalogue of millions has no series: to look for them would take a second.
        """
        return None if isinstance(self.titles, TextColumn) else find_series(name, self.titles)

    def name_series(self, series: Series) -> str:
        """Return what a series is called as the value of a wish: "Rocky films"."""
        return f"{series.name} {self.schema.noun}s"

    def rows_named(self, value: str) -> tuple[int, ...]:
        """Return the rows that an item's value names: all parts of a series that is called one, else a title's row."""
        called = value.removesuffix(f" {self.schema.noun}s")
        series = self.find_series(called) if called != value else None
        if series is not None:
            return series.rows
        row = self.resolve_title(value)
        return () if row is None else (row,)

    def find_person(self, text: str) -> str | None:
        """Return the best known person whose whole name or last words these are, but for case, accents and marks."""
        if self._person_index is None:
            return None
        found = self._person_index.find(text, by_last_word=True)
        return None if found is None else self._person_index.names[found]

    def resolve_person(self, text: str) -> str | None:
        """Return the best known person of this name or surname, None when nobody's is near."""
        if self._person_index is None:
            return None
        found = self._person_index.resolve(text, by_last_word=True)
        return None if found is None else self._person_index.names[found]
