"""What is said in a person's place: parts of names, stages, siblings, lists, and items and characters that are none."""

from __future__ import annotations

import pytest

from stillroom.agents.command import resolve
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue


@pytest.mark.parametrize(
    ("command", "reply", "edit"),
    [
        ("de luca", "wish person = de luca", "wish person = Mario De Luca"),
        ("early Brandt", "wish person = early Brandt", "wish person = Zoë Brandt"),
        ("zoe brandt", "ban person = zoe brandt", "ban person = Zoë Brandt"),
        ("will harkr", "wish person = will harkr", "wish person = Will Harker"),
        ("will hacker", "wish person = will hacker", "wish person = Will Harker"),
        ("will harlow", "wish person = will harlow", "wish person = will harlow"),
        ("no Quarrel brothers", "ban person = Quarrel", "ban person = Joan Quarrel\nban person = Ed Quarrel"),
        ("only the Quarrel sisters", "must person = Quarrel sisters", "must person = Joan Quarrel"),
        ("brandt, quill or nobody", "wish person = brandt, quill or nobody",
         "wish person = Zoë Brandt\nwish person = Ann Quill\nwish person = nobody"),
        ("only quill or brandt", "must person = quill or brandt", "wish person = Ann Quill\nwish person = Zoë Brandt"),
        ("brandt but not Zorbed", "ban person = Zorbed", "ban item = Zorbed"),
        ("by 12 herons", "must person = 12 herons", "wish item like Twelve Herons"),
        ("no more star ferry", "ban person = star ferry", "ban item = Star Ferry films"),
        ("no more quarry films", "ban person = quarry", "ban item = Quarry films"),
        ("ann quill comedies", "wish person = ann quill comedies", "wish person = Ann Quill\nwish genre = Comedy"),
        ("a Stokes film", "wish person = Stokes", "wish tag = james stokes"),
        ("with Rudy Stokes", "wish person = Rudy Stokes", "wish person = Rudy Stokes"),
        ("with Nobody Atall", "must person = Nobody Atall", "must person = Nobody Atall"),
    ],
)  # fmt: skip
def test_words_in_a_persons_place_become_what_they_mean(command: str, reply: str, edit: str, named: Catalogue) -> None:
    assert set(encode_edit(resolve(decode_edit(reply), (), named, command).edit).split("\n")) == set(edit.split("\n"))
