"""A domain: how the wordings that all catalogues share are said of one kind of thing (films, books, products).

Contract: `wordings/DOMAIN/speech.toml` says which words take the place of others, which facet is spoken of as another
is, and which words make a shared pattern unfit here; a domain that has no such file speaks as `any` does, with the
schema's noun. A domain that is said `as_written` takes the shared patterns word for word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stillroom.data.schema import CatalogueSchema

WORDINGS = Path(__file__).parent / "wordings"
ANY = "any"
_NUMERAL = re.compile(r" \d")
_SLOT = re.compile(r"\{[^{}]*\}")


class WordingError(ValueError):
    """A line of the bank that cannot be used; the message names file and line."""


class Domain(BaseModel):
    """One `speech.toml`; see the module's contract."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    name: str = ""
    as_written: bool = False
    heads_plural: Annotated[tuple[str, ...], Field(min_length=1)]
    heads_singular: Annotated[tuple[str, ...], Field(min_length=1)]
    excluded: tuple[str, ...] = ()
    words: Mapping[str, str] = {}
    facets: Mapping[str, str] = {}
    slots: Mapping[str, str] = {}
    unfit: Mapping[str, tuple[str, ...]] = {}

    @cached_property
    def _unfit(self) -> re.Pattern[str]:
        return _any_of(self.excluded)

    @cached_property
    def _unfit_of(self) -> Mapping[str, re.Pattern[str]]:
        return {facet: _any_of(words) for facet, words in self.unfit.items()}

    @cached_property
    def _replaced(self) -> re.Pattern[str]:
        return _any_of(self.words)

    @cached_property
    def _renamed(self) -> re.Pattern[str]:
        there = "|".join(self.slots) or "(?!)"
        return re.compile(rf"\{{({there})(?=[0-9:.}}])")

    @cached_property
    def _facet(self) -> re.Pattern[str]:
        there = "|".join(self.facets) or "(?!)"
        return re.compile(rf"\b(must|wish|ban|avoid|\{{old) ({there})\b")

    def fits(self, header: str, text: str) -> bool:
        """Say whether a shared pattern can be said here."""
        bare = _SLOT.sub(" ", text)
        there = self.header(header)
        if there != header and _NUMERAL.search(header):
            # So many minutes are not so many dollars.
            return False
        unfit = [self._unfit, *(words for facet, words in self._unfit_of.items() if f" {facet} " in f"{there} ")]
        return all(words.search(bare) is None for words in unfit)

    def header(self, header: str) -> str:
        """Return a shared header with this domain's facets."""
        return self._slots(self._facet.sub(lambda found: f"{found[1]} {self.facets[found[2]]}", header))

    def text(self, text: str) -> str:
        """Return a shared pattern in this domain's words."""
        parts = re.split(f"({_SLOT.pattern})", text)
        said = [part if part.startswith("{") else self._replaced.sub(self._word, part) for part in parts]
        return self._slots("".join(said))

    def _word(self, found: re.Match[str]) -> str:
        word = self.words[found[0].casefold()]
        return word.capitalize() if found[0][0].isupper() else word

    def _slots(self, text: str) -> str:
        return self._renamed.sub(lambda found: f"{{{self.slots[found[1]]}", text)


def load_domain(schema: CatalogueSchema, folder: Path = WORDINGS) -> Domain:
    """Read a schema's domain; without a name of its own it is that of its noun; raise WordingError."""
    name = schema.domain or f"{schema.noun}s"
    path = folder / name / "speech.toml"
    if not path.is_file():
        path = folder / ANY / "speech.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("<noun>", schema.noun).replace("<nouns>", f"{schema.noun}s")
    try:
        return Domain.model_validate({"name": name, **tomllib.loads(text)})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise WordingError(f"{path}: {error}") from error


def _any_of(words: Mapping[str, str] | tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of these words or phrases, whole, the longest first; a final * stands for any ending."""
    ordered = sorted(words, key=len, reverse=True)
    options = [re.escape(word).replace(r"\*", r"\w*") for word in ordered]
    return re.compile(rf"(?<![\w'])(?:{'|'.join(options)})(?!\w)" if options else r"(?!)", re.IGNORECASE)
