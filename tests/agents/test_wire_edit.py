"""The student's wire format: exact round trips, and one documented error for everything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.wire.edit import WireError, decode_edit, encode_edit
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import KEEP, Edit

TEXTS = st.text(min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)
ODD_TEXTS = st.sampled_from(
    [
        "1984",
        "-0",
        "1e+22",
        '"',
        '""',
        '"a',
        'a"',
        "keep",
        "drop c1",
        "must genre = x",
        "#2",
        "=",
        "1.50",
        "ﬁ",
        "\u202e",
    ]
)
NUMBERS = st.one_of(st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.one_of(TEXTS, ODD_TEXTS, NUMBERS, st.none())
FACETS = st.sampled_from(["genre", "year", "tag", "item", "länge", "x_1"])
CONSTRAINTS = st.builds(
    Constraint, st.sampled_from(Polarity), st.sampled_from(Strength), FACETS, st.sampled_from(Op), VALUES
)
IDS = st.lists(st.integers(1, 999).map(lambda number: f"c{number}"), max_size=4, unique=True).map(tuple)
EDITS = st.builds(Edit.of, st.lists(CONSTRAINTS, max_size=4).map(tuple), IDS)


@given(EDITS)
def test_an_edit_round_trips_through_the_wire(edit: Edit) -> None:
    again = decode_edit(encode_edit(edit))
    assert again == edit
    assert [type(constraint.value) for constraint in again.add] == [type(constraint.value) for constraint in edit.add]


@given(EDITS)
def test_an_edit_round_trips_through_json(edit: Edit) -> None:
    assert Edit.from_json(json.loads(json.dumps(edit.to_json()))) == edit


@given(
    st.one_of(st.text(max_size=80), st.from_regex(r"(must|wish|drop|keep)[ a-z0-9=<>.e+\"\n-]{0,30}", fullmatch=True))
)
def test_any_reply_is_read_or_refused_with_the_documented_error(reply: str) -> None:
    try:
        edit = decode_edit(reply)
    except WireError as error:
        assert "\n" not in str(error)
    else:
        assert decode_edit(encode_edit(edit)) == edit


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("keep", KEEP),
        ("drop c1 c3", Edit.of(retract=("c1", "c3"))),
        ("drop c2 c2", Edit.of(retract=("c2",))),
        ("must genre = Sci-Fi", Edit.of((Constraint(Polarity.POSITIVE, Strength.HARD, "genre", Op.EQ, "Sci-Fi"),))),
        ("avoid tag = gore", Edit.of((Constraint(Polarity.NEGATIVE, Strength.SOFT, "tag", Op.EQ, "gore"),))),
        ("wish runtime less", Edit.of((Constraint(Polarity.POSITIVE, Strength.SOFT, "runtime", Op.LESS),))),
        ("ban item = 1917", Edit.of((Constraint(Polarity.NEGATIVE, Strength.HARD, "item", Op.EQ, 1917),))),
        ('ban item = "1917"', Edit.of((Constraint(Polarity.NEGATIVE, Strength.HARD, "item", Op.EQ, "1917"),))),
    ],
)
def test_a_line_means_what_the_docstring_says(reply: str, expected: Edit) -> None:
    assert decode_edit(reply) == expected


@pytest.mark.parametrize(
    "reply",
    ["", " \n ", "Keep", "drop", "drop 1", "drop c0", "must", "must genre Comedy", "want genre = Comedy", "keep\nkeep",
     "must genre = Comedy\ndrop c1", "wish year > 1e999", "{}"],
)  # fmt: skip
def test_a_malformed_reply_is_refused(reply: str) -> None:
    with pytest.raises(WireError):
        decode_edit(reply)
