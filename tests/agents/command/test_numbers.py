"""Amounts, lengths, scores, years and ages are said as the catalogue holds them; what reads otherwise stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.numbers import name_numbers
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import Facet, load_schema

WORLDS = Path(__file__).parents[3] / "data" / "worlds"
FILMS, SHOP = load_schema(WORLDS / "films.toml"), load_schema(WORLDS / "shop.toml")


def _with(tiny: Catalogue, facets: dict[str, Facet]) -> Catalogue:
    return replace(tiny, schema=tiny.schema.model_copy(update={"facets": facets}))


@pytest.fixture(scope="module", name="films")
def films_until_2016(tiny: Catalogue) -> Catalogue:
    years = np.minimum(tiny.numbers["year"], 2015)
    years[5] = 2016
    facets = {
        name: facet.model_copy(
            update={"speech": FILMS.facets[name].speech, "unit": FILMS.facets[name].unit}
            | {"maximum": FILMS.facets[name].maximum}
        )
        for name, facet in tiny.schema.facets.items()
    }
    return replace(_with(tiny, facets), numbers={**tiny.numbers, "year": years})


@pytest.fixture(scope="module", name="shop")
def a_shop(tiny: Catalogue) -> Catalogue:
    facets = {name: SHOP.facets[name] for name in ("price", "rating", "tag")}
    shop = _with(tiny, facets)
    return replace(shop, numbers={"price": tiny.numbers["runtime"], "rating": tiny.numbers["rating"]})


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("under forty", "under 40 dollars"),
        ("under seventy bucks", "under 70 bucks"),
        ("eighty max", "80 dollars max"),
        ("at most a hundred and fifty", "at most 150 dollars"),
        ("one hundred and twenty dollars or less", "120 dollars or less"),
        ("two thousand five hundred tops", "2500 dollars tops"),
        ("between twenty and thirty", "between 20 and 30 dollars"),
        ("twenty to thirty dollars", "between 20 and 30 dollars"),
        ("20-30 dollars", "20 to 30 dollars"),
        ("under 49,99", "under 49.99"),
        ("under $1,000", "under $1000"),
        ("$2,499.00 max", "$2499 max"),
        ("under 1k", "under 1000 dollars"),
        ("$1.5k max", "$1500 max"),
        ("what do you have for a tenner", "what do you have at most 10 dollars"),
        ("over four stars and under forty dollars", "over four stars and under 40 dollars"),
        ("gifts for eight year olds under thirty", "gifts for children under 30 dollars"),
        ("running shoes, size 42", "running shoes"),
        ("shoes in size 10.5 under 100", "shoes under 100"),
        ("toys for 8 year olds under 25", "toys for children under 25"),
    ],
)
def test_an_amount_is_in_digits_with_its_unit(shop: Catalogue, command: str, said: str) -> None:
    assert name_numbers(command, shop) == said


@pytest.mark.parametrize(
    "command",
    [
        "the second one",
        "one of these",
        "like Seven",
        "Twelve Monkeys poster",
        "a table for six",
        "chairs for twelve people",
        "at least four stars",
        "at least four",
        "4k tv under 500",
        "a hundred colours",
        "toys for kids under 10",
        "a pack of ten",
        "under 40",
        "size matters",
        'like "under forty"',
    ],
)
def test_what_is_no_amount_stays(shop: Catalogue, command: str) -> None:
    assert name_numbers(command, shop) == command


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("less than an hour", "less than 60 minutes"),
        ("an hour or so", "around 60 minutes"),
        ("an hour tops", "60 minutes tops"),
        ("I only have an hour", "I only have 60 minutes"),
        ("half an hour", "around 30 minutes"),
        ("two to three hours", "between 120 and 180 minutes"),
        ("between 1 and 2 hours", "between 60 and 120 minutes"),
        ("hour and a half to two hours", "between 90 and 120 minutes"),
        ("hour and a half or less", "90 minutes or less"),
        ("90 min", "around 90 minutes"),
        ("exactly 2 hours", "around 120 minutes"),
        ("8/10 or better", "at least 4 stars"),
        ("at least 7 out of 10", "at least 3.5 stars"),
        ("imdb 7+", "rated at least 3.5 stars"),
        ("at least 7.5 on imdb", "rated at least 3.75 stars"),
        ("rating at least 80%", "rating at least 4 stars"),
        ("rotten tomatoes above 85%", "rated above 4.25 stars"),
        ("late 80s", "from 1985 to 1989"),
        ("mid-fifties western", "from 1953 to 1957 western"),
        ("early to mid 90s", "from 1990 to 1997"),
        ("from the late 70s or early 80s", "from 1975 to 1984"),
        ("before the late 80s", "before 1985"),
        ("nothing after the early 70s", "nothing after 1974"),
        ("older than the late 60s", "older than 1965"),
        ("early 90s onwards", "since 1990"),
        ("after 2000 but before 2010", "from 2001 to 2009"),
        ("before 2010 but after 2000", "from 2001 to 2009"),
        ("20th century classics", "classics from before 2000"),
        ("21st century films", "films since 2000"),
        ("films from the interwar period", "films from 1919 to 1938"),
        ("post-war films", "films from 1946 to 1959"),
        ("nothing before the second world war", "nothing before 1939"),
        ("turn of the century", "from 1998 to 2002"),
        ("this year's releases", "releases from 2016"),
        ("last 10 years", "from the last 10 years"),
        ("films last decade", "from the last decade"),
        ("before i was born, i'm 19", "before 1997"),
        ("I was born in 1978, before that", "before 1978"),
        ("suitable for a 6 year old", "suitable for children"),
        ("for my 70 year old mum", "for my mum"),
        ("i have to get up at 6 so keep it short", "i have to get up so keep it short"),
        ("a comedy under 300 pages", "a comedy"),
    ],
)
def test_lengths_scores_and_years_are_said_in_numbers(films: Catalogue, command: str, said: str) -> None:
    assert name_numbers(command, films) == said


@pytest.mark.parametrize(
    "command",
    [
        "an hour and a half tops",
        "under 1 hour 20",
        "2.5 hours",
        "An Hour to Kill",
        "like One Hour Photo",
        "a film about an hour in the life of a man",
        "i have exactly two hours",
        "48 hours",
        "9/11 documentaries",
        "7 out of 10 films are boring",
        "100% funny",
        "rated 4.5/5 or more",
        "not the late 80s",
        "set in the late 80s",
        "women in their late 20s",
        "early works of hitchcock",
        "20th century fox",
        "a drama set at the turn of the century",
        "what happened after world war ii",
        "post-war germany",
        "The Last Decade",
        "i'm 30",
        "not after 1990 but before 2000",
        "a film about a 12 year old boy",
        "12 Years a Slave",
        "The 40 Year Old Virgin",
        "starting from 2000",
        "under 90 minutes",
    ],
)
def test_what_reads_otherwise_stays(films: Catalogue, command: str) -> None:
    assert name_numbers(command, films) == command


def test_a_catalogue_without_such_facets_has_no_such_numbers(shop: Catalogue, films: Catalogue) -> None:
    for command in ("less than an hour", "late 80s", "before the second world war"):
        assert name_numbers(command, shop) == command
    assert name_numbers("under forty", films) == "under forty"


@given(st.text(max_size=40), st.sampled_from(["under forty ", "late 80s ", "8/10 or ", "for a 6 year old ", ""]))
def test_any_text_may_come_in(films: Catalogue, shop: Catalogue, text: str, start: str) -> None:
    for catalogue in (films, shop):
        assert isinstance(name_numbers(f"{start}{text}", catalogue), str)
