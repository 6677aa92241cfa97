"""The store: one DuckDB file that holds runs and their episodes.

Contract: one writer at a time; an episode is in the file whole or not at all, once, and on disk when `add_episode`
returns; a file that cannot be used is refused with one sentence and left as it was.

    with Store.open(path) as store:
        run = store.start_run(config, seed=7)
        store.add_episode(run, episode)
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

import duckdb

from stillroom.data.migrate import migrate, migrations
from stillroom.data.provenance import git_revision, package_versions
from stillroom.data.rows import COLUMNS, from_rows, sql_type, to_rows
from stillroom.data.store_file import StoreError, check, connect, first_line
from stillroom.data.trajectory import Episode, Json, Outcome

__all__ = ["EpisodeSummary", "Run", "Store", "StoreError"]

_CHUNK: Final = 200


@dataclass(frozen=True)
class Run:
    """One run: what it was started with, and how many episodes it has."""

    run_id: str
    created_at: datetime
    config: dict[str, Json]
    seed: int
    git_revision: str
    packages: dict[str, Json]
    n_episodes: int


@dataclass(frozen=True)
class EpisodeSummary:
    """One line about an episode."""

    episode_id: str
    run_id: str
    key: str
    world: str
    setting: str
    model: str
    user_id: str
    target_title: str | None
    n_rounds: int
    outcome: Outcome
    latency_ms: float


class Store:
    """An open store; close it, or use it in a `with` block. Made by `Store.open`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> Store:
        """Open the file, making it where it may; raise StoreError when it cannot be used."""
        if read_only and not path.exists():
            raise StoreError(f"{path}: there is no such store")
        steps = migrations()
        if path.exists():
            # Looked at without the right to write first, so that a file which is refused stays as it was.
            with connect(path, read_only=True) as connection:
                check(connection, path, steps[-1].number, read_only)
        connection = connect(path, read_only)
        try:
            if not read_only:
                migrate(connection, steps)
        except duckdb.Error as error:
            connection.close()
            raise StoreError(f"{path}: cannot be brought to the newest layout ({first_line(error)})") from error
        return cls(connection, path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start_run(
        self,
        config: Mapping[str, Json],
        *,
        seed: int = 0,
        run_id: str | None = None,
        unrecorded: Mapping[str, Json] = MappingProxyType({}),
    ) -> str:
        """Start a run, or go on with the one that has this id; raise StoreError if that one was set up otherwise.

        `unrecorded` is what a run that does not say is taken to have been set up with.
        """
        if run_id is not None and self.has_run(run_id, config, seed, unrecorded):
            return run_id
        now = datetime.now(UTC).replace(tzinfo=None)
        run_id = run_id or f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self._execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)",
            [run_id, now, json.dumps(dict(config)), seed, git_revision(), json.dumps(package_versions())],
        )
        return run_id

    def has_run(
        self,
        run_id: str,
        config: Mapping[str, Json],
        seed: int,
        unrecorded: Mapping[str, Json] = MappingProxyType({}),
    ) -> bool:
        """Say whether there is a run of this id; raise StoreError if it was set up otherwise (as for `start_run`)."""
        known = [run for run in self.list_runs() if run.run_id == run_id]
        for run in known:
            _check_same(run, config, seed, unrecorded)
        return bool(known)

    def adopt_run(self, run: Run) -> None:
        """Have a run of another store, without its episodes, unless it is here already; StoreError as `has_run`."""
        if not self.has_run(run.run_id, run.config, run.seed):
            row = [run.run_id, run.created_at, json.dumps(run.config), run.seed, run.git_revision]
            self._execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", [*row, json.dumps(run.packages)])

    def list_runs(self) -> tuple[Run, ...]:
        """Return every run, oldest first."""
        rows = self._execute(
            "SELECT run_id, created_at, config, seed, git_revision, packages,"
            " (SELECT count(*) FROM episodes WHERE episodes.run_id = runs.run_id)"
            " FROM runs ORDER BY created_at, run_id"
        )
        return tuple(
            Run(row[0], row[1], json.loads(row[2]), row[3], row[4], json.loads(row[5]), row[6]) for row in rows
        )

    def add_episode(self, run_id: str, episode: Episode) -> bool:
        """Write one episode in one transaction; return False, changing nothing, if the run has its key already."""
        episode_id = f"{run_id}/{episode.key}"
        rows = to_rows(run_id, episode_id, episode)
        with self._transaction("the episode could not be written"):
            if not self._one("SELECT count(*) FROM runs WHERE run_id = ?", [run_id]):
                raise StoreError(f"there is no run {run_id!r} in {self.path}")
            new = not self._one("SELECT count(*) FROM episodes WHERE episode_id = ?", [episode_id])
            for table, items in rows.items() if new else ():
                self._insert(table, items)
        return new

    @contextmanager
    def _transaction(self, failure: str) -> Iterator[None]:
        """Let all of it be written or nothing; `failure` says what a database error has prevented."""
        try:
            self._connection.begin()
            try:
                yield
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise
        except duckdb.Error as error:
            raise StoreError(f"{self.path}: {failure} ({first_line(error)})") from error

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        # One list a column, unnested side by side: several times faster than executemany.
        if rows:
            names = COLUMNS[table]
            lists = ", ".join(f"unnest(?::{sql_type(name)}[])" for name in names)
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._connection.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {lists}", columns)

    def finished_episodes(self, run_id: str) -> frozenset[str]:
        """Return the keys of the run's episodes."""
        rows = self._execute("SELECT key FROM episodes WHERE run_id = ?", [run_id])
        return frozenset(row[0] for row in rows)

    def drop_failed(self, run_id: str) -> int:
        """Forget the run's failed episodes, so that they can be run again; return how many there were."""
        failed = self._execute(
            "SELECT episode_id FROM episodes WHERE run_id = ? AND outcome = ?", [run_id, Outcome.FAILED.value]
        )
        names = [row[0] for row in failed]
        with self._transaction("failed episodes could not be dropped"):
            for table in COLUMNS if names else ():
                self._connection.execute(
                    f"DELETE FROM {table} WHERE episode_id IN (SELECT unnest(?::VARCHAR[]))", [names]
                )
        return len(names)

    def list_episodes(self, run_id: str | None = None, limit: int | None = None) -> tuple[EpisodeSummary, ...]:
        """Return one line an episode, in the order in which they were written; of one run, or of all."""
        names = tuple(EpisodeSummary.__dataclass_fields__)
        rows = self._execute(
            f"SELECT {', '.join(names)} FROM episodes WHERE run_id = coalesce(?, run_id) ORDER BY rowid LIMIT ?",
            [run_id, limit if limit is not None else 2**62],
        )
        records = (dict(zip(names, row, strict=True)) for row in rows)
        return tuple(EpisodeSummary(**{**record, "outcome": Outcome(record["outcome"])}) for record in records)

    def read_episode(self, episode_id: str) -> Episode:
        """Return one episode; its id, or the end of it if no other ends so; raise StoreError when there is none."""
        found = self._execute(
            "SELECT episode_id FROM episodes WHERE episode_id = ? OR suffix(episode_id, ?)", [episode_id, episode_id]
        )
        names = [row[0] for row in found]
        if episode_id in names:
            names = [episode_id]
        if len(names) != 1:
            problem = f"{len(names)} episodes end" if names else "no episode ends"
            raise StoreError(f"{problem} in {episode_id!r}: `stillroom traces list` names them all")
        return self._read(names)[0]

    def episodes(self, run_id: str | None = None) -> Iterator[Episode]:
        """Yield the episodes in the order in which they were written; of one run, or of all."""
        yield from self.read_episodes([summary.episode_id for summary in self.list_episodes(run_id)])

    def read_episodes(self, episode_ids: Sequence[str]) -> Iterator[Episode]:
        """Yield the episodes of these ids, in the order in which they were written."""
        for start in range(0, len(episode_ids), _CHUNK):
            yield from self._read(episode_ids[start : start + _CHUNK])

    def copy_table(self, table: str, path: Path, form: str) -> None:
        """Write one table to a file, as `parquet` or `json` (a row a line)."""
        options = "FORMAT json, ARRAY false" if form == "json" else "FORMAT parquet"
        target = str(path).replace("'", "''")
        self._execute(f"COPY (SELECT * FROM {table} ORDER BY rowid) TO '{target}' ({options})")

    def _read(self, episode_ids: Sequence[str]) -> list[Episode]:
        tables = {
            table: self._execute(
                f"SELECT {', '.join(names)} FROM {table} WHERE episode_id IN (SELECT unnest(?::VARCHAR[]))"
                f" ORDER BY {', '.join(_order(names))}",
                [list(episode_ids)],
            )
            for table, names in COLUMNS.items()
        }
        return from_rows(tables)

    def _one(self, sql: str, parameters: Sequence[Any]) -> Any:
        row = self._connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def _execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise StoreError(f"{self.path}: {first_line(error)}") from error


def _order(columns: Sequence[str]) -> list[str]:
    # Rows of one episode stand together, in the order in which things happened.
    return [name for name in ("turn", "number", "position") if name in columns] or ["rowid"]


def _check_same(run: Run, config: Mapping[str, Json], seed: int, unrecorded: Mapping[str, Json]) -> None:
    wanted: dict[str, Json] = {**json.loads(json.dumps(dict(config))), "seed": seed}
    stored: dict[str, Json] = {**unrecorded, **run.config, "seed": run.seed}
    other = sorted(name for name in wanted.keys() | stored.keys() if wanted.get(name) != stored.get(name))
    if other:
        raise StoreError(
            f"run {run.run_id!r} was started with another {' and '.join(other)}; give a new run id, or the old settings"
        )
