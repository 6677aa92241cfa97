"""A catalogue's schema: which facets its items have, of what kind, and where they stand in the table.

A schema is a TOML file beside the table; `load_schema` reads it and names what is wrong in one sentence.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

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


class Comparative(_Strict):
    """Words that ask for more or less of a facet than is shown ("cheaper"); a hard one forbids to go beyond it."""

    op: Literal["more", "less"]
    words: str
    hard: bool = False

    @field_validator("words")
    @classmethod
    def _is_pattern(cls, words: str) -> str:
        try:
            re.compile(words)
        except re.error as error:
            raise ValueError(f"{words!r} is no regular expression ({error})") from error
        return words


class Speech(_Strict):
    """How people talk about a facet: all that simulated users and the rules need to know of it, beside its values.

    `slot` is its name in wordings. A calendar number has years and decades. Of a target's number people say bounds at
    most `near` away (or `spread`, a share of it), rounded to `step`, or one of `levels`; `band` (or `spread`) is how
    far off a number still does. `mentions` are numbers that are only talked about, the second where a second is.
    `units` stand after a number ("50 dollars"), `signs` before it ("$50"); `names` are what the facet itself is called.
    """

    slot: str = ""
    calendar: bool = False
    near: int = 25
    spread: float | None = None
    step: int = 10
    band: float | None = None
    levels: tuple[float, ...] = ()
    mentions: tuple[int | float, ...] = ()
    second_mentions: tuple[int | float, ...] = ()
    mention_range: tuple[int, int] | None = None
    decades: tuple[int, int] | None = None
    units: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    old_names: tuple[str, ...] = ()
    comparatives: tuple[Comparative, ...] = ()
    # "Horror is fine" takes back a ban of horror, but not a wish for it.
    stays_when_allowed: bool = False
    # The catalogue's own tags are its themes; the thesaurus, which is about stories, has no say.
    own_themes: bool = False


class Facet(_Strict):
    """One facet: its kind, the columns that hold it, and, for numbers, the unit and the range that can be believed.

    `weight` is how often it is talked about, and an `essential` one is what an item must share with a simulated user's
    target to do as well.
    """

    name: str = ""
    kind: FacetKind
    columns: tuple[str, ...] = ()
    separator: str = "|"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    weight: Annotated[float, Field(gt=0)] = 1.0
    essential: bool = False
    speech: Speech = Speech()

    @property
    def slot(self) -> str:
        """Return the name of its value's slot in wordings."""
        return self.speech.slot or self.name

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
    """The schema of a catalogue: its name, the noun for one item, its columns and its facets by name.

    `domain` names the wordings that its simulated users draw on, beside those that every domain shares.
    """

    name: str
    noun: str = "item"
    domain: str = ""
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

    def first(self, kind: FacetKind) -> Facet | None:
        """Return the first facet of a kind, None when there is none."""
        return next(iter(self.of_kind(kind)), None)

    @property
    def calendar(self) -> Facet | None:
        """Return the facet that says from when an item is, None when there is none."""
        return next((facet for facet in self.facets.values() if facet.speech.calendar), None)

    def problem(self, constraint: Constraint) -> str | None:
        """Return why this constraint makes no sense in this catalogue, or None when it does."""
        facet = self.facets.get(constraint.facet)
        if facet is None:
            return f"there is no facet {constraint.facet!r}"
        return facet.problem(constraint)


def with_domain(schema: CatalogueSchema) -> CatalogueSchema:
    """Return the schema with what it does not say of a facet taken from the shipped schema of its domain, if any.

    So a small schema of films of one's own is talked about as films are. The domain is the one that the schema names,
    else its noun's: that of "film" is films.
    """
    known = resources.files("stillroom.data").joinpath("worlds", f"{schema.domain or schema.noun + 's'}.toml")
    if not known.is_file():
        return schema
    shipped = CatalogueSchema.model_validate(tomllib.loads(known.read_text(encoding="utf-8"))).facets
    facets = {name: _filled(facet, shipped.get(name)) for name, facet in schema.facets.items()}
    return schema.model_copy(update={"facets": facets})


def _filled(facet: Facet, shipped: Facet | None) -> Facet:
    if shipped is None or shipped.kind is not facet.kind:
        return facet
    unsaid = {"weight", "essential", "speech"} - facet.model_fields_set
    return facet.model_copy(update={name: getattr(shipped, name) for name in unsaid})


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
