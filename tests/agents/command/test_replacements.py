"""A second thought takes the place of what it is the second of, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from stillroom.agents.command.exceptions import excuses
from stillroom.agents.command.replacements import read_replacement
from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, merge


def read(command: str, remembered: str, tiny: Catalogue) -> str | None:
    preferences = merge(Preferences(), decode_edit(remembered)).preferences
    edit = read_replacement(ParseRequest(command, (), preferences), Vocabulary.of_catalogue(tiny))
    return None if edit is None else encode_edit(edit)


@pytest.mark.parametrize(
    "command",
    ["actually drama", "no wait, drama", "No, a drama please", "drama instead", "make it a drama", "i meant dramas!"],
)
def test_a_value_takes_the_place_of_its_kind(tiny: Catalogue, command: str) -> None:
    remembered = "wish genre = Comedy\nban genre = Horror\nmust year >= 1990"
    assert read(command, remembered, tiny) == "drop c1\nwish genre = Drama"


def test_what_takes_the_place_of_a_must_is_one(tiny: Catalogue) -> None:
    assert read("no, dramas", "must genre = Comedy", tiny) == "drop c1\nmust genre = Drama"


@pytest.mark.parametrize(
    ("command", "remembered"),
    [
        ("actually drama", "must year >= 1990"),  # nothing of its kind
        ("actually comedy", "wish genre = Comedy"),  # the same
        ("no drama", "wish genre = Comedy"),  # a ban
        ("drama", "wish genre = Comedy"),  # one more wish
        ("actually no drama", "wish genre = Comedy"),
        ("actually something my aunt would like instead", "wish genre = Comedy"),
        ("actually, drama is fine", "wish genre = Comedy"),
    ],
)
def test_anything_else_is_left_alone(tiny: Catalogue, command: str, remembered: str) -> None:
    assert read(command, remembered, tiny) is None


def test_an_exception_to_a_ban_is_refused_in_words_and_changes_nothing(tiny: Catalogue, scripted: Any) -> None:
    held = merge(Preferences(), decode_edit("ban genre = Horror")).preferences
    assert excuses("except the funny ones", held) and excuses("unless they are old", held)
    assert not excuses("no exceptions", held) and not excuses("except comedies", Preferences())
    graph = build_feed_graph(tiny, model=scripted("ban genre = Horror", "filter\npopular\naggregate"))
    before = graph.invoke({"command": "no horror, whatever I say"})
    after = graph.invoke({**before, "command": "except the funny ones"})
    assert after["preferences"] == before["preferences"]
    assert [item.row for item in after["feed"]] == [item.row for item in before["feed"]]
    assert after["reply"] == "I cannot make exceptions: no Horror holds, or you take it back."
