"""Places in the feed: which are pointed at, by number, ordinal, group, or from the end, and how they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.rules.places import (
    MAX_NAMED,
    find_from_the_end,
    find_groups,
    find_places,
    places_beyond,
    say_places,
)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("like #2", [(2,)]),
        ("number three and no. 4", [(3,), (4,)]),
        ("the last one", [(4,)]),
        ("like the second", [(2,)]),
        ("second chances", []),
        ("the last two", [(3, 4)]),
        ("top 3", [(1, 2, 3)]),
        ("the last of it", []),
        ("films from the last two decades", []),
        ("number 90 minutes", []),
    ],
)
def test_what_points_at_places(text: str, places: list[tuple[int, ...]]) -> None:
    assert [found.places for found in find_places(text, 4)] == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Hide the LAST two", [(3, 4)]),
        ("the top 3 are dull, the last one too", [(1, 2, 3)]),
        ("the last two decades", []),
        ("the last seven", []),
        ("the last ſix", []),
        ("the fırst two", []),
    ],
)
def test_what_surely_points_at_several(text: str, places: list[tuple[int, ...]]) -> None:
    assert [found.places for found in find_groups(text, 6 if "x" in text else 4)] == places


def test_a_stretch_is_where_it_stands() -> None:
    (found,) = find_from_the_end("like the Second to last one, please", 4)
    assert (found.start, found.end, found.places) == (5, 27, (3,))
    assert find_from_the_end("the fifth from the last", 4) == []


def test_what_is_surely_beyond_what_is_shown() -> None:
    assert places_beyond("#4, #47, the 12th film and film 1984", 10) == (47, 12)


def test_places_are_said_one_by_one() -> None:
    assert say_places([3]) == "the third one"
    assert say_places(range(1, 4)) == "the first one, the second one and the third one"
    assert say_places([MAX_NAMED]) == "the tenth one"


@given(text=st.text(max_size=80) | st.from_regex(r"(?i)the (last|first) (six|five|\d)", fullmatch=True))
def test_no_text_breaks_it(text: str) -> None:
    found = [*find_places(text.lower(), 9), *find_groups(text, 9), *find_from_the_end(text, 9)]
    assert all(0 <= place.start < place.end <= len(text.lower()) for place in found)
    assert isinstance(places_beyond(text, 9), tuple)
