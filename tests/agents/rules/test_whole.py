"""The word lists say that they know a command whole only where nothing is left to understand."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, read_whole
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.preferences import Preferences, merge
from stillroom.data.schema import load_schema

WORLDS = Path(__file__).parents[3] / "data" / "worlds"
FILMS = Vocabulary.of_lists(
    load_schema(WORLDS / "films.toml"),
    {
        "genre": ["Comedy", "Horror", "Thriller", "Drama"],
        "language": ["Korean", "French"],
        "country": ["Vietnam", "United States"],
        "person": ["Tom Hanks", "Ada Stone"],
        "tag": ["romantic comedy", "zombie"],
    },
)
SHOP = Vocabulary.of_lists(
    load_schema(WORLDS / "shop.toml"),
    {
        "category": ["Dresses", "Sofas", "Shirts"],
        "colour": ["red", "green", "white"],
        "material": ["silk", "cotton", "linen", "polyester"],
        "brand": [f"Brand{number}" for number in range(101)],
    },
)


def read(command: str, vocabulary: Vocabulary) -> str | None:
    edit = read_whole(ParseRequest(command, (), Preferences()), vocabulary)
    return None if edit is None else encode_edit(edit)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("red silk dress", "wish colour = red\nwish material = silk\nwish category = Dresses"),
        ("a green sofa please", "wish colour = green\nwish category = Sofas"),
        ("Sofa", "wish category = Sofas"),
        ("i want a white shirt", "wish colour = white\nwish category = Shirts"),
        ("cotton or linen, no polyester", "wish material = cotton\nwish material = linen\nban material = polyester"),
        ("red dress under 60 dollars", "wish colour = red\nwish category = Dresses\nmust price < 60"),
    ],
)
def test_noun_phrases_of_a_shop(command: str, expected: str) -> None:
    assert read(command, SHOP) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("korean thrillers after 2000", "wish language = Korean\nwish genre = Thriller\nmust year > 2000"),
        ("french comedies", "wish language = French\nwish genre = Comedy"),
        ("tom hanks movies", "wish person = Tom Hanks"),
        ("comedies, not american", "wish genre = Comedy\nban country = United States"),
        ("newer korean films", "wish year more\nwish language = Korean"),
    ],
)
def test_noun_phrases_of_films(command: str, expected: str) -> None:
    assert read(command, FILMS) == expected


@pytest.mark.parametrize(
    "command",
    [
        "",
        "please",
        "no horror",  # nothing is wished
        "2000",  # a number of what
        "zombie",  # a theme of one word
        "zombie comedy",
        "hanks",  # half a name
        "comedies my wife would like",
        "a comedy, or rather a drama",
        "comedy > drama",
        "+comedy -drama",
        "switch to drama",
        "no horror, comedy or drama",
        "comedy, not with tom hanks and not horror",
        "is tom hanks funny",
        "actually comedy",
        "comedies, no vietnam",  # the country or the war
    ],
)
def test_anything_else_is_left_to_a_model(command: str) -> None:
    assert read(command, FILMS) is None


def test_a_value_of_a_long_list_may_be_an_everyday_word() -> None:
    assert "brand" not in SHOP.closed and "colour" in SHOP.closed
    assert read("brand7", SHOP) is None


def test_a_wish_that_would_be_lost_is_left_to_a_model() -> None:
    """The lists say nothing of comedies where they are a must already; a model may hear what was meant."""
    known = merge(Preferences(), decode_edit("must genre = Comedy")).preferences
    assert read_whole(ParseRequest("comedies", (), known), FILMS) is None
    assert read_whole(ParseRequest("dramas", (), known), FILMS) is not None
