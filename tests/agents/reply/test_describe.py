"""Constraints in a person's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.agents.reply import describe_all, describe_constraint
from stillroom.agents.wire.edit import decode_constraint
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.schema import OPS, CatalogueSchema, Facet, FacetKind, Speech, load_schema

SHELF = CatalogueSchema(
    name="shelf",
    facets={
        "price": Facet(kind=FacetKind.NUMBER, unit="euros"),
        "weight": Facet(kind=FacetKind.NUMBER, unit="kg"),
        "area": Facet(kind=FacetKind.NUMBER, unit="square metres"),
        "width": Facet(kind=FacetKind.NUMBER, unit="cm"),
        "height": Facet(kind=FacetKind.NUMBER, unit="cm"),
        "rank": Facet(kind=FacetKind.NUMBER),
        "made": Facet(kind=FacetKind.NUMBER, speech=Speech(calendar=True)),
    },
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("must genre = Comedy", "only Comedy"),
        ("wish genre = Comedy", "Comedy if possible"),
        ("ban genre = Horror", "no Horror"),
        ("avoid tag = violence", "less violence"),
        ("must runtime < 120", "under 120 minutes"),
        ("wish runtime = 90", "about 90 minutes if possible"),
        ("must year >= 1980", "from 1980"),
        ("ban year = 1999", "not in 1999"),
        ("must rating >= 3.5", "at least 3.5 stars"),
        ("wish runtime less", "shorter"),
        ("wish year more", "newer"),
        ("wish popularity less", "less well known"),
        ("wish item like Amber Orchards", "like Amber Orchards"),
        ("avoid item like Amber Orchards", "nothing like Amber Orchards"),
        ("wish depth more", "more depth"),
        ("must depth < 5", "depth under 5"),
        ("wish price less", "cheaper"),
        ("must price < 50", "under 50 dollars"),
        ("must price < 1", "under 1 dollar"),
        ("must rating >= 1", "at least 1 star"),
    ],
)
def test_a_constraint_reads_as_a_person_would_say_it(line: str, words: str) -> None:
    assert describe_constraint(decode_constraint(line)) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("must price < 100", "under 100 euros"),
        ("must price < 1", "under 1 euro"),
        ("must price <= 68.99", "at most 68.99 euros"),
        ("must weight < 5", "under 5 kg"),
        ("must weight < 1", "under 1 kg"),
        ("must area >= 1", "at least 1 square metre"),
        ("must width < 50", "width under 50 cm"),
        ("must rank < 3", "rank under 3"),
        ("must made >= 1980", "from 1980"),
        ("wish made less", "older"),
        ("wish price less", "cheaper"),
    ],
)
def test_a_number_has_the_unit_that_its_schema_says(line: str, words: str) -> None:
    assert describe_constraint(decode_constraint(line), SHELF) == words
    assert describe_all((decode_constraint(line),), SHELF) == words


@pytest.mark.parametrize("world", ["films", "books", "shop"])
def test_shipped_worlds_read_the_same_with_and_without_their_schema(world: str) -> None:
    schema = load_schema(Path(__file__).parents[3] / "data" / "worlds" / f"{world}.toml")
    for facet in schema.of_kind(FacetKind.NUMBER):
        for op in sorted(OPS[FacetKind.NUMBER]):
            constraint = Constraint(Polarity.POSITIVE, Strength.HARD, facet.name, op, None if op.is_relative else 7)
            assert describe_constraint(constraint, schema) == describe_constraint(constraint)


def test_several_are_one_phrase() -> None:
    lines = (decode_constraint("must genre = Comedy"), decode_constraint("ban genre = Horror"))
    assert describe_all(lines) == "only Comedy; no Horror"


@pytest.mark.parametrize("kind", list(FacetKind))
def test_every_kind_of_constraint_has_words(kind: FacetKind) -> None:
    for op in OPS[kind]:
        is_bare = kind is FacetKind.POPULARITY or (kind is FacetKind.NUMBER and op.is_relative)
        value = None if is_bare else 7 if kind is FacetKind.NUMBER else "x"
        for polarity in Polarity:
            for strength in Strength:
                assert describe_constraint(Constraint(polarity, strength, "some", op, value).canonical())


def test_a_relative_wish_with_a_number_has_words_too() -> None:
    constraint = Constraint(Polarity.POSITIVE, Strength.SOFT, "runtime", Op.MORE, 5)
    assert describe_constraint(constraint)
