"""Comparisons with an item: "newer than the second one", "as long as Titanic" become comparisons with its value.

Contract: pure; where more than one item may be meant, or none, nothing is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from stillroom.agents.command.reference import find_described
from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.events import Item, find_positions
from stillroom.agents.rules.relative import relative_words
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.numbers import exact_number
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

_THAN: Final = re.compile(r"\b(?P<before>[\w -]{3,40}?) than (?=(?P<rest>[^,.;:!?]{1,80}))", re.IGNORECASE)
# "As long as the second one", "made before Titanic was": the facet whose adjective or calendar the words are.
_AS: Final = re.compile(r"\bas (?P<word>\w+) as (?P<rest>[^,.;:!?]{1,80})", re.IGNORECASE)
_WHEN: Final = re.compile(
    r"\b(?:(?:made|released|shot|filmed|out) (?:before|after|since|until)|earlier than|later than)"
    r" (?P<rest>[^,.;:!?]{1,80})",
    re.IGNORECASE,
)
# Where a comparison may end before its clause does.
_BREAK: Final = re.compile(
    r" (?:and|but|or|please|with|though|if|for|in|from|by|is|was|does|did|came out|has)\b", re.IGNORECASE
)
# What is said of several items, or of none in particular.
_NOT_ONE_ITEM: Final = re.compile(r"(?:these|those|this|that|them|it|usual|(?!#)\W*\d.*)", re.IGNORECASE)
_MAX_VALUES: Final = 3


def name_values(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return the command with items that something is compared with replaced by their year, length or price."""
    for _ in range(_MAX_VALUES):
        command = _name_value(command, feed, catalogue)
    return command


def _name_value(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Replace the first item that something is compared with by its value."""
    schema = catalogue.schema
    than = ((found, _compared(found["before"], schema)) for found in _THAN.finditer(command))
    alike = ((found, _compared(f"{found['word']}er", schema)) for found in _AS.finditer(command))
    dated = ((found, schema.calendar) for found in _WHEN.finditer(command))
    for found, facet in (*than, *alike, *dated):
        if facet is None:
            continue
        for words in _readings(found["rest"]):
            value = _value(facet, _row_meant(words, feed, catalogue), catalogue)
            if value:
                start = found.start("rest")
                return f"{command[:start]}{value}{command[start + len(words) :]}"
    return command


def _compared(before: str, schema: CatalogueSchema) -> Facet | None:
    """Return the number facet that a comparison is about, by the comparative right before its "than"."""
    text = plain(before)
    for asked in relative_words(schema):
        facet = schema.facets[asked.relative.facet]
        ends = (hit.end() for hit in asked.pattern.finditer(text))
        if facet.kind is FacetKind.NUMBER and len(text) in ends:
            return facet
    return None


def _readings(rest: str) -> Iterator[str]:
    """Yield what may name the item, the longest first: titles may hold "and"."""
    yield rest.rstrip()
    for end in sorted((found.start() for found in _BREAK.finditer(rest)), reverse=True):
        yield rest[:end].rstrip()


def _row_meant(words: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> int | None:
    """Return the row of the one item that words name by place, description or whole title."""
    if _NOT_ONE_ITEM.fullmatch(words):
        return None
    text = plain(words)
    places = [event for event in find_positions(text, feed) if (event.start, event.end) == (0, len(text))]
    titles = {event.content.title for event in places if isinstance(event.content, Item)}
    meant = [item for item in feed if item.title in titles or plain(item.title) == text]
    described = find_described(words, feed, catalogue)
    meant = meant or ([described] if described else [])
    if len(meant) == 1:
        try:
            return catalogue.row_of(meant[0].id)
        except CatalogueError:
            return None
    row = catalogue.resolve_title(words)
    return row if row is not None and plain(catalogue.titles[row]) == text else None


def _value(facet: Facet, row: int | None, catalogue: Catalogue) -> str:
    """Return an item's exact value, which becomes a bound, with its unit; empty where it has none."""
    if row is None or facet.name not in catalogue.numbers:
        return ""
    value = float(catalogue.numbers[facet.name][row])
    return "" if np.isnan(value) else f"{exact_number(value)} {facet.unit}".strip()
