"""The rules in other worlds than films: prices by sign and unit, comparatives and names by the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.wire.edit import decode_constraint, encode_edit
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.schema import load_schema

WORLDS = Path(__file__).parents[2] / "data" / "worlds"
SHOP = Vocabulary.of_lists(
    load_schema(WORLDS / "shop.toml"),
    {
        "category": ["Tables", "Lamps", "Sofas"],
        "brand": ["Norvik", "Halden"],
        "colour": ["red", "black", "grey"],
        "material": ["oak", "leather"],
        "tag": ["foldable", "rustic"],
    },
    titles=["Norvik Alba oak side table"],
)
BOOKS = Vocabulary.of_lists(
    load_schema(WORLDS / "books.toml"),
    {"author": ["Stephen King", "Jane Austen"], "publisher": ["Penguin", "Vintage"]},
    titles=["Emma"],
)


def read(command: str, vocabulary: Vocabulary, *remembered: str) -> str:
    """Return the edit in the wire format."""
    pairs = [line.split(" ", 1) for line in remembered]
    preferences = Preferences.from_json([Remembered(name, decode_constraint(rest)).to_json() for name, rest in pairs])
    feed = (ShownItem(1, "a", "Halden Bria lamp"), ShownItem(2, "b", "Norvik Alba oak side table"))
    return encode_edit(parse_command(ParseRequest(command, feed, preferences), vocabulary))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("under $50", "must price < 50"),
        ("under fifty dollars", "must price < 50"),
        ("cheaper than 50 bucks", "must price < 50"),
        ("at most $1,200", "must price <= 1200"),
        ("nothing more expensive than 80 dollars", "must price <= 80"),
        ("nothing cheaper than $20", "must price >= 20"),
        ("between $20 and $40", "must price >= 20\nmust price <= 40"),
        ("20 to 40 dollars", "must price >= 20\nmust price <= 40"),
        ("around 30 bucks", "wish price = 30"),
        ("cheaper", "wish price less"),
        ("too expensive", "wish price less"),
        ("something pricier", "wish price more"),
        ("a couch please", "wish category = Sofas"),
        ("no lamps", "ban category = Lamps"),
        ("only Norvik", "must brand = Norvik"),
        ("something in gray", "wish colour = grey"),
        ("no leather", "ban material = leather"),
        ("at least 4 stars", "must rating >= 4"),
        ("like the second one", "wish item like Norvik Alba oak side table"),
    ],
)
def test_a_shopper_is_read(command: str, expected: str) -> None:
    assert read(command, SHOP) == expected


@pytest.mark.parametrize(
    ("command", "remembered", "expected"),
    [
        ("forget the brand", ("c1 wish brand = Norvik",), "drop c1"),
        ("any colour is fine", ("c1 wish colour = red", "c2 wish brand = Norvik"), "drop c1"),
        ("leather is fine again", ("c1 ban material = leather",), "drop c1"),
        ("forget the budget", ("c1 must price <= 50",), "drop c1"),
    ],
)
def test_a_shopper_takes_things_back(command: str, remembered: tuple[str, ...], expected: str) -> None:
    assert read(command, SHOP, *remembered) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("something by Stephen King", "wish author = Stephen King"),
        ("no king", "ban author = Stephen King"),
        ("only Penguin", "must publisher = Penguin"),
        ("before 1980", "must year < 1980"),
        ("from the 90s", "must year >= 1990\nmust year <= 1999"),
        ("bestsellers", "wish popularity more"),
        ("shorter", "keep"),
        ("under two hours", "keep"),
        ("less violent", "keep"),
    ],
)
def test_a_reader_is_read_and_nothing_is_read_that_books_lack(command: str, expected: str) -> None:
    assert read(command, BOOKS) == expected
