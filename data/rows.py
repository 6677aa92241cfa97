"""Episodes as rows of the store's tables, and back.

Contract: `to_rows` gives every table its columns in the order of COLUMNS; `from_rows` is its exact inverse, but for
lone surrogates (bytes that were never text), which no database keeps as text and which become `?`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from stillroom.data.trajectory import Episode

Row = tuple[Any, ...]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "episodes": (
        "episode_id", "run_id", "key", "world", "setting", "model", "user", "user_id", "split", "target_id",
        "target_title", "seed", "started_at", "latency_ms", "outcome", "error", "n_rounds", "history", "state",
    ),
    "turns": (
        "episode_id", "number", "command", "reply", "feed_shown", "feed", "preferences_before", "preferences_after",
        "edit_said", "edit_proposed", "edit_effective", "gold_said", "gold_edit", "plan", "fallbacks", "act",
        "wording_ids", "latency_ms", "state", "alternatives",
    ),
    "calls": (
        "episode_id", "turn", "position", "node", "model", "reply", "messages", "n_tokens_in", "n_tokens_out",
        "latency_ms", "adapter", "prompt_profile", "prompt_hash", "sampling", "finish_reason", "candidates", "error",
    ),
    "tool_calls": ("episode_id", "turn", "position", "tool", "argument", "outcome", "error", "latency_ms"),
    "scores": ("episode_id", "position", "name", "value"),
}  # fmt: skip
_JSON: Final = frozenset(
    {
        "history", "state", "feed_shown", "feed", "preferences_before", "preferences_after", "edit_said",
        "edit_proposed", "edit_effective", "gold_said", "gold_edit", "plan", "fallbacks", "wording_ids", "messages",
        "sampling", "candidates", "alternatives",
    }
)  # fmt: skip
_INTEGERS: Final = frozenset({"seed", "n_rounds", "number", "turn", "position", "n_tokens_in", "n_tokens_out"})
_DOUBLES: Final = frozenset({"latency_ms", "value"})


def sql_type(column: str) -> str:
    """Return the SQL type of a column."""
    if column in _JSON:
        return "JSON"
    return "BIGINT" if column in _INTEGERS else "DOUBLE" if column in _DOUBLES else "VARCHAR"


def to_rows(run_id: str, episode_id: str, episode: Episode) -> dict[str, list[Row]]:
    """Return the rows of one episode by table; JSON columns as text."""
    record = episode.to_json()
    record |= {"episode_id": episode_id, "run_id": run_id, "n_rounds": episode.n_rounds}
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    rows["episodes"].append(_row("episodes", record))
    for turn in record["turns"]:
        rows["turns"].append(_row("turns", turn | {"episode_id": episode_id}))
        for table in ("calls", "tool_calls"):
            for position, item in enumerate(turn[table]):
                place = {"episode_id": episode_id, "turn": turn["number"], "position": position}
                rows[table].append(_row(table, item | place))
    for position, score in enumerate(record["scores"]):
        rows["scores"].append(_row("scores", score | {"episode_id": episode_id, "position": position}))
    return rows


def _row(table: str, record: Mapping[str, Any]) -> Row:
    return tuple(_cell(name, record[name]) for name in COLUMNS[table])


def _cell(column: str, value: Any) -> Any:
    if column in _JSON and value is not None:
        value = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def from_rows(tables: Mapping[str, Sequence[Row]]) -> list[Episode]:
    """Return the episodes in the order of their rows; each table's rows in the order of COLUMNS."""
    turns: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_turn: dict[tuple[str, int], dict[str, Any]] = {}
    for record in _records("turns", tables["turns"]):
        record |= {"calls": [], "tool_calls": []}
        turns[record["episode_id"]].append(record)
        by_turn[record["episode_id"], record["number"]] = record
    for table in ("calls", "tool_calls"):
        for record in _records(table, tables[table]):
            by_turn[record["episode_id"], record["turn"]][table].append(record)
    scores: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in _records("scores", tables["scores"]):
        scores[record["episode_id"]].append(record)
    return [
        Episode.from_json(record | {"turns": turns[record["episode_id"]], "scores": scores[record["episode_id"]]})
        for record in _records("episodes", tables["episodes"])
    ]


def _records(table: str, rows: Iterable[Row]) -> Iterable[dict[str, Any]]:
    for row in rows:
        pairs = zip(COLUMNS[table], row, strict=True)
        yield {name: json.loads(cell) if name in _JSON and cell is not None else cell for name, cell in pairs}
