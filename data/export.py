"""The store as files for other tools: a table a file (Parquet or JSON lines), and whole episodes as JSON lines."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Final

from stillroom.data.rows import COLUMNS
from stillroom.data.store import Store, StoreError


class ExportForm(StrEnum):
    """How the files are written."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    EPISODES = "episodes"


TABLES: Final = ("runs", *COLUMNS)


def export_store(store: Store, folder: Path, form: ExportForm, run_id: str | None = None) -> tuple[Path, ...]:
    """Write the store into a folder and return the files; `run_id` narrows whole episodes to one run.

    Each file appears under its name only when it is whole.
    """
    if run_id is not None and form is not ExportForm.EPISODES:
        raise StoreError(f"{form.value} exports whole tables; choose the form 'episodes' to export one run")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if form is ExportForm.EPISODES:
            return (_write_episodes(store, folder / "episodes.jsonl", run_id),)
        return tuple(_write_table(store, table, folder / f"{table}.{form.value}", form) for table in TABLES)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror})") from error


def _write_table(store: Store, table: str, path: Path, form: ExportForm) -> Path:
    part = path.with_suffix(".part")
    store.copy_table(table, part, "json" if form is ExportForm.JSONL else "parquet")
    return part.replace(path)


def _write_episodes(store: Store, path: Path, run_id: str | None) -> Path:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        for episode in store.episodes(run_id):
            file.write(json.dumps(episode.to_json(), ensure_ascii=False) + "\n")
    return part.replace(path)
