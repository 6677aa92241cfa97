"""Columns of text that stay in Arrow's memory: millions of titles as one block of bytes, not as Python strings.

Contract: a TextColumn is a Sequence[str]; a string is made when it is asked for. Short columns are plain tuples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import pyarrow as pa
import pyarrow.compute as pc

LONG = 100_000
"""From this many rows on a column stays in Arrow's memory."""
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class TextColumn(Sequence[str]):
    """A column of strings without nulls; `array` is one Arrow array, plain or dictionary-encoded."""

    array: Any

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.array)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[str, ...]: ...

    def __getitem__(self, row: int | slice) -> str | tuple[str, ...]:
        """Return one string, or those of a slice."""
        if isinstance(row, slice):
            return tuple(self.array[row].to_pylist())
        return str(self.array[row].as_py())

    def __iter__(self) -> Iterator[str]:
        """Yield the strings, a part at a time."""
        for start in range(0, len(self), _ROWS_AT_ONCE):
            yield from self.array[start : start + _ROWS_AT_ONCE].to_pylist()

    def find(self, text: str) -> int | None:
        """Return the first row that holds this very string, or None; one pass in Arrow, no index is kept."""
        row = int(pc.index(self.array, pa.scalar(text, self.array.type)).as_py())
        return None if row < 0 else row


def text_column(column: Any) -> Sequence[str]:
    """Return an Arrow column of strings as a tuple when it is short, else left where it is."""
    if len(column) < LONG:
        return tuple(column.to_pylist())
    return TextColumn(pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column)
