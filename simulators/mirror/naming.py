"""The two namings of a structure: names such as real texts have, and invented words that mean nothing.

Contract: names are unique in a world, and none is part of another or of a template's text, whatever the case. In the
real-looking naming towns, regions, rivers and people bear the names of their country, so that a reader who knows the
world's names can guess; in the renamed one nothing follows from a name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from random import Random
from typing import Final

from pydantic import BaseModel, ConfigDict

from stillroom.data.inventions import invent_words
from stillroom.simulators.mirror.relation import Kind
from stillroom.simulators.mirror.structure import (
    REGIONS_A_COUNTRY,
    RIVERS_A_COUNTRY,
    Structure,
    label_ids,
    number_of,
)

_ATTEMPTS: Final = 10_000
# How many invented words the renamed names of a kind are put together from, two a name.
_POOLS: Final = {Kind.FILM: 160, Kind.PERSON: 500, Kind.COMPANY: 90, Kind.AWARD: 60}
_ORDER: Final = (Kind.PLACE, Kind.PERSON, Kind.COMPANY, Kind.FILM)


class Style(StrEnum):
    """A naming: the names that real texts have, or invented words."""

    REAL = "real-looking"
    RENAMED = "renamed"


class _Country(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    regions: tuple[str, ...]
    rivers: tuple[str, ...]
    cities: tuple[str, ...]
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    given: tuple[str, ...]
    surnames: tuple[str, ...]


class RealNames(BaseModel):
    """The names of names.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    awards: tuple[str, ...]
    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    titles: tuple[str, ...]
    company_heads: tuple[str, ...]
    company_tails: tuple[str, ...]
    countries: tuple[_Country, ...]


def name_structure(structure: Structure, style: Style) -> Mapping[str, str]:
    """Return the name of every entity, country, region, river and award by id."""
    random = Random(f"mirror:{structure.size}:{structure.seed}:{style}")
    named = [*label_ids(), *((kind, each) for kind in _ORDER for each in structure.of_kind(kind))]
    candidates = _RealCandidates(structure, random) if style is Style.REAL else _InventedCandidates(structure, random)
    register = _Register()
    return {each: register.first_free(candidates.of(kind, each)) for kind, each in named}


@cache
def template_text() -> str:
    """Return the text of all templates, in lower case: no name may occur in it."""
    folder = resources.files("stillroom.simulators.mirror")
    names = ("sentences.toml", "questions.toml")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names).casefold()


@cache
def _real_names() -> RealNames:
    text = (resources.files("stillroom.simulators.mirror") / "names.toml").read_text(encoding="utf-8")
    return RealNames.model_validate(tomllib.loads(text))


class _Register:
    """The names that are given already."""

    def __init__(self) -> None:
        self._text = template_text()
        self._names: set[str] = set()

    def first_free(self, candidates: Iterator[str]) -> str:
        """Take the first candidate that is no part of a given name or of a template, and has none as a part."""
        for _, name in zip(range(_ATTEMPTS), candidates, strict=False):
            bare = name.casefold()
            parts = (bare[start:end] for start in range(len(bare)) for end in range(start + 1, len(bare) + 1))
            if bare not in self._text and not any(part in self._names for part in parts):
                self._text += f"\n{bare}"
                self._names.add(bare)
                return name
        raise RuntimeError("no name is left for this world; the lists of names are too short for its size")


class _RealCandidates:
    """Names that real texts have, by kind; a person's and a town's are of their country."""

    def __init__(self, structure: Structure, random: Random) -> None:
        self._structure, self._random, self._real = structure, random, _real_names()

    def of(self, kind: Kind, each: str) -> Iterator[str]:
        """Yield names that a thing might bear."""
        number = number_of(each) - 1
        if kind is Kind.COUNTRY:
            yield self._real.countries[number].name
        elif kind is Kind.REGION:
            yield self._real.countries[number // REGIONS_A_COUNTRY].regions[number % REGIONS_A_COUNTRY]
        elif kind is Kind.RIVER:
            yield self._real.countries[number // RIVERS_A_COUNTRY].rivers[number % RIVERS_A_COUNTRY]
        elif kind is Kind.AWARD:
            yield self._real.awards[number]
        elif kind is Kind.PLACE:
            yield from self._towns(self._country(each))
        elif kind is Kind.PERSON:
            yield from self._people(self._country(str(self._structure.fact(each, "birthplace"))))
        elif kind is Kind.COMPANY:
            yield from self._pairs(self._real.company_heads, self._real.company_tails, " ")
        else:
            yield from self._titles()

    def _country(self, place: str) -> _Country:
        return self._real.countries[number_of(str(self._structure.fact(place, "country"))) - 1]

    def _towns(self, country: _Country) -> Iterator[str]:
        yield from self._random.sample(country.cities, 4)
        yield from self._pairs(country.heads, country.tails, "")

    def _people(self, country: _Country) -> Iterator[str]:
        yield from self._pairs(country.given, country.surnames, " ")

    def _titles(self) -> Iterator[str]:
        while True:
            noun, other = self._random.sample(self._real.nouns, 2)
            adjective = self._random.choice(self._real.adjectives)
            yield self._random.choice(self._real.titles).format(adjective=adjective, noun=noun, other=other)

    def _pairs(self, heads: Sequence[str], tails: Sequence[str], between: str) -> Iterator[str]:
        while True:
            yield self._random.choice(heads) + between + self._random.choice(tails)


class _InventedCandidates:
    """Invented words: one for a town, region, river or country, two from a pool for all else."""

    def __init__(self, structure: Structure, random: Random) -> None:
        self._random = random
        self._salt = f"{structure.size}:{structure.seed}"
        self._taken = frozenset(template_text().split())
        self._pools = {kind: self._pool(kind, n_words) for kind, n_words in _POOLS.items()}

    def of(self, kind: Kind, each: str) -> Iterator[str]:
        """Yield names that a thing might bear."""
        if kind in self._pools:
            while True:
                yield " ".join(self._random.sample(self._pools[kind], 2))
        for attempt in range(_ATTEMPTS):
            yield self._word(f"{self._salt}:{each}:{attempt}")

    def _pool(self, kind: Kind, n_words: int) -> tuple[str, ...]:
        words = invent_words((f"{self._salt}:{kind}:{number}" for number in range(n_words)), self._taken)
        return tuple(word.capitalize() for word in words.values())

    def _word(self, key: str) -> str:
        return next(iter(invent_words((key,), self._taken).values())).capitalize()
