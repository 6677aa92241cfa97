"""Numbered migrations of the store: `migrations/m001_initial.sql`, `m002_…`, applied in order and written down.

Contract: a file is brought to the newest layout step by step, each step in one transaction; a file that a newer
Stillroom wrote is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

_NAME = re.compile(r"m(\d{3})_(\w+)\.sql")


@dataclass(frozen=True)
class Migration:
    """One step: its number, its name and its SQL."""

    number: int
    name: str
    sql: str


def migrations(folder: Path | None = None) -> tuple[Migration, ...]:
    """Return every migration in order; without a folder, those that come with this package."""
    folder = folder or Path(__file__).parent / "migrations"
    found = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    steps = [Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")) for match, path in found]
    return tuple(sorted(steps, key=lambda step: step.number))


def version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the number of the last migration applied: 0 for an empty file, None for a file that is not a store."""
    tables = {str(row[0]) for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "migrations" not in tables:
        return None if tables else 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    return int(row[0]) if row else 0


def migrate(connection: duckdb.DuckDBPyConnection, steps: tuple[Migration, ...]) -> None:
    """Apply the steps that the file has not seen yet."""
    done = version(connection) or 0
    for step in steps:
        if step.number <= done:
            continue
        connection.begin()
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name VARCHAR, applied_at TIMESTAMP)"
            )
            connection.execute(step.sql)
            connection.execute("INSERT INTO migrations VALUES (?, ?, now()::TIMESTAMP)", [step.number, step.name])
            connection.commit()
        except duckdb.Error:
            connection.rollback()
            raise
