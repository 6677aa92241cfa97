"""Themes that are none: "irish" is a country, "comdey" a genre, "the book dune" a title.

Contract: pure; a theme that the catalogue knows stays one, unless it is a nation's word said of the items themselves.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rapidfuzz import fuzz, process

from stillroom.agents.command.everyday import is_everyday
from stillroom.agents.command.people import person_named
from stillroom.agents.command.titles import titles_meant
from stillroom.agents.command.values import forms_of, value_of
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op
from stillroom.data.schema import CatalogueSchema, FacetKind

_NATIONS: Final = ("language", "country")
# What may follow a word that is said of the items: their noun, the end, or what has nothing to do with it.
_OF_ITEMS: Final = (
    r"(?=$|[.,;:!?]| (?:and|or|but|please|only|from|by|with|stuff|ones?|cinema|films?|movies?|flicks?)\b)"
)
_NEAR: Final = 80.0
_NEARER: Final = 88.0
_MIN_MISTYPED: Final = 5


def no_theme(constraint: Constraint, command: str, catalogue: Catalogue) -> tuple[Constraint, ...]:
    """Return a wish about a theme as wishes about what its words are instead; empty where they are a theme."""
    if constraint.op is not Op.EQ:
        return ()
    if titles := titles_meant(constraint, command, catalogue):
        return titles
    said = str(constraint.value)
    found = _nation(said, command, catalogue.schema)
    column = catalogue.sets.get(constraint.facet)
    if found is None and column is not None and column.column_of(said) is None:
        found = mistyped(said, catalogue) or _person(said, catalogue)
    if found is None:
        return ()
    return (replace(constraint, facet=found[0], value=found[1]),)


def _nation(said: str, command: str, schema: CatalogueSchema) -> tuple[str, str] | None:
    """Return the language, else the country, that one word names where it is said of the items.

    A country under its own name is a place that stories are set in.
    """
    if not re.search(rf"(?<!\babout )\b{re.escape(said)}{_OF_ITEMS}", command, re.IGNORECASE):
        return None
    found = value_of(said, schema, *_NATIONS)
    is_place = found is not None and found[0] == _NATIONS[1] and found[1].casefold() == said.casefold()
    return None if is_place else found


def mistyped(said: str, catalogue: Catalogue) -> tuple[str, str] | None:
    """Return the genre, else the theme, whose word a single word is nearly, if that is one only: with its facet."""
    if " " in said or len(said) < _MIN_MISTYPED or is_everyday(said, catalogue):
        return None
    word = said.casefold()
    for facet, least in (("genre", _NEAR), ("tag", _NEARER)):
        words = {form: (name, value) for name, value, form in forms_of(catalogue.schema, facet)}
        if facet == "tag" and (word in words or catalogue.thesaurus.canonical(word)):
            return None
        alike = [form for form in words if " " not in form and form[0] == word[0]]
        near = process.extract(word, alike, scorer=fuzz.ratio, score_cutoff=least, limit=None)
        meant = {words[form] for form, _, _ in near}
        if meant:
            return meant.pop() if len(meant) == 1 else None
    return None


def _person(said: str, catalogue: Catalogue) -> tuple[str, str] | None:
    """Return the person whose whole name words are, but for case."""
    facet = catalogue.schema.first(FacetKind.PERSON)
    name = person_named(said, catalogue) if facet is not None and " " in said else None
    return None if facet is None or name is None else (facet.name, name)
