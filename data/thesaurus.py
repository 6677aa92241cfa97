"""The thesaurus of themes: many words, one theme ("clever", "smart" -> "intelligent"), for every domain alike.

A model only copies the words of a theme; this table, not the model, knows that they mean another. Words that it does
not list mean themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

Forms = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Thesaurus:
    """Themes by canonical name with the forms in which people name them, and the way back from any form."""

    themes: Mapping[str, Forms]
    canonical_by_form: Mapping[str, str]

    def canonical(self, words: str) -> str | None:
        """Return the theme that these words name, or None when they are not listed; case does not matter."""
        return self.canonical_by_form.get(" ".join(words.split()).casefold())


def load_thesaurus() -> Thesaurus:
    """Read the thesaurus that comes with the package."""
    text = resources.files("stillroom.data").joinpath("thesaurus.toml").read_text(encoding="utf-8")
    themes: dict[str, Forms] = tomllib.loads(text)
    forms = {form.casefold(): theme for theme, kinds in themes.items() for kind in kinds.values() for form in kind}
    return Thesaurus(themes, forms | {theme.casefold(): theme for theme in themes})
