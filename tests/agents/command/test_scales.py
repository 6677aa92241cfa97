"""What a model makes of numbers is put where it belongs: on the scale, on another facet, into themes and bans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stillroom.agents.command.exclusions import dated_as_said
from stillroom.agents.command.scales import on_scale
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import load_schema

WORLDS = Path(__file__).parents[3] / "data" / "worlds"
FILMS, SHOP = load_schema(WORLDS / "films.toml"), load_schema(WORLDS / "shop.toml")


@pytest.fixture(scope="module", name="films")
def films_with_scales(tiny: Catalogue) -> Catalogue:
    return replace(tiny, schema=FILMS)


@pytest.fixture(scope="module", name="shop")
def a_shop(tiny: Catalogue) -> Catalogue:
    facets = {name: SHOP.facets[name] for name in ("price", "rating", "tag")}
    schema = tiny.schema.model_copy(update={"facets": facets})
    return replace(
        tiny, schema=schema, numbers={"price": tiny.numbers["runtime"] * 4, "rating": tiny.numbers["rating"]}
    )


@pytest.mark.parametrize(
    ("command", "reply", "read"),
    [
        ("300 max", "must rating <= 300", "must price <= 300"),
        ("below 9.50", "must rating < 9.5", "must price < 9.5"),
        ("below 45 bucks", "must rating < 45", "must price < 45"),
        ("4 stars or better, under 60 usd", "must rating >= 4\nmust rating < 60", "must rating >= 4\nmust price < 60"),
        ("rated above 8", "must rating > 8", "must rating > 4"),
        ("score at least 80", "must rating >= 80", "must rating >= 4"),
        ("under 300 pages", "must rating < 300", "keep"),
        ("rated above 4", "must rating > 4", "must rating > 4"),
        ("under 50", "must price < 50", "must price < 50"),
    ],
)
def test_a_bound_is_where_it_fits(shop: Catalogue, command: str, reply: str, read: str) -> None:
    scaled = on_scale(decode_edit(reply), command, shop)
    assert encode_edit(scaled.edit) == read
    assert bool(scaled.notes) == (read == "keep")


@pytest.mark.parametrize(
    ("command", "reply", "read"),
    [
        ("19th century dramas", "must year >= 1990\nwish genre = Drama", "wish genre = Drama\nwish tag = 19th century"),
        ("set in the 1920s", "must year >= 1920\nmust year <= 1929", "wish tag = 1920s"),
        ("comedies set in the 80s", "must year >= 1980\nwish genre = Comedy", "wish genre = Comedy\nwish tag = 1980s"),
        ("no 18th century films", "must year < 1980", "avoid tag = 18th century"),
        ("set in the 80s, made in the 90s", "must year >= 1990", "must year >= 1990"),
        ("from the 1920s", "must year >= 1920", "must year >= 1920"),
        ("nothing from 1985", "must year < 1985", "ban year = 1985"),
        (
            "from 2000 to 2010 but not 2005",
            "must year >= 2005",
            "must year >= 2000\nmust year <= 2010\nban year = 2005",
        ),
        ("nothing from 1985 onwards", "must year < 1985", "must year < 1985"),
        ("not from the 80s", "must year < 1980", "must year < 1980"),
        ("not 1985, not before, only after", "must year > 1985", "must year > 1985"),
        ("if it's not from the 1990s, i'm not watching", "must year >= 1990", "must year >= 1990"),
        ("not before 1985", "must year >= 1985", "must year >= 1985"),
    ],
)
def test_years_are_what_the_command_means(films: Catalogue, command: str, reply: str, read: str) -> None:
    assert encode_edit(dated_as_said(decode_edit(reply), command, films)) == read


def test_a_long_exclusion_never_is_its_opposite(films: Catalogue) -> None:
    opposite = decode_edit("must year >= 1990\nmust year <= 1995")
    (bound,) = dated_as_said(opposite, "not between 1990 and 1995", films).add
    years = films.numbers["year"]
    side = "must year > 1995" if (years > 1995).sum() >= (years < 1990).sum() else "must year < 1990"
    assert encode_edit(dated_as_said(opposite, "not between 1990 and 1995", films)) == side
    assert bound.facet == "year"
