"""Titles as they are said: several in one breath, "the book Dune", a whole series, become items.

Contract: pure; words that are no whole title, nor the name of a series, name no item here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.text import plain
from stillroom.agents.rules.words import ORDINARY
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Strength
from stillroom.data.names import normal_name
from stillroom.data.schema import CatalogueSchema, FacetKind

WELL_KNOWN: Final = 0.9
_NOUNS: Final = ("film", "movie", "book", "novel", "series", "franchise", "saga")
_LIST: Final = re.compile(r"(?:,? (?:and|or|&)|,) ", re.IGNORECASE)
# What stands before a title that something should be like.
_LIKE: Final = (
    r"(?:like|similar to|close to|akin to|vibes? of|feel of|style of|spirit of|vein of|lines of|reminds me of|"
    r"reminiscent of)"
)

# After these words "like" is a verb.
_SPEAKER: Final = re.compile(
    r"(?:i|we|you|he|she|they|who|wife|husband|would|do|does|did|not|really|also|always|to)|\w*['\u2019](?:d|t)",
    re.IGNORECASE,
)


def titles_meant(constraint: Constraint, command: str, catalogue: Catalogue) -> tuple[Constraint, ...]:
    """Return wishes for likeness to the titles that a theme consists of, where the command says "like" before them."""
    said = str(constraint.value)
    if not _is_compared(said, command) or (" " not in said and _is_theme(said, constraint.facet, catalogue)):
        return ()
    titles = tuple(_titles(said, catalogue))
    facet = catalogue.schema.first(FacetKind.ITEM)
    if not titles or facet is None:
        return ()
    return tuple(Constraint(constraint.polarity, Strength.SOFT, facet.name, Op.LIKE, title) for title in titles)


def _is_compared(said: str, command: str) -> bool:
    """Say whether something should be like these words; whoever would like them compares nothing."""
    found = re.finditer(rf"(?P<before>[\w'\u2019]*)\s*\b{_LIKE} {re.escape(said)}(?!\w)", command, re.IGNORECASE)
    return any(not _SPEAKER.fullmatch(hit["before"]) for hit in found)


def items_meant(
    constraint: Constraint, command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue
) -> tuple[Constraint, ...]:
    """Return a wish about an item as wishes about the several that its words name, or about their series.

    A whole title means that item, not its series, unless the series is spoken of ("no Rocky films") or, of what is not
    shown, nothing else is said than "no Rocky".
    """
    said = str(constraint.value)
    shown = {normal_name(item.title) for item in feed}
    series = None if constraint.is_positive or constraint.op is not Op.EQ else catalogue.find_series(said)
    is_title = normal_name(said) in shown or catalogue.find_title(said) is not None
    is_all = normal_name(said) not in shown and _is_all_banned(said, command)
    if series is not None and (not is_title or is_all or is_called_series(said, command, catalogue.schema)):
        return (replace(constraint, value=catalogue.name_series(series)),)
    if is_title:
        return ()
    return tuple(replace(constraint, value=title) for title in _titles(said, catalogue))


def is_called_series(said: str, command: str, schema: CatalogueSchema) -> bool:
    """Say whether a command speaks of several items by these words: "Rocky films"."""
    nouns = "|".join(_nouns(schema))
    return re.search(rf"\b{re.escape(said)} (?:{nouns})s?\b", command, re.IGNORECASE) is not None


def _is_all_banned(said: str, command: str) -> bool:
    return re.fullmatch(rf"\s*(?:no|no more) {re.escape(said)}[.! ]*", command, re.IGNORECASE) is not None


def title_named(said: str, catalogue: Catalogue) -> str | None:
    """Return the title that words are, or that of the best known part of the series whose name they are."""
    row, series = catalogue.find_title(said), catalogue.find_series(said)
    is_known = row is not None and catalogue.popularity[row] >= WELL_KNOWN
    if series is not None and not is_known:
        row = max(series.rows, key=lambda part: float(catalogue.popularity[part]))
    return None if row is None else catalogue.titles[row]


def _titles(said: str, catalogue: Catalogue) -> Iterator[str]:
    """Yield the title that words are, but for a noun before it, else those of a list that holds nothing else."""
    noun = re.compile(rf"the (?:{'|'.join(_nouns(catalogue.schema))}) (?:called )?(?=\S)", re.IGNORECASE)
    bare = noun.sub("", said, count=1) if noun.match(said) else said
    whole = title_named(bare, catalogue)
    if whole is not None:
        yield whole
        return
    parts = [part for part in _LIST.split(bare) if plain(part)]
    named = [title_named(part, catalogue) for part in parts]
    if len(parts) > 1 and all(named):
        yield from (title for title in dict.fromkeys(named) if title is not None)


def _is_theme(word: str, facet: str, catalogue: Catalogue) -> bool:
    column = catalogue.sets.get(facet)
    return word.casefold() in ORDINARY or (column is not None and column.column_of(word) is not None)


def _nouns(schema: CatalogueSchema) -> tuple[str, ...]:
    return (*_NOUNS, re.escape(schema.noun))
