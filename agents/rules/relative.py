"""Comparatives: "cheaper", "newer", "nothing longer than these"; which words ask so is said by the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stillroom.data.constraint import Op
from stillroom.data.schema import CatalogueSchema


@dataclass(frozen=True)
class Relative:
    """A comparative: which facet, in which direction; a hard one forbids to go beyond what is shown."""

    facet: str
    op: Op
    hard: bool = False


@dataclass(frozen=True)
class RelativeWords:
    """A pattern and what its words ask for."""

    pattern: re.Pattern[str]
    relative: Relative


def relative_words(schema: CatalogueSchema) -> tuple[RelativeWords, ...]:
    """Return the comparatives of a catalogue's facets; those that forbid come first: they hold the others' words."""
    found = [
        RelativeWords(re.compile(words.words), Relative(facet.name, Op(words.op), words.hard))
        for facet in schema.facets.values()
        for words in facet.speech.comparatives
    ]
    return tuple(sorted(found, key=lambda words: not words.relative.hard))
