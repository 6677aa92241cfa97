"""A draft in the words of its command: what a student would copy, and nothing that means something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.rules import Vocabulary, as_said, parse_command
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.preferences import Preferences
from stillroom.data.schema import load_schema

FILMS = load_schema(Path(__file__).parents[3] / "data" / "worlds" / "films.toml")
VOCABULARY = Vocabulary.of_lists(
    FILMS,
    {
        "genre": ["Comedy", "Drama"],
        "person": ["Tom Hanks", "Amelia Stone"],
        "tag": ["robbery", "pirate", "time travel", "journey"],
    },
)
FEED = (ShownItem(1, "a", "Braveheart"), ShownItem(2, "b", "The Long Journey Home"))


def draft(command: str) -> str:
    edit = parse_command(ParseRequest(command, FEED, Preferences()), VOCABULARY)
    return encode_edit(as_said(edit, command, FEED, VOCABULARY))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("no Robberies", "avoid tag = Robberies"),
        ("more pirates, less time-travel", "wish tag = pirates"),
        ("something with tom hanks", "wish person = tom hanks"),
        ("something with HANKS in it", "wish person = HANKS"),
        ("something like the first one", "wish item like #1"),
        ("something like braveheart", "wish item like braveheart"),
        ("like Long Journey Home", "wish item like Long Journey Home"),
        # What is chosen from a list is not copied.
        ("a funny film", "wish genre = Comedy"),
    ],
)
def test_names_stand_as_the_command_writes_them(command: str, expected: str) -> None:
    assert draft(command).splitlines()[0] == expected


def test_what_the_command_does_not_write_stays_as_it_is() -> None:
    edit = decode_edit("drop c1\nwish tag = robbery\nwish person = Amelia Stone\nban item = Unshown\nmust year >= 1990")
    assert as_said(edit, "the usual", FEED, VOCABULARY) == edit


def test_a_shown_title_that_is_not_said_is_pointed_at() -> None:
    edit = decode_edit("ban item = Braveheart")
    assert encode_edit(as_said(edit, "not that one", FEED, VOCABULARY)) == "ban item = #1"
    assert encode_edit(as_said(edit, "no BRAVEHEART!", FEED, VOCABULARY)) == "ban item = BRAVEHEART"
