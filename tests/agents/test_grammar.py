"""The edit grammar: whatever it lets through decodes into constraints that the schema accepts, and gold edits pass."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillroom.agents.grammar import MAX_LINES, schema_grammar
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

K = FacetKind
SCHEMA = CatalogueSchema(
    name="tiny",
    noun="film",
    facets={
        "genre": Facet(kind=K.CATEGORICAL, values=("Comedy", "Film-Noir", "Sci-Fi (hard)", "80", "Rock & Roll")),
        "year": Facet(kind=K.NUMBER),
        "altitude": Facet(kind=K.NUMBER, minimum=-400.0),
        "popularity": Facet(kind=K.POPULARITY),
        "country": Facet(kind=K.CATEGORICAL),
        "studio": Facet(kind=K.CATEGORICAL),
        "person": Facet(kind=K.PERSON),
        "tag": Facet(kind=K.TAG),
        "item": Facet(kind=K.ITEM),
    },
)
VALUES = {"country": ("Japan", "Côte d'Ivoire"), "studio": ()}
IDS = ("c1", "c12")
GRAMMAR = schema_grammar(SCHEMA, VALUES, IDS)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.from_regex(GRAMMAR, fullmatch=True))
def test_every_match_is_an_edit_that_makes_sense(reply: str) -> None:
    edit = decode_edit(reply)
    assert all(SCHEMA.problem(constraint) is None for constraint in edit.add)
    assert set(edit.retract) <= set(IDS)
    assert len(reply.split("\n")) <= MAX_LINES
    assert re.fullmatch(GRAMMAR, encode_edit(edit))


def _line(text: str) -> bool:
    return re.fullmatch(GRAMMAR, text) is not None


@pytest.mark.parametrize(
    "reply",
    [
        "keep",
        "drop c1",
        "drop c12 c1\nmust genre = Comedy",
        "must genre = Sci-Fi (hard)",
        'ban genre = "80"',
        "must year >= 1980\nmust year <= 1989",
        "wish year less",
        "must altitude > -3.5",
        "wish popularity less",
        "must country = Côte d'Ivoire",
        "ban person = Penélope Cruz",
        "ban person = Robert Downey Jr.",
        "avoid tag = slow burn",
        "wish tag = 80s",
        "wish tag = 9/11",
        "wish tag = 007",
        'must item = "1984"',
        "wish item like 12 Angry Men",
        "wish item like #2",
        "wish item like #20",
        "wish item like the nolan one",
        "wish item like M*A*S*H",
        "wish tag = 七人の侍",
    ],
)
def test_what_gold_edits_need_is_let_through(reply: str) -> None:
    assert _line(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "keep\nkeep",
        "keep\nmust genre = Comedy",
        "drop c2",
        "must genre = Comedy\ndrop c1",
        "must genre = comedy",
        "must genre < Comedy",
        "must colour = red",
        "must year = 19x5",
        "must year = 1e9",
        "must year = -5",
        "must year = 007",
        "must year more 3",
        "must tag = violence",
        "ban item like Heat",
        "must studio = A24",
        "must popularity more",
        "wish item like #21",
        "wish item like #0",
        "wish tag = 1984",
        "wish tag = a\nb",
        "wish tag =  x",
        "wish tag = x ",
        "wish tag = <|im_end|>",
        f"wish tag = {'x' * 61}",
        "\n".join(["must genre = Comedy"] * 9),
    ],
)
def test_what_makes_no_sense_is_not(reply: str) -> None:
    assert not _line(reply)


def test_a_catalogue_value_of_any_shape_passes() -> None:
    constraint = Constraint(Polarity.NEGATIVE, Strength.HARD, "genre", Op.EQ, "Rock & Roll")
    assert _line(encode_edit(Edit.of((constraint,))))


def test_without_memory_nothing_can_be_dropped() -> None:
    assert not re.fullmatch(schema_grammar(SCHEMA, VALUES, ()), "drop c1")
