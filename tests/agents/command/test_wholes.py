"""Everything and all of a kind are wished; titles, and wholes of which more is said, stay word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stillroom.agents.command.wholes import name_wholes
from stillroom.data.catalogue import Catalogue


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("everything by Reedham", "films by Reedham"),
        ("Show me everything with Ada Reedham", "Show me films with Ada Reedham"),
        ("everything Reedham directed", "films by Reedham"),
        ("all books by Reedham", "books by Reedham"),
        ("all the Reedham movies", "Reedham movies"),
        ("every film by Reedham", "film by Reedham"),
        ("all Fenora bags", "Fenora bags"),
        ("all things wooden", "things wooden"),
        ("all comedies!", "comedies!"),
    ],
)
def test_a_whole_is_wished(tiny: Catalogue, command: str, said: str) -> None:
    assert name_wholes(command, tiny) == said


@pytest.mark.parametrize(
    "command",
    [
        "all comedies are out",
        "ban all comedies",
        "everything by Reedham is out",
        "no everything by Reedham",
        "all the others",
        "all my wishes",
        "not all comedies",
        "everything",
        "everything except horror",
        "all but horror films",
        "overall films",
    ],
)
def test_what_is_no_whole_wish_stays(tiny: Catalogue, command: str) -> None:
    assert name_wholes(command, tiny) == command


def test_a_title_stays(tiny: Catalogue) -> None:
    titled = replace(tiny, titles=("All the Harbours", *tiny.titles[1:]))
    assert name_wholes("All the Harbours", titled) == "All the Harbours"
    assert name_wholes("All the Harbours", tiny) == "Harbours"
