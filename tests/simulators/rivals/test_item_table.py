"""The hard filter of a model that plans: truthful, and no way from a reply's text into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillroom.data.catalogue import Catalogue
from stillroom.simulators.rivals.item_table import ItemTable
from stillroom.simulators.rivals.tool_plan import Condition, ToolPlanError, decode_tool_plan


@pytest.fixture(scope="module")
def table(tiny: Catalogue) -> ItemTable:
    return ItemTable.of(tiny)


def where(column: str, op: Any, value: Any) -> tuple[Condition, ...]:
    return (Condition(column=column, op=op, value=value),)


def test_conditions_are_true_of_what_is_left(table: ItemTable, tiny: Catalogue) -> None:
    genre, year = tiny.sets["genre"], tiny.numbers["year"]
    comedy, drama = genre.mask("Comedy"), genre.mask("Drama")
    assert (table.select(where("genre", "=", "comedy")) == comedy).all()
    assert (table.select(where("genre", "!=", "Comedy")) == ~comedy).all()
    assert (table.select(where("genre", "=", ("Comedy", "Drama"))) == (comedy | drama)).all()
    assert (table.select(where("genre", "!=", ("Comedy", "Drama"))) == ~(comedy | drama)).all()
    assert (table.select(where("year", ">=", 1980)) == (year >= 1980)).all()
    assert (table.select(where("year", "<", "1980")) == (year < 1980)).all()
    both = (*where("genre", "=", "Comedy"), *where("year", ">", 1980))
    assert (table.select(both) == (comedy & (year > 1980))).all()
    assert table.select(()).all()


def test_unknown_numbers_are_dropped_and_people_are_found_by_surname(table: ItemTable, tiny: Catalogue) -> None:
    runtime = tiny.numbers["runtime"]
    kept = table.select(where("runtime", "<=", 500))
    assert np.isnan(runtime).any() and (kept == ~np.isnan(runtime)).all()
    assert (table.select(where("person", "=", "reedham")) == tiny.sets["person"].mask("Ada Reedham")).all()
    assert (table.select(where("popularity", ">", 50)) == (tiny.popularity > 0.5)).all()


def test_a_theme_is_found_inside_a_keyword(table: ItemTable, tiny: Catalogue) -> None:
    assert (table.select(where("tag", "=", "chess")) == tiny.sets["tag"].mask("chess club")).all()


@pytest.mark.parametrize(
    "wrong",
    [
        where("title", "=", "x"),
        where("genre", "<", "x"),
        where("year", "=", "long ago"),
        where("year", "=", ("1", "2")),
    ],
)
def test_what_makes_no_sense_is_refused(table: ItemTable, wrong: tuple[Condition, ...]) -> None:
    with pytest.raises(ToolPlanError):
        table.select(wrong)


ATTACKS = (
    "x'); DROP TABLE items; --",
    "' OR 1=1 --",
    "genre\" = 'x' OR \"genre",
    "x' UNION SELECT * FROM read_csv('/etc/passwd') --",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_sql_in_a_reply_is_only_a_value_or_no_column(table: ItemTable, attack: str) -> None:
    assert not table.select(where("genre", "=", attack)).any()
    assert not table.select(where("tag", "=", attack)).any()
    with pytest.raises(ToolPlanError):
        table.select(where(attack, "=", "x"))
    assert table.select(()).all()


def test_the_database_reaches_no_file_and_cannot_be_told_to(table: ItemTable, tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{path}')",
        f"COPY items TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}'",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            table.database.execute(sql)
    assert [name.name for name in tmp_path.iterdir()] == ["secret.csv"]


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["where", "column", "op", "value", "prefer", "profile"]), inner)
            ),
            max_leaves=8,
        ).map(str),
    )
)
def test_any_reply_is_a_plan_or_is_refused(reply: str) -> None:
    try:
        decode_tool_plan(reply)
    except ToolPlanError as error:
        assert str(error)


def test_a_plan_is_found_in_what_a_model_writes_around_it() -> None:
    plan = decode_tool_plan('Sure!\n```json\n{"where": [{"column": "year", "op": ">", "value": 1990}]}\n```')
    assert plan.where == where("year", ">", 1990)
    for wrong in ("no object", '{"were": []}', '{"where": [{"column": "a", "op": "LIKE", "value": 1}]}', "}{"):
        with pytest.raises(ToolPlanError):
            decode_tool_plan(wrong)
