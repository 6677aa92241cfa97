"""Periods are counted back from the newest item; words that only look like one stay as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.periods import name_periods, newest_year
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import Speech


@pytest.fixture(scope="module", name="films")
def films_until_2016(tiny: Catalogue) -> Catalogue:
    years = np.minimum(tiny.numbers["year"], 2015)
    years[5], years[6] = 2016, np.nan
    year = tiny.schema.facets["year"].model_copy(update={"speech": Speech(calendar=True)})
    schema = tiny.schema.model_copy(update={"facets": {**tiny.schema.facets, "year": year}})
    return replace(tiny, schema=schema, numbers={**tiny.numbers, "year": years})


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("films from the last ten years", "films since 2006"),
        ("nothing from the past 2 decades, please", "nothing since 1996, please"),
        ("Made in the last few years", "since 2011"),
        ("of the last couple of years", "since 2014"),
        ("something from the last year", "something since 2015"),
        ("nothing older than 20 years", "nothing older than 1996"),
        ("only older than a decade", "only older than 2006"),
        ("films less than twenty five years old", "films newer than 1991"),
        ("at least thirty years old", "older than 1986"),
        ("this century only", "since 2000 only"),
        ("nothing of the last century", "nothing from before 2000"),
        ("films from this decade", "films since 2010"),
        ("from the 80s or 90s", "from 1980 to 1999"),
        ("80's/90's action", "from 1980 to 1999 action"),
        ("the Sixties through the eighties, please", "from 1960 to 1989, please"),
        ("comedies of the 90s and 00s", "comedies from 1990 to 2009"),
    ],
)
def test_a_period_becomes_years(films: Catalogue, command: str, said: str) -> None:
    assert name_periods(command, films) == said


@pytest.mark.parametrize(
    "command",
    [
        "the last ten years of a painter's life",
        "set in the last few years of the war",
        "set in the 20th century",
        "a turn of the last century drama",
        "for kids under ten years old",
        "i am over 40 years old",
        "less than two hours",
        "12 Years a Slave",
        "the last two",
        "not older than 1990",
        "the 60s or the 90s",
        "no 80s or 90s films",
        "from the 90s to the 80s",
        "films of the 1980s",
    ],
)
def test_what_is_no_period_stays(films: Catalogue, command: str) -> None:
    assert name_periods(command, films) == command


def test_without_a_calendar_nothing_is_counted(tiny: Catalogue, films: Catalogue) -> None:
    assert newest_year(films) == 2016
    unknown = replace(films, numbers={**films.numbers, "year": np.full(films.n_items, np.nan, np.float32)})
    for catalogue in (tiny, unknown):
        assert newest_year(catalogue) is None
        assert name_periods("films from the last ten years", catalogue) == "films from the last ten years"


@given(st.text(max_size=60), st.sampled_from(["from the last ", "nothing older than ", "ſince the laſt ", ""]))
def test_any_text_may_come_in(films: Catalogue, text: str, start: str) -> None:
    assert isinstance(name_periods(f"{start}{text} years", films), str)
