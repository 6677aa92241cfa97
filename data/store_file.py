"""The store's file: opening it, and refusing what cannot be used, with one sentence and without touching it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from stillroom.data.migrate import version

_HEADER_BYTES: Final = 3 * 4096


class StoreError(RuntimeError):
    """A store that cannot be used as asked; the message is one sentence for the person."""


def connect(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the file; raise StoreError when it is in use, damaged, or no such file at all."""
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise StoreError(f"{path}: another process is using this store; wait for it or stop it") from error
        if path.exists() and not path.is_dir():
            raise StoreError(f"{path}: is damaged or is not a Stillroom store") from error
        raise StoreError(f"{path}: cannot be made or opened ({first_line(error)})") from error


def check(connection: duckdb.DuckDBPyConnection, path: Path, newest: int, read_only: bool) -> None:
    """Raise StoreError unless this is a whole store of a layout that can be used."""
    try:
        found = version(connection)
        whole = _is_whole(connection, path)
    except duckdb.Error as error:
        raise StoreError(f"{path}: is damaged or is not a Stillroom store") from error
    if not whole:
        raise StoreError(f"{path}: is damaged: the end of the file is missing")
    if found is None:
        raise StoreError(f"{path}: is a DuckDB file, but not a Stillroom store")
    if found > newest:
        raise StoreError(
            f"{path}: was written by a newer Stillroom (layout {found}, this one knows {newest}); update Stillroom"
        )
    if read_only and found < newest:
        raise StoreError(f"{path}: has the older layout {found}; open it once for writing to bring it up to date")


def _is_whole(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    # DuckDB reads lazily: a file cut short opens well and fails at the first query that needs the missing end.
    # Blocks that nothing uses any more do not count: DuckDB cuts those at the end off itself.
    row = connection.execute("SELECT block_size * used_blocks FROM pragma_database_size()").fetchone()
    return row is None or path.stat().st_size >= _HEADER_BYTES + int(row[0])


def first_line(error: duckdb.Error) -> str:
    """Return the first line of what DuckDB says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
