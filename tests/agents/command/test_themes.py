"""Themes that are nations, genres typed wrongly or people become those; all that may be a theme stays one."""

from __future__ import annotations

import pytest

from stillroom.agents.command import resolve
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue


@pytest.mark.parametrize(
    ("command", "reply", "edit"),
    [
        ("japanese but not anime", "wish tag = japanese", "wish language = Japanese"),
        ("no american films", "avoid tag = american", "avoid country = United States"),
        ("japanese gardens", "wish tag = japanese", "wish tag = japanese"),
        ("the japanese army", "wish tag = japanese army", "wish tag = japanese army"),
        ("a comdey", "wish tag = comdey", "wish genre = Comedy"),
        ("horor", "avoid tag = horor", "avoid genre = Horror"),
        ("something scarry", "wish tag = scarry", "wish tag = scary"),
        ("something nice", "wish tag = nice", "wish tag = nice"),
        ("coma", "wish tag = coma", "wish tag = coma"),
        ("like ann quill", "wish tag = ann quill", "wish person = Ann Quill"),
    ],
)
def test_a_theme_that_is_none_becomes_what_it_is(command: str, reply: str, edit: str, named: Catalogue) -> None:
    assert encode_edit(resolve(decode_edit(reply), (), named, command).edit) == edit
