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
