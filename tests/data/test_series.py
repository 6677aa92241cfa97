"""A series is found by what its titles begin with; words that titles merely share are none."""

from __future__ import annotations

import pytest

from stillroom.data.series import find_series

TITLES = (
    "Rocky", "Rocky II", "Rocky Horror", "Star Ferry: Episode IV", "Star Ferry - Part One", "The Ring", "The Ring 2",
    "Ann Lee and the Stone", "Ann Lee's Return", "Beauty and the Beast", "Beauty and the Boss", "Home", "Home Alone",
    "Seven", "Seven",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "series", "parts"),
    [
        ("rocky", "Rocky", (0, 1)),
        ("STAR FERRY", "Star Ferry", (3, 4)),
        ("the ring", "The Ring", (5, 6)),
        ("ann lee", "Ann Lee", (7, 8)),
    ],
)
def test_parts_are_found_by_the_name(name: str, series: str, parts: tuple[int, ...]) -> None:
    found = find_series(name, TITLES)
    assert found is not None
    assert (found.name, found.rows) == (series, parts)


@pytest.mark.parametrize("name", ["beauty", "home", "seven", "rocky ii", "nothing", "", "the", "2001"])
def test_other_words_are_no_series(name: str) -> None:
    assert find_series(name, TITLES) is None
