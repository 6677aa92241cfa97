"""The hand-written table of conflicts: what memory holds before and after one command."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from stillroom.agents.wire.edit import decode_constraint, encode_constraint
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, Remembered, merge

TABLE = Path(__file__).with_name("conflicts.toml")
CONFLICTS: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["conflict"]


def remembered(lines: list[str]) -> Preferences:
    """Read lines such as `c1 wish genre = Comedy`."""
    pairs = [line.split(" ", 1) for line in lines]
    return Preferences.from_json([Remembered(name, decode_constraint(rest)).to_json() for name, rest in pairs])


def test_the_table_has_at_least_sixty_rows_of_different_names() -> None:
    assert len({row["name"] for row in CONFLICTS}) == len(CONFLICTS) >= 60


@pytest.mark.parametrize("row", CONFLICTS, ids=lambda row: row["name"])
def test_a_conflict_is_resolved_by_what_was_just_said(row: dict[str, Any]) -> None:
    edit = Edit.of(tuple(decode_constraint(line) for line in row["say"]), tuple(row["drop"]))
    outcome = merge(remembered(row["before"]), edit)
    after = [f"{item.id} {encode_constraint(item.constraint)}" for item in outcome.preferences.remembered]
    assert after == row["after"]
    again = merge(remembered(row["before"]), outcome.edit)
    assert again.edit == outcome.edit
    assert again.preferences == outcome.preferences
    assert again.unknown_ids == ()
