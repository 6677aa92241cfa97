"""Undoing: how many changes a command takes back, and what says that nothing was meant."""

from __future__ import annotations

import pytest

from stillroom.agents.command.undo import is_called_off, n_undone


@pytest.mark.parametrize(
    ("command", "n_changes"),
    [
        ("undo", 1),
        ("Undo that, please", 1),
        ("undo that last one", 1),
        ("ctrl z", 1),
        ("oops, go back", 1),
        ("please undo the last two changes", 2),
        ("cancel the last 3 things i said", 3),
        ("no, undo the last two", 2),
        ("oops, cancel the last 2 things", 2),
        ("undo the horror ban", 0),
        ("forget the last two films", 0),
        ("undo the last two changes and show dramas", 0),
        ("", 0),
    ],
)
def test_how_many_changes_are_taken_back(command: str, n_changes: int) -> None:
    assert n_undone(command) == n_changes


@pytest.mark.parametrize(
    ("command", "off"), [("never mind", True), ("Oh, never mind that.", True), ("mind games", False)]
)
def test_what_is_called_off(command: str, off: bool) -> None:
    assert is_called_off(command) is off
