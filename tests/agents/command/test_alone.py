"""A name or a title that is all of a command is a wish; words that may be anything else are left to the model."""

from __future__ import annotations

import pytest

from stillroom.agents.command.alone import named_alone
from stillroom.agents.rules import Vocabulary
from stillroom.agents.wire.edit import encode_edit
from stillroom.data.catalogue import Catalogue


@pytest.mark.parametrize(
    ("command", "edit"),
    [
        ("joan quarrel", "wish person = Joan Quarrel"),
        ("De Luca, please", "wish person = Mario De Luca"),
        ("zoe brandt", "wish person = Zoë Brandt"),
        ("Brandt", "wish person = Zoë Brandt"),
        ("will harker", "wish person = Will Harker"),
        ("young Brandt", "wish person = Zoë Brandt"),
        ("de luca and ann quill", "wish person = Mario De Luca\nwish person = Ann Quill"),
        ("the quarrel brothers", "wish person = Joan Quarrel\nwish person = Ed Quarrel"),
        ("zorbed", "wish item like Zorbed"),
        ("the lantern", "wish item like The Lantern"),
        ("12 herons please!", "wish item like Twelve Herons"),
        ("star ferry", "wish item like Star Ferry: Episode I"),
        ("all the quarry films", "wish item like Quarry"),
        ("the quarry movies", "wish item like Quarry"),
        ("James Stokes", "wish tag = james stokes"),
        ("comdey", "wish genre = Comedy"),
    ],
)
def test_a_name_alone_is_a_wish(command: str, edit: str, named: Catalogue, vocabulary: Vocabulary) -> None:
    found = named_alone(command, named, vocabulary)
    assert found is not None
    assert set(encode_edit(found).split("\n")) == set(edit.split("\n"))


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "home",
        "seen it",
        "scary tide",
        "comedy",
        "no joan quarrel",
        "not the lantern",
        "zorbed is not for me",
        "something like zorbed",
        "films with joan quarrel",
        "joan nobody",
        "thanks",
        "more films",
        "de luca or something funny",
        "",
        "...",
    ],
)
def test_other_commands_are_left_to_the_model(command: str, named: Catalogue, vocabulary: Vocabulary) -> None:
    assert named_alone(command, named, vocabulary) is None
