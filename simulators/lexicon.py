"""The lexicon: how people name the values of facets, themes, numbers and the items in front of them.

`surface` gives one way to say a slot's value in the form that a pattern asks for, or None where there is no such way.
A facet's words stand in `wordings/DOMAIN/lexicon/FACET.toml` (or in the shared `wordings/lexicon/`); a value that is
not listed there is said as the catalogue writes it, unless the file says `_only`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from stillroom.data.preferences import Remembered
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.data.thesaurus import Forms, Thesaurus, load_thesaurus
from stillroom.simulators.domain import WORDINGS, Domain, load_domain
from stillroom.simulators.intent import Pointed, SlotValue

_PLACES = frozenset({"title", "shown", "decade"})
_COPIED_KINDS = frozenset({FacetKind.NUMBER, FacetKind.PERSON, FacetKind.TAG})


@dataclass(frozen=True)
class FacetWords:
    """How the values of one facet are said: by value and form; `default` is the form of a slot that names none.

    With `plural_nouns` the plural is an adjective and one of them ("French films"). With `only`, what is not listed is
    not said at all.
    """

    values: Mapping[str, Mapping[str, Sequence[str]]]
    default: str = "noun"
    plural_nouns: Sequence[str] = ()
    only: bool = False

    def of(self, value: str, form: str, nouns: Domain) -> Sequence[str]:
        """Return the ways to say a value in a form."""
        form = form or self.default
        forms = self.values.get(value)
        if forms is None:
            return () if self.only else _plainly(value, form, nouns)
        if form == "plural" and self.plural_nouns:
            return [f"{adjective} {noun}" for adjective in forms.get("adj", ())[:2] for noun in self.plural_nouns]
        return forms.get(form, ())


@dataclass(frozen=True)
class Lexicon:
    """Surface forms for one catalogue: of its facets by name, of numbers and places, and of themes."""

    schema: CatalogueSchema
    domain: Domain
    facets: Mapping[str, FacetWords]
    values: Mapping[str, Mapping[str, Sequence[str]]]
    thesaurus: Thesaurus

    @property
    def tags(self) -> Mapping[str, Forms]:
        """Return the themes that the thesaurus knows, each with its forms."""
        return self.thesaurus.themes

    def is_unwished(self, words: str) -> bool:
        """Say whether nobody asks for this theme: what people only rule out, or a keyword that is no theme at all."""
        return words.casefold() in self.values["unwished"]["tags"]

    def facet_of(self, kind: str) -> Facet | None:
        """Return the facet whose value a slot of this kind holds, None for a title and for what is no facet."""
        return next((facet for facet in self.schema.facets.values() if facet.slot == kind), None)

    def is_copied(self, kind: str) -> bool:
        """Say whether a Parser has to copy what is typed for a slot of this kind."""
        facet = self.facet_of(kind)
        return kind in _PLACES or (facet is not None and facet.kind in _COPIED_KINDS)

    def is_named(self, facet: str) -> bool:
        """Say whether a facet's values are names in a noun phrase, whose sentence gives them their tone."""
        known = self.schema.facets.get(facet)
        return known is not None and known.kind in (FacetKind.CATEGORICAL, FacetKind.PERSON)

    def is_head(self, facet: str) -> bool:
        """Say whether a facet's values are what a noun phrase is built around ("comedies", "lamps")."""
        first = self.schema.first(FacetKind.CATEGORICAL)
        return first is not None and first.name == facet

    def surface(self, kind: str, form: str, value: SlotValue, rng: Random) -> str | None:
        """Return one way to say the value of a slot of this kind in this form, or None."""
        if isinstance(value, Remembered):
            return self._old(value, form, rng)
        if isinstance(value, Pointed):
            return value.item.title if value.by_title else self._position(value, rng)
        options = self._options(kind, form, value)
        return rng.choice(options) if options else None

    def _options(self, kind: str, form: str, value: str | int | float) -> Sequence[str]:
        if kind == "decade":
            return self._listed("decades", value) or (str(value),)
        facet = self.facet_of(kind)
        if facet is None:
            return (str(value),)
        if facet.kind is FacetKind.CATEGORICAL or facet.name in self.facets:
            return self.facets.get(facet.name, FacetWords({})).of(str(value), form, self.domain)
        if facet.kind is FacetKind.TAG:
            known = self.tags.get(str(value))
            if known is None:
                return (str(value),) if form in ("", "noun") else ()
            return known.get(form or "noun", ())
        if facet.kind is FacetKind.NUMBER:
            return self._number(facet, value)
        return (str(value),)

    def _listed(self, table: str, value: str | int | float) -> Sequence[str]:
        return self.values.get(table, {}).get(f"{value:g}" if isinstance(value, float) else str(value), ())

    def _number(self, facet: Facet, value: str | int | float) -> Sequence[str]:
        if known := self._listed(facet.slot, value):
            return known
        if facet.unit == "minutes":
            hours, minutes = divmod(int(value), 60)
            return (f"{value} minutes", f"{value} min", f"{value} mins", *([f"{hours}h{minutes:02d}"] if hours else []))
        if facet.speech.levels or not (facet.speech.signs or facet.speech.units):
            return (str(value),)
        signed = [f"{sign}{value}" for sign in facet.speech.signs]
        return (*signed, *(f"{value} {unit}" for unit in facet.speech.units))

    def _position(self, pointed: Pointed, rng: Random) -> str:
        positions = self.values["positions"]
        options = list(positions[str(pointed.item.position)])
        if pointed.is_last:
            options += positions["last"]
        return rng.choice(options)

    def _old(self, old: Remembered, form: str, rng: Random) -> str | None:
        constraint = old.constraint
        facet = self.schema.facets.get(constraint.facet)
        if facet is not None and facet.kind in (FacetKind.NUMBER, FacetKind.POPULARITY):
            names = facet.speech.old_names or (f"the {facet.name} limit", f"the {facet.name} thing")
            return None if form == "plural" else rng.choice(names)
        value = constraint.value
        if not isinstance(value, str):
            return None
        if form == "plural":
            # Of a theme, what was said is its noun; of anything else its plural.
            is_theme = facet is not None and facet.kind is FacetKind.TAG
            slot = facet.slot if facet is not None else constraint.facet
            options = self._options(slot, "noun" if is_theme else "plural", value)
            return rng.choice(options) if options else None
        return rng.choice(
            [f"the {value.lower()} thing", f"the {value.lower()} rule", f"the {value.lower()} one", value.lower()]
        )


def load_lexicon(schema: CatalogueSchema, folder: Path = WORDINGS) -> Lexicon:
    """Read the words of a catalogue's facets; raise WordingError when its domain cannot be read."""
    domain = load_domain(schema, folder)
    own = folder / domain.name / "lexicon"
    paths = {path.stem: path for place in (folder / "lexicon", own) for path in sorted(place.glob("*.toml"))}
    facets = {name: _facet_words(_toml(paths[name])) for name in schema.facets if name in paths}
    tags = schema.first(FacetKind.TAG)
    own_themes = tags is not None and tags.speech.own_themes
    thesaurus = Thesaurus({}, {}) if own_themes else load_thesaurus()
    return Lexicon(schema, domain, facets, _toml(folder / "lexicon" / "values.toml"), thesaurus)


def _facet_words(table: dict[str, Any]) -> FacetWords:
    default, nouns, only = (
        table.pop(name, empty) for name, empty in (("_default", "noun"), ("_plural_nouns", ()), ("_only", False))
    )
    return FacetWords(table, default, nouns, only)


def _plainly(value: str, form: str, domain: Domain) -> Sequence[str]:
    """Return a value that has no words of its own: a name before a noun, or by itself."""
    if form == "plural":
        return [f"{value} {noun}" for noun in domain.heads_plural[:3]]
    if form == "a":
        return [
            f"{noun.partition(' ')[0]} {value} {noun.partition(' ')[2]}"
            for noun in domain.heads_singular
            if " " in noun
        ]
    return (value,)


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
