"""Reading a table (CSV or Parquet) with its schema into typed columns: the way any catalogue comes in.

Contract: `read_items` and `read_interactions` return arrays aligned with the rows, or raise CatalogueError with one
sentence that names the file, the column and the row (the line of a CSV, counted from 1, the header being line 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillroom.data.catalogue import CatalogueError, SetColumn
from stillroom.data.interactions import Interactions
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.data.set_column import set_column
from stillroom.data.text_column import LONG, text_column

_SET_KINDS = frozenset({FacetKind.CATEGORICAL, FacetKind.PERSON, FacetKind.TAG})
_SPACES = r"[\s\p{Z}]+"


@dataclass(frozen=True, eq=False)
class ItemTable:
    """The items of a table, by row.

    `fame` is the popularity column, None when the schema names none; `text_codes` says which items share a text.
    """

    ids: Sequence[str]
    titles: Sequence[str]
    texts: Sequence[str]
    text_codes: NDArray[np.int32]
    sets: Mapping[str, SetColumn]
    numbers: Mapping[str, NDArray[np.float32]]
    fame: NDArray[np.float32] | None


def read_items(schema: CatalogueSchema, folder: Path) -> ItemTable:
    """Read the items' table; raise CatalogueError naming what is wrong."""
    path = folder / schema.table
    table = _Table.open(path, schema.format)
    table.need(schema.item.id, schema.item.title, *schema.item.text)
    ids = _ids(table, schema.item.id)
    sets: dict[str, SetColumn] = {}
    numbers: dict[str, NDArray[np.float32]] = {}
    fame = None
    for facet in schema.facets.values():
        columns = _columns_of(facet)
        table.need(*columns)
        if facet.kind in _SET_KINDS:
            sets[facet.name] = set_column([table.strings(column) for column in columns], facet)
        elif facet.kind is FacetKind.NUMBER:
            numbers[facet.name] = _numbers(table, facet, columns[0])
        elif facet.kind is FacetKind.POPULARITY and columns:
            fame = _numbers(table, facet, columns[0])
    texts, codes = _texts(table, schema)
    return ItemTable(ids, _titles(table, schema.item.title), texts, codes, sets, numbers, fame)


def read_interactions(schema: CatalogueSchema, folder: Path, ids: Sequence[str]) -> Interactions | None:
    """Read who rated what, None when the schema names no such file; interactions with unlisted items are left out."""
    columns = schema.interactions
    if columns is None:
        return None
    path = folder / columns.file
    table = _Table.open(path, "parquet" if path.suffix == ".parquet" else "csv")
    table.need(columns.user, columns.item, columns.rating, columns.time)
    ratings = table.numbers(columns.rating)
    times = table.numbers(columns.time)
    listed = getattr(ids, "array", None)
    listed = pa.array(ids, pa.string()) if listed is None else listed
    items = pc.utf8_trim_whitespace(table.strings(columns.item))
    rows = pc.fill_null(pc.index_in(items, value_set=listed), -1).to_numpy()
    users, names = pd.factorize(pc.utf8_trim_whitespace(table.strings(columns.user)).to_pandas())
    keep = (rows >= 0) & (users >= 0) & ~np.isnan(ratings) & ~np.isnan(times)
    return Interactions(
        tuple(str(name) for name in names),
        users[keep].astype(np.int32),
        rows[keep].astype(np.int32),
        ratings[keep].astype(np.float32),
        times[keep].astype(np.int64),
        columns.like_at,
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """A file's columns, each read when it is asked for; what is wrong is said with the file's path."""

    path: Path
    names: tuple[str, ...]
    file: Any

    @classmethod
    def open(cls, path: Path, form: str) -> _Table:
        try:
            if form == "parquet":
                file = pq.ParquetFile(path, memory_map=True)
                return cls(path, tuple(file.schema_arrow.names), file)
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            return cls(path, tuple(map(str, frame.columns)), frame)
        except FileNotFoundError as error:
            raise CatalogueError(f"{path} does not exist.") from error
        except (OSError, ValueError) as error:
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise CatalogueError(f"{path} cannot be read as {form}: {first}.") from error

    def need(self, *columns: str) -> None:
        """Raise CatalogueError for the first column that is not there."""
        missing = [column for column in columns if column not in self.names]
        if missing:
            raise CatalogueError(f"{self.path} has no column {missing[0]!r}; it has {', '.join(self.names)}.")

    def strings(self, column: str) -> Any:
        """Return a column as one Arrow array of strings, what is missing being empty."""
        array = self._column(column)
        if pa.types.is_dictionary(array.type) and pa.types.is_string(array.type.value_type):
            array = array.cast(pa.string())
        if not pa.types.is_string(array.type):
            array = pa.array(array.to_pandas().astype("string").fillna("").astype(str), pa.string())
        return pc.fill_null(array, "")

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as numbers, empty cells as NaN; raise CatalogueError for what is no finite number."""
        array = self._column(column)
        if pa.types.is_floating(array.type) or pa.types.is_integer(array.type):
            values = np.asarray(pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False))
            wrong = np.flatnonzero(np.isinf(values))
            shown = repr(str(values[wrong[0]])) if len(wrong) else ""
        else:
            stripped = pd.Series(pc.utf8_trim_whitespace(self.strings(column)).to_pandas(), dtype=object)
            values = pd.to_numeric(stripped, errors="coerce").to_numpy(dtype=np.float64)
            wrong = np.flatnonzero(~np.isfinite(values) & (stripped != "").to_numpy(dtype=np.bool_))
            shown = repr(stripped.iat[wrong[0]]) if len(wrong) else ""
        if len(wrong):
            raise CatalogueError(f"{self.path}, row {_line(int(wrong[0]))}: {column} is {shown}, not a number.")
        return values

    def _column(self, name: str) -> Any:
        if isinstance(self.file, pd.DataFrame):
            return pa.array(self.file[name].tolist(), pa.string())
        try:
            column = self.file.read([name]).column(name)
        except (OSError, ValueError) as error:
            raise CatalogueError(f"{self.path} cannot be read as parquet: {error}.") from error
        whole = column.unify_dictionaries().combine_chunks()
        return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _columns_of(facet: Facet) -> tuple[str, ...]:
    if facet.columns or facet.kind in (FacetKind.POPULARITY, FacetKind.ITEM):
        return facet.columns
    return (facet.name,)


def _ids(table: _Table, column: str) -> Sequence[str]:
    ids = pc.utf8_trim_whitespace(table.strings(column))
    if not len(ids):
        raise CatalogueError(f"{table.path} holds no items.")
    if pc.count_distinct(ids).as_py() == len(ids) and not pc.any(pc.equal(ids, "")).as_py():
        return text_column(ids)
    first_seen: dict[str, int] = {}
    for row, name in enumerate(ids.to_pylist()):
        where = f"{table.path}, row {_line(row)}"
        if not name:
            raise CatalogueError(f"{where}: column {column!r} is empty, but every item needs an id.")
        if name in first_seen:
            raise CatalogueError(f"{where}: {column!r} {name!r} is also in row {_line(first_seen[name])}.")
        first_seen[name] = row
    raise AssertionError("ids differ from themselves")


def _titles(table: _Table, column: str) -> Sequence[str]:
    titles = _single_spaced(table.strings(column))
    empty = pc.index(titles, pa.scalar("", pa.string())).as_py()
    if empty >= 0:
        where = f"{table.path}, row {_line(empty)}"
        raise CatalogueError(f"{where}: column {column!r} is empty, but every item needs a title.")
    return text_column(titles)


def _texts(table: _Table, schema: CatalogueSchema) -> tuple[Sequence[str], NDArray[np.int32]]:
    """Return the items' texts, and a code for each that only items of the same text share."""
    columns = [table.strings(column) for column in schema.item.text]
    if not columns:
        n_items = len(table.strings(schema.item.id))
        columns = [pa.repeat("", n_items)]
    coded = _single_spaced(pc.binary_join_element_wise(*columns, " ")).dictionary_encode()
    texts = coded if len(coded) >= LONG else coded.cast(pa.string())
    return text_column(texts), coded.indices.to_numpy()


def _single_spaced(array: Any) -> Any:
    """Return strings trimmed, every run of white space a space."""
    if len(array) < LONG:
        return pa.array([" ".join(text.split()) for text in array.to_pylist()], pa.string())
    coded = array.dictionary_encode()
    clean = pc.replace_substring_regex(pc.utf8_trim_whitespace(coded.dictionary), pattern=_SPACES, replacement=" ")
    return clean.take(coded.indices)


def _numbers(table: _Table, facet: Facet, column: str) -> NDArray[np.float32]:
    """Return the numbers; empty cells and numbers outside the range that can be believed are NaN."""
    numbers = table.numbers(column)
    low = -np.inf if facet.minimum is None else facet.minimum
    high = np.inf if facet.maximum is None else facet.maximum
    return np.where((numbers >= low) & (numbers <= high), numbers, np.nan).astype(np.float32)


def _line(row: int) -> int:
    return row + 2
