"""The lexicon: how people name genres, places, themes, numbers and the items in front of them.

`surface` gives one way to say a slot's value in the form that a pattern asks for, or None where there is no such way.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from stillroom.data.preferences import Remembered
from stillroom.data.thesaurus import Forms, Thesaurus, load_thesaurus
from stillroom.simulators.intent import Pointed, SlotValue

_OLD_NOUNS: Mapping[str, tuple[str, ...]] = {
    "year": ("the year limit", "the year thing", "the date rule", "the years", "the release year thing"),
    "runtime": ("the length limit", "the runtime thing", "the time limit", "the running time rule", "the length"),
    "rating": ("the rating limit", "the rating thing", "the stars thing", "the score rule"),
    "popularity": ("the popularity thing", "how famous they are", "the well-known thing"),
}


@dataclass(frozen=True)
class Lexicon:
    """Surface forms by kind, canonical value and form."""

    genres: Mapping[str, Mapping[str, Sequence[str]]]
    places: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
    plural_nouns: Sequence[str]
    values: Mapping[str, Mapping[str, Sequence[str]]]
    thesaurus: Thesaurus

    @property
    def tags(self) -> Mapping[str, Forms]:
        """Return the themes that the thesaurus knows, each with its forms."""
        return self.thesaurus.themes

    def is_unwished(self, words: str) -> bool:
        """Say whether nobody asks for this theme: what people only rule out, or a keyword that is no theme at all."""
        return words.casefold() in self.values["unwished"]["tags"]

    def surface(self, kind: str, form: str, value: SlotValue, rng: Random) -> str | None:
        """Return one way to say the value of a slot of this kind in this form, or None."""
        if isinstance(value, Remembered):
            return self._old(value, form, rng)
        if isinstance(value, Pointed):
            return value.item.title if value.by_title else self._position(value, rng)
        options = self._options(kind, form, value)
        return rng.choice(options) if options else None

    def _options(self, kind: str, form: str, value: str | int | float) -> Sequence[str]:
        if kind == "genre":
            return self.genres.get(str(value), {}).get(form or "plural", ())
        if kind == "tag":
            known = self.tags.get(str(value))
            if known is None:
                return (str(value),) if form in ("", "noun") else ()
            return known.get(form or "noun", ())
        if kind in ("language", "country"):
            return self._place(kind, form, str(value))
        if kind in ("decade", "duration", "stars"):
            return self._number(kind, value)
        return (str(value),)

    def _place(self, kind: str, form: str, value: str) -> Sequence[str]:
        forms = self.places["languages" if kind == "language" else "countries"].get(value, {})
        if form != "plural":
            return forms.get(form or "noun", ())
        return [f"{adjective} {noun}" for adjective in forms.get("adj", ())[:2] for noun in self.plural_nouns]

    def _number(self, kind: str, value: str | int | float) -> Sequence[str]:
        table = self.values["stars" if kind == "stars" else f"{kind}s"]
        if known := table.get(f"{value:g}" if isinstance(value, float) else str(value)):
            return known
        if kind != "duration":
            return (str(value),)
        hours, minutes = divmod(int(value), 60)
        return (f"{value} minutes", f"{value} min", f"{value} mins", *([f"{hours}h{minutes:02d}"] if hours else []))

    def _position(self, pointed: Pointed, rng: Random) -> str:
        positions = self.values["positions"]
        options = list(positions[str(pointed.item.position)])
        if pointed.is_last:
            options += positions["last"]
        return rng.choice(options)

    def _old(self, old: Remembered, form: str, rng: Random) -> str | None:
        constraint = old.constraint
        if constraint.facet in _OLD_NOUNS:
            return None if form == "plural" else rng.choice(_OLD_NOUNS[constraint.facet])
        value = constraint.value
        if not isinstance(value, str):
            return None
        if form == "plural":
            options = self._options(constraint.facet, "plural" if constraint.facet != "tag" else "noun", value)
            return rng.choice(options) if options else None
        return rng.choice(
            [f"the {value.lower()} thing", f"the {value.lower()} rule", f"the {value.lower()} one", value.lower()]
        )


def load_lexicon(folder: Path | None = None) -> Lexicon:
    """Read the lexicon that ships with the package, or that of another folder."""
    folder = folder or Path(__file__).parent / "wordings" / "lexicon"
    genres, places, values = (_toml(folder / f"{name}.toml") for name in ("genres", "places", "values"))
    plural_nouns = places.pop("plural_nouns")
    return Lexicon(genres, places, plural_nouns, values, load_thesaurus())


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
