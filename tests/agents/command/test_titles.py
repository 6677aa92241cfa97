"""Titles in a list, with a noun before them or in a theme's place, and series; a shown title is one item."""

from __future__ import annotations

import pytest

from stillroom.agents.command import resolve
from stillroom.agents.requests import ShownItem
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue


@pytest.mark.parametrize(
    ("command", "reply", "edit"),
    [
        ("like Zorbed, Quarry", "wish tag = zorbed, quarry", "wish item like Zorbed\nwish item like Quarry"),
        ("like Zorbed or Quarry", "wish item like Zorbed or Quarry", "wish item like Zorbed\nwish item like Quarry"),
        ("like the film Zorbed", "wish tag = the film zorbed", "wish item like Zorbed"),
        ("similar to 12 herons", "wish tag = 12 herons", "wish item like Twelve Herons"),
        ("like terminal ii", "wish item like terminal ii", "wish item like Terminal 2: Dusk"),
        ("no star ferry", "ban item = star ferry", "ban item = Star Ferry films"),
        ("no quarry films", "ban item = quarry", "ban item = Quarry films"),
        ("not Quarry", "ban item = Quarry", "ban item = Quarry"),
        ("not #1", "ban item = #1", "ban item = Quarry"),
        ("not Star Ferry: Episode II", "ban item = Star Ferry: Episode II", "ban item = Star Ferry: Episode II"),
        ("i'd like zorbed", "wish tag = zorbed", "wish tag = zorbed"),
        ("my wife doesn't like zorbed or magic", "avoid tag = zorbed", "avoid tag = zorbed"),
        ("something like zorbed", "wish tag = zorbed", "wish item like Zorbed"),
        ("a zorbed mood", "wish tag = zorbed", "wish tag = zorbed"),
        ("like Zorbed and magic", "wish tag = zorbed and magic", "wish tag = zorbed and magic"),
        ("feels like home", "wish tag = home", "wish item like Home"),
    ],
)
def test_words_become_titles(
    command: str, reply: str, edit: str, shown: tuple[ShownItem, ...], named: Catalogue
) -> None:
    assert encode_edit(resolve(decode_edit(reply), shown, named, command).edit) == edit


def test_a_series_that_is_not_shown_is_banned_by_the_title_of_its_first_part(named: Catalogue) -> None:
    assert encode_edit(resolve(decode_edit("ban item = quarry"), (), named, "no quarry").edit) == (
        "ban item = Quarry films"
    )


def test_a_whole_title_in_other_words_is_one_item(named: Catalogue) -> None:
    found = resolve(decode_edit("ban item = quarry"), (), named, "don't show me quarry again")
    assert encode_edit(found.edit) == "ban item = Quarry"
