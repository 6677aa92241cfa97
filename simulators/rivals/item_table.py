"""The catalogue as a table in DuckDB, in memory, for a model's hard filter.

Contract: a model's text never becomes SQL. Columns are looked up in a fixed table, operators come from a closed list,
values are bound as parameters; and the database reaches no file and no network, and cannot be told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import FacetKind
from stillroom.simulators.rivals.tool_plan import Condition, ToolPlanError
from stillroom.tools.state import Mask

_ROW: Final = "_row"
_POPULARITY_SCALE: Final = 100


@dataclass(frozen=True)
class Clause:
    """A condition as SQL with its parameters."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class ItemTable:
    """A locked table `items`, and the kind of each column that a condition may name."""

    catalogue: Catalogue
    database: duckdb.DuckDBPyConnection
    kinds: Mapping[str, FacetKind]

    @classmethod
    def of(cls, catalogue: Catalogue) -> ItemTable:
        """Copy a catalogue's facets into a new table, one column a facet, and lock the database."""
        kinds = {
            name: facet.kind for name, facet in catalogue.schema.facets.items() if facet.kind is not FacetKind.ITEM
        }
        given = pa.table({_ROW: np.arange(catalogue.n_items), **{name: _column(catalogue, name) for name in kinds}})
        database = duckdb.connect(":memory:", config={"threads": 1})
        database.register("given", given)
        database.execute("CREATE TABLE items AS SELECT * FROM given")
        database.unregister("given")
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            database.execute(f"SET {setting}")
        return cls(catalogue, database, kinds)

    def select(self, conditions: tuple[Condition, ...]) -> Mask:
        """Return which items meet all conditions, (n,); raise ToolPlanError for one that makes no sense here."""
        clauses = [self._clause(condition) for condition in conditions]
        where = " AND ".join(f"({clause.sql})" for clause in clauses) or "true"
        values = [value for clause in clauses for value in clause.values]
        mask = np.zeros(self.catalogue.n_items, np.bool_)
        # A cursor of its own: sessions at once share the table.
        with self.database.cursor() as cursor:
            found = cursor.execute(f"SELECT {_ROW} FROM items WHERE {where}", values).fetchnumpy()
        mask[np.asarray(found[_ROW], np.intp)] = True
        return mask

    def _clause(self, condition: Condition) -> Clause:
        kind = self.kinds.get(condition.column)
        if kind is None:
            raise ToolPlanError(f"there is no column {condition.column!r}; there are {', '.join(self.kinds)}")
        if kind in (FacetKind.NUMBER, FacetKind.POPULARITY):
            return _number_clause(condition)
        if condition.op not in ("=", "!="):
            raise ToolPlanError(f"{condition.column} takes = or !=, not {condition.op}")
        given = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
        values = tuple(self._spelling(kind, value) for value in given)
        holds = f"contains(array_to_string(\"{condition.column}\", '|'), ?)"
        if kind is not FacetKind.TAG:
            holds = f'list_contains("{condition.column}", ?)'
        any_of = " OR ".join([holds] * len(values))
        return Clause(any_of if condition.op == "=" else f"NOT ({any_of})", values)

    def _spelling(self, kind: FacetKind, value: str) -> str:
        found = self.catalogue.resolve_person(value) if kind is FacetKind.PERSON else None
        return (found or value).casefold()


def _number_clause(condition: Condition) -> Clause:
    value = condition.value
    try:
        number = float(value) if isinstance(value, str | float | int) else None
    except ValueError:
        number = None
    if number is None:
        raise ToolPlanError(f"{condition.column} is compared with one number, not {value!r}")
    return Clause(f'"{condition.column}" {condition.op} ?', (number,))


def _column(catalogue: Catalogue, name: str) -> pa.Array:
    kind = catalogue.schema.facets[name].kind
    if kind is FacetKind.POPULARITY:
        return pa.array(catalogue.popularity.astype(np.float64) * _POPULARITY_SCALE)
    if kind is FacetKind.NUMBER:
        return pa.array(catalogue.numbers[name].astype(np.float64), from_pandas=True)
    column = catalogue.sets[name]
    return pa.array(
        [[value.casefold() for value in column.of(row)] for row in range(catalogue.n_items)], pa.list_(pa.string())
    )
