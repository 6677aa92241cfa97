"""Values by their words: what the word lists and a catalogue's own schema call the values of its facets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from stillroom.agents.rules.words import value_words
from stillroom.data.schema import CatalogueSchema, FacetKind


def forms_of(schema: CatalogueSchema, *facets: str) -> Iterator[tuple[str, str, str]]:
    """Yield the words for the values of some facets, each after its facet and value."""
    for name in facets:
        facet, table = schema.facets.get(name), _tables().get(name, {})
        if facet is None or facet.speech.own_themes:
            continue
        for value in facet.values if facet.kind is FacetKind.CATEGORICAL else table:
            words = dict.fromkeys((value.casefold(), *table.get(value, ())))
            yield from ((name, value, word) for word in words)


def value_of(said: str, schema: CatalogueSchema, *facets: str) -> tuple[str, str] | None:
    """Return the facet and the value that words are called by, the first of some facets; None where none is."""
    named = ((facet, value) for facet, value, word in forms_of(schema, *facets) if word == said.casefold())
    return next(named, None)


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return value_words()
