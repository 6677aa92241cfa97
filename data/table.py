"""Reading a table (CSV or Parquet) with its schema into typed columns: the way any catalogue comes in.

Contract: `read_items` and `read_interactions` return arrays aligned with the rows, or raise CatalogueError with one
sentence that names the file, the column and the row (the line of a CSV, counted from 1, the header being line 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillroom.data.catalogue import CatalogueError, SetColumn
from stillroom.data.interactions import Interactions
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

_SET_KINDS = frozenset({FacetKind.CATEGORICAL, FacetKind.PERSON, FacetKind.TAG})


@dataclass(frozen=True, eq=False)
class ItemTable:
    """The items of a table, by row; `fame` is the popularity column, None when the schema names none."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    sets: Mapping[str, SetColumn]
    numbers: Mapping[str, NDArray[np.float32]]
    fame: NDArray[np.float32] | None


def read_items(schema: CatalogueSchema, folder: Path) -> ItemTable:
    """Read the items' table; raise CatalogueError naming what is wrong."""
    path = folder / schema.table
    frame = _read(path, schema.format)
    _need(frame, path, (schema.item.id, schema.item.title, *schema.item.text))
    ids = _ids(frame, path, schema.item.id)
    sets: dict[str, SetColumn] = {}
    numbers: dict[str, NDArray[np.float32]] = {}
    fame = None
    for facet in schema.facets.values():
        columns = _columns_of(facet)
        _need(frame, path, columns)
        if facet.kind in _SET_KINDS:
            sets[facet.name] = set_column([frame[column] for column in columns], facet)
        elif facet.kind is FacetKind.NUMBER:
            numbers[facet.name] = _numbers(frame[columns[0]], facet, path)
        elif facet.kind is FacetKind.POPULARITY and columns:
            fame = _numbers(frame[columns[0]], facet, path)
    return ItemTable(ids, _titles(frame, path, schema.item.title), _texts(frame, schema), sets, numbers, fame)


def read_interactions(schema: CatalogueSchema, folder: Path, ids: tuple[str, ...]) -> Interactions | None:
    """Read who rated what, None when the schema names no such file; interactions with unlisted items are left out."""
    columns = schema.interactions
    if columns is None:
        return None
    path = folder / columns.file
    frame = _read(path, "parquet" if path.suffix == ".parquet" else "csv")
    _need(frame, path, (columns.user, columns.item, columns.rating, columns.time))
    ratings = _plain_numbers(frame[columns.rating], columns.rating, path)
    times = _plain_numbers(frame[columns.time], columns.time, path)
    rows = pd.Index(ids).get_indexer(pd.Index(frame[columns.item].str.strip()))
    users, names = pd.factorize(frame[columns.user].str.strip())
    keep = (rows >= 0) & (users >= 0) & ~np.isnan(ratings) & ~np.isnan(times)
    return Interactions(
        tuple(str(name) for name in names),
        users[keep].astype(np.int32),
        rows[keep].astype(np.int32),
        ratings[keep].astype(np.float32),
        times[keep].astype(np.int64),
        columns.like_at,
    )


def set_column(columns: list[pd.Series[str]], facet: Facet) -> SetColumn:
    """Return the facet's values: split, trimmed, one canonical spelling per value (the commonest), sorted."""
    cells = [
        [" ".join(value.split()) for cell in row for value in cell.split(facet.separator)]
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]
    spellings = Counter(value for cell in cells for value in cell if value)
    canonical: dict[str, str] = {}
    for value in sorted(spellings, key=lambda value: (-spellings[value], value)):
        canonical.setdefault(value.casefold(), value)
    values = tuple(sorted(canonical.values(), key=lambda value: (value.casefold(), value)))
    column_of = {value.casefold(): column for column, value in enumerate(values)}
    indices = [sorted({column_of[value.casefold()] for value in cell if value}) for cell in cells]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in indices])]).astype(np.int64)
    flat = np.fromiter((column for row in indices for column in row), dtype=np.int64, count=int(indptr[-1]))
    matrix = csr_matrix((np.ones(len(flat), dtype=np.bool_), flat, indptr), shape=(len(cells), len(values)))
    return SetColumn(values, matrix, np.diff(indptr) > 0)


def _read(path: Path, form: str) -> pd.DataFrame:
    try:
        if form == "parquet":
            frame = pd.read_parquet(path)
            return frame.astype("string").fillna("").astype(str)
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CatalogueError(f"{path} does not exist.") from error
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CatalogueError(f"{path} cannot be read as {form}: {first}.") from error


def _need(frame: pd.DataFrame, path: Path, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise CatalogueError(f"{path} has no column {missing[0]!r}; it has {', '.join(map(str, frame.columns))}.")


def _columns_of(facet: Facet) -> tuple[str, ...]:
    if facet.columns or facet.kind in (FacetKind.POPULARITY, FacetKind.ITEM):
        return facet.columns
    return (facet.name,)


def _ids(frame: pd.DataFrame, path: Path, column: str) -> tuple[str, ...]:
    ids = tuple(str(value).strip() for value in frame[column])
    first_seen: dict[str, int] = {}
    for row, name in enumerate(ids):
        if not name:
            raise CatalogueError(f"{path}, row {_line(row)}: column {column!r} is empty, but every item needs an id.")
        if name in first_seen:
            also = _line(first_seen[name])
            raise CatalogueError(f"{path}, row {_line(row)}: {column!r} {name!r} is also in row {also}.")
        first_seen[name] = row
    if not ids:
        raise CatalogueError(f"{path} holds no items.")
    return ids


def _titles(frame: pd.DataFrame, path: Path, column: str) -> tuple[str, ...]:
    titles = tuple(" ".join(str(value).split()) for value in frame[column])
    for row, title in enumerate(titles):
        if not title:
            raise CatalogueError(f"{path}, row {_line(row)}: column {column!r} is empty, but every item needs a title.")
    return titles


def _texts(frame: pd.DataFrame, schema: CatalogueSchema) -> tuple[str, ...]:
    if not schema.item.text:
        return ("",) * len(frame)
    columns = [frame[column].tolist() for column in schema.item.text]
    return tuple(" ".join(" ".join(row).split()) for row in zip(*columns, strict=True))


def _numbers(cells: pd.Series[str], facet: Facet, path: Path) -> NDArray[np.float32]:
    """Return the numbers; empty cells and numbers outside the range that can be believed are NaN."""
    numbers = _plain_numbers(cells, str(cells.name), path)
    low = -np.inf if facet.minimum is None else facet.minimum
    high = np.inf if facet.maximum is None else facet.maximum
    return np.where((numbers >= low) & (numbers <= high), numbers, np.nan).astype(np.float32)


def _plain_numbers(cells: pd.Series[str], column: str, path: Path) -> NDArray[np.float64]:
    stripped = cells.str.strip()
    numbers: NDArray[np.float64] = pd.to_numeric(stripped, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers) & (stripped != "").to_numpy(dtype=np.bool_))
    if len(wrong):
        row = int(wrong[0])
        raise CatalogueError(f"{path}, row {_line(row)}: {column} is {stripped.iat[row]!r}, not a number.")
    return numbers


def _line(row: int) -> int:
    return row + 2
