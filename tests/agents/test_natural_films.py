"""The natural test sets are sound: they read, their golds are fixed points of merging, their parts are apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, merge

FILE = Path(__file__).parents[2] / "benchmarks" / "natural" / "films.jsonl"
SECOND, THIRD = FILE.with_name("films-second.jsonl"), FILE.with_name("films-third.jsonl")


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ROWS, SECOND_ROWS, THIRD_ROWS = _read(FILE), _read(SECOND), _read(THIRD)


@pytest.mark.parametrize("row", [*ROWS, *SECOND_ROWS, *THIRD_ROWS], ids=lambda row: str(row["id"]))
def test_a_gold_edit_merges_into_itself(row: dict[str, Any]) -> None:
    gold = Edit.from_json(row["gold"])
    outcome = merge(Preferences.from_json(row["preferences"]), gold)
    assert outcome.unknown_ids == ()
    assert outcome.edit == gold


def test_ids_and_commands_are_unique_and_feeds_are_of_ten() -> None:
    assert len({row["id"] for row in ROWS}) == len({row["command"] for row in ROWS}) == len(ROWS) >= 260
    assert {len(row["feed"]) for row in ROWS} == {10}


def test_the_second_set_is_apart_from_the_first() -> None:
    commands = [row["command"].casefold() for row in SECOND_ROWS]
    assert len(set(commands)) == len(commands) == 160
    assert not set(commands) & {row["command"].casefold() for row in ROWS}
    assert {row["part"] for row in SECOND_ROWS} == {"test"} and {len(row["feed"]) for row in SECOND_ROWS} == {10}
    assert sum(row["gold"]["verdict"] == "keep" for row in SECOND_ROWS) >= 20
    assert sum(bool(row["gold"]["retract"]) for row in SECOND_ROWS) >= 40


def test_the_third_set_is_apart_from_both_and_of_first_commands() -> None:
    commands = [row["command"].casefold() for row in THIRD_ROWS]
    assert len(set(commands)) == len(commands) == 120
    # "Hidden gems", "no subtitles" and "thanks!" are what anybody types.
    assert len(set(commands) & {row["command"].casefold() for row in [*ROWS, *SECOND_ROWS]}) <= 3
    assert {len(row["feed"]) for row in THIRD_ROWS} == {10} and not any(row["preferences"] for row in THIRD_ROWS)
    assert sum(row["gold"]["verdict"] == "keep" for row in THIRD_ROWS) >= 10


def test_both_parts_are_large_enough() -> None:
    parts = [row["part"] for row in ROWS]
    assert parts.count("dev") >= 60
    assert parts.count("test") >= 200
    assert set(parts) == {"dev", "test"}


def test_every_kind_of_edit_occurs() -> None:
    golds = [row["gold"] for row in ROWS]
    facets = {constraint["facet"] for gold in golds for constraint in gold["add"]}
    assert facets == {
        "genre", "year", "runtime", "rating", "popularity", "language", "country", "person", "tag", "item"
    }  # fmt: skip
    assert sum(gold["verdict"] == "keep" for gold in golds) >= 30
    assert sum(bool(gold["retract"]) for gold in golds) >= 40
