"""A permission takes back what stands against a thing and changes nothing else; what forbids for good bans."""

from __future__ import annotations

from typing import Any

import pytest

from stillroom.agents.command.permissions import read_permission
from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP
from stillroom.data.preferences import Preferences, merge


def held(reply: str) -> Preferences:
    return merge(Preferences(), decode_edit(reply)).preferences


@pytest.mark.parametrize(
    ("command", "things", "rest"),
    [
        ("i don't mind horror", ("horror",), ""),
        ("Horror is ok too.", ("horror",), ""),
        ("gore doesn't bother me at all", ("gore",), ""),
        ("I'm fine with a bit of violence", ("violence",), ""),
        ("i dont hate romance", ("romance",), ""),
        ("over 2 hours is fine", ("over 2 hours",), ""),
        ("it doesn't have to be a comedy", ("comedy",), ""),
        ("not just action", ("action",), ""),
        ("prefer linen but cotton's ok", ("cotton",), "prefer linen"),
        ("horror is fine but no gore", ("horror",), "no gore"),
    ],
)
def test_what_is_permitted(command: str, things: tuple[str, ...], rest: str) -> None:
    permission = read_permission(command)
    assert permission is not None and (permission.things, permission.rest) == (things, rest)


@pytest.mark.parametrize(
    "command",
    [
        "under 2 hours is fine",
        "90 minutes is fine",
        "the first one is fine",
        "that's fine",
        "any year is fine",
        "is horror fine?",
        "Dune is fine, drop the rest",
        "a comedy would be fine",
        "I wouldn't mind a western",
        "gore is fine as long as it's short",
        "I don't mind gore, sex and swearing",
        "it needn't be drama, i'd like thrillers",
        "crime is ok, murder isn't",
        "not only that",
        "I never said that",
        "I never said no comedy",
        "Life is Beautiful",
    ],
)
def test_what_permits_nothing(command: str) -> None:
    assert read_permission(command) is None


@pytest.mark.parametrize(
    ("command", "remembered", "edit"),
    [
        ("horror is fine", "ban genre = Horror\nban genre = Drama", "drop c1"),
        ("horror is fine", "wish genre = Horror\nban genre = Drama", "keep"),
        ("i don't mind zombies", "avoid tag = zombie", "drop c1"),
        ("over 2 hours is fine", "must runtime <= 100\nmust year >= 1990", "drop c1"),
        ("not only comedies", "must genre = Comedy", "drop c1"),
        ("not necessarily a comedy", "wish genre = Drama", "keep"),
        ("I never said comedy", "wish genre = Comedy", "drop c1"),
        ("I never said comedy", "wish genre = Drama", "keep"),
    ],
)
def test_only_what_stands_against_it_is_taken_back(
    tiny: Catalogue, scripted: Any, command: str, remembered: str, edit: str
) -> None:
    parsed = Parser(scripted(), tiny)(ParseRequest(command, (), held(remembered)))
    assert encode_edit(parsed.edit) == edit


def test_what_is_said_beside_it_is_put_to_the_model(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("wish tag = cosy endings")
    parsed = Parser(model, tiny)(ParseRequest("prefer cosy endings but horror's ok", (), held("ban genre = Horror")))
    assert encode_edit(parsed.edit) == "drop c1\nwish tag = cosy endings"
    assert parsed.edit != KEEP and "> prefer cosy endings" in model.asked[0][-1].text


@pytest.mark.parametrize(
    ("command", "edit"),
    [
        ("no horror at all", "drop c1\nban genre = Horror"),
        ("horror is out actually", "drop c1\nban genre = Horror"),
        ("not horror", "drop c1\nban genre = Horror"),
        ("no need for horror", "drop c1"),
        ("no drama at all", "drop c1"),
    ],
)
def test_what_is_forbidden_for_good_is_banned(tiny: Catalogue, scripted: Any, command: str, edit: str) -> None:
    parsed = Parser(scripted("drop c1"), tiny)(ParseRequest(command, (), held("wish genre = Horror")))
    assert encode_edit(parsed.edit) == edit


@pytest.mark.parametrize(
    "command", ["it doesn't have to be drama any longer", "need not be a drama", "doesnt need to be drama"]
)
def test_what_need_not_be_is_wished_no_more(tiny: Catalogue, scripted: Any, command: str) -> None:
    remembered = "wish genre = Drama\nban genre = Horror"
    assert encode_edit(Parser(scripted(), tiny)(ParseRequest(command, (), held(remembered))).edit) == "drop c1"
