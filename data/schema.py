"""A catalogue's schema: which facets its items have, of what kind, and where they stand in the table.

A schema is a TOML file beside the table; `load_schema` reads it and names what is wrong in one sentence.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stillroom.data.constraint import Constraint, Op

RESERVED = frozenset({"keep", "drop", "must", "wish", "ban", "avoid"})


class SchemaError(ValueError):
    """A schema that cannot be used; the message names the part and what was expected."""


class FacetKind(StrEnum):
    """What a facet's values are, which decides the operators it takes and how it is matched."""

    CATEGORICAL = "categorical"
    NUMBER = "number"
    PERSON = "person"
    TAG = "tag"
    POPULARITY = "popularity"
    ITEM = "item"


_BOUNDS = frozenset({Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE})
_RELATIVES = frozenset({Op.MORE, Op.LESS})
OPS: dict[FacetKind, frozenset[Op]] = {
    FacetKind.CATEGORICAL: frozenset({Op.EQ}),
    FacetKind.NUMBER: _BOUNDS | _RELATIVES,
    FacetKind.PERSON: frozenset({Op.EQ}),
    FacetKind.TAG: frozenset({Op.EQ}) | _RELATIVES,
    FacetKind.POPULARITY: _RELATIVES,
    FacetKind.ITEM: frozenset({Op.EQ, Op.LIKE}),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Facet(_Strict):
    """One facet: its kind, the columns that hold it, and, for numbers, the unit and the range that can be believed."""

    name: str = ""
    kind: FacetKind
    columns: tuple[str, ...] = ()
    separator: str = "|"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()

    def problem(self, constraint: Constraint) -> str | None:
        """Return why this constraint cannot be put on this facet, or None when it can."""
        if constraint.op not in OPS[self.kind]:
            return f"{self.name} takes no {constraint.op.value!r}"
        value = constraint.value
        if self.kind is FacetKind.POPULARITY or (self.kind is FacetKind.NUMBER and constraint.op.is_relative):
            return None if value is None else f"{self.name} {constraint.op.value} takes no value"
        if self.kind is FacetKind.NUMBER:
            return None if isinstance(value, int | float) else f"{self.name} needs a number, not {value!r}"
        if not isinstance(value, str):
            return f"{self.name} needs text, not {value!r}"
        if self.kind is FacetKind.CATEGORICAL and self.values and value not in self.values:
            return f"{value!r} is no {self.name} of this catalogue"
        return None


class ItemColumns(_Strict):
    """Which columns identify, name and describe an item."""

    id: str = "id"
    title: str = "title"
    text: tuple[str, ...] = ()


class InteractionColumns(_Strict):
    """Where the interactions stand (a CSV or Parquet file beside the schema) and what counts as a like."""

    file: str
    user: str = "user"
    item: str = "item"
    rating: str = "rating"
    time: str = "time"
    like_at: float = 4.0


class CatalogueSchema(_Strict):
    """The schema of a catalogue: its name, the noun for one item, its columns and its facets by name."""

    name: str
    noun: str = "item"
    format: Literal["csv", "parquet"] = "csv"
    table: str = "items.csv"
    item: ItemColumns = ItemColumns()
    facets: Annotated[dict[str, Facet], Field(min_length=1)]
    interactions: InteractionColumns | None = None

    def model_post_init(self, _: object) -> None:
        """Give every facet its name, and refuse names that the wire formats reserve."""
        named = {}
        for name, facet in self.facets.items():
            if not name.isidentifier() or name in RESERVED:
                raise ValueError(f"{name!r} cannot be a facet's name")
            named[name] = facet.model_copy(update={"name": name})
        object.__setattr__(self, "facets", named)

    def of_kind(self, kind: FacetKind) -> tuple[Facet, ...]:
        """Return the facets of one kind, in the schema's order."""
        return tuple(facet for facet in self.facets.values() if facet.kind is kind)

    def problem(self, constraint: Constraint) -> str | None:
        """Return why this constraint makes no sense in this catalogue, or None when it does."""
        facet = self.facets.get(constraint.facet)
        if facet is None:
            return f"there is no facet {constraint.facet!r}"
        return facet.problem(constraint)


def load_schema(path: Path) -> CatalogueSchema:
    """Read a schema TOML; raise SchemaError with one sentence that names the file and the wrong part."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return CatalogueSchema.model_validate(data)
    except OSError as error:
        raise SchemaError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path}: is not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SchemaError(f"{path}: {where}: {first['msg']}") from error
