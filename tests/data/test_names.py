"""Names said loosely."""

from __future__ import annotations

import numpy as np
import pytest

from stillroom.data.names import NameIndex, normal_name

NAMES = ("Star Wars: Episode V - The Empire Strikes Back", "Star Wars", "Starman", "Léon", "Em", "M", "Star Wars")
FAME = np.array([0.8, 0.5, 0.1, 0.3, 0.2, 0.1, 0.9], dtype=np.float32)


@pytest.mark.parametrize(
    ("said", "row"),
    [("empire strikes back", 0), ("star wars", 6), ("STARMAN!", 2), ("leon", 3), ("M", 5), ("star", 6), ("wars", None)],
)
def test_the_best_known_match_wins(said: str, row: int | None) -> None:
    """Exact names first, the more famous of equals, then names begun, then names that hold the words."""
    assert NameIndex.of(NAMES, FAME).resolve(said) == row


def test_names_are_compared_in_one_form() -> None:
    """Accents, case, marks, year and article do not count."""
    assert normal_name("The Café & Bar, (1999)") == normal_name("cafe and bar") == "cafe and bar"


PEOPLE = (
    ("Agatha Christie", 0.9), ("Jane Austen", 0.8), ("J. R. R. Tolkien", 0.95), ("Ernest Hemingway", 0.7),
    ("Gabriel García Márquez", 0.99), ("Rita Golden Gelman", 0.5), ("Dave Gorman", 0.01), ("Amanda Ward", 0.85),
    ("Jean Webster", 0.2), ("Travis Wester", 0.3), ("Kevin Spacey", 0.9), ("Ada Dragon", 0.1), ("Bo Noone", 0.0),
    ("Cy Noone", 0.0), ("Di Noone", 0.0), ("Ed Noone", 0.0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("austin", "Jane Austen"),
        ("tolkein", "J. R. R. Tolkien"),
        ("hemmingway", "Ernest Hemingway"),
        ("marquz", "Gabriel García Márquez"),
        ("gelman", "Rita Golden Gelman"),
        ("agatha cristie", "Agatha Christie"),
        ("Jane Austin", "Jane Austen"),
        ("german", None),
        ("books in german", None),
        ("award", None),
        ("western", None),
        ("space", None),
        ("dragons", None),
        ("", None),
    ],
)
def test_a_misspelt_surname_is_found_and_an_everyday_word_is_nobody(said: str, name: str | None) -> None:
    """What is known of a surname's bearer decides whether a word near it is a slip of the key."""
    index = NameIndex.of(tuple(name for name, _ in PEOPLE), np.array([fame for _, fame in PEOPLE], np.float32))
    row = index.resolve(said, by_last_word=True)
    assert (None if row is None else PEOPLE[row][0]) == name
