"""Pointing words name what is shown or was wished for last; where neither is known, the person is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.pronouns import name_last, name_these
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, merge

LIKED = Constraint(Polarity.POSITIVE, Strength.SOFT, "item", Op.LIKE, "Amber Engines")
ACTOR = Constraint(Polarity.POSITIVE, Strength.SOFT, "person", Op.EQ, "Ada Marsh")
BANNED = Constraint(Polarity.NEGATIVE, Strength.HARD, "item", Op.EQ, "Amber Engines")


def shown(n_items: int) -> tuple[ShownItem, ...]:
    return tuple(ShownItem(place, f"i{place}", f"Title {place}") for place in range(1, n_items + 1))


def said(command: str, *wishes: Constraint, n_items: int = 4) -> ParseRequest:
    preferences = Preferences()
    for wish in wishes:
        preferences = merge(preferences, Edit.of((wish,), ())).preferences
    return ParseRequest(command, shown(n_items), preferences)


@pytest.mark.parametrize(
    "command", ["more like these", "More of those please", "omg yes more of this!", "more of them"]
)
def test_these_are_the_first_that_are_shown(command: str) -> None:
    assert name_these(command, shown(4)) == "more like the first one, the second one and the third one"
    assert name_these(command, shown(1)) == "more like the first one"
    assert name_these(command, ()) == command


@pytest.mark.parametrize("command", ["no more of these", "more of these but funny", "more like those two", "more", ""])
def test_what_are_not_these_stays(command: str) -> None:
    assert name_these(command, shown(4)) == command


@pytest.mark.parametrize(
    ("command", "wish", "read"),
    [
        ("more like that one", LIKED, "more like Amber Engines"),
        ("another one like it", LIKED, "more like Amber Engines"),
        ("not that one", LIKED, "hide Amber Engines"),
        ("seen it", LIKED, "hide Amber Engines"),
        ("i've already seen that one", LIKED, "hide Amber Engines"),
        ("not him", ACTOR, "no Ada Marsh"),
        ("without her please", ACTOR, "no Ada Marsh"),
    ],
)
def test_the_newest_wish_is_meant(tiny: Catalogue, command: str, wish: Constraint, read: str) -> None:
    assert name_last(said(command, wish), tiny.schema) == read


@pytest.mark.parametrize(
    ("command", "wishes"),
    [
        ("not that one", ()),
        ("another one like it", (ACTOR,)),
        ("not him", (LIKED,)),
        ("seen it", (LIKED, ACTOR)),
        ("not that one", (BANNED,)),
        ("not like those two", (LIKED,)),
    ],
)
def test_who_points_at_nothing_is_asked(tiny: Catalogue, command: str, wishes: tuple[Constraint, ...]) -> None:
    assert name_last(said(command, *wishes), tiny.schema) is None


def test_the_only_item_is_meant(tiny: Catalogue) -> None:
    assert name_last(said("seen it", n_items=1), tiny.schema) == "hide Title 1"


@pytest.mark.parametrize(
    "command", ["something like It and Carrie", "drop it", "forget it", "not the second one", "comedies", ""]
)
def test_other_commands_stay(tiny: Catalogue, command: str) -> None:
    assert name_last(said(command, LIKED), tiny.schema) == command


@given(st.text(max_size=60))
def test_any_text_may_come_in(tiny: Catalogue, text: str) -> None:
    assert name_last(said(text), tiny.schema) in (text, None)
