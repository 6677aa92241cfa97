"""Query rewriting: a command that leans on the feed, said so that it can be read without it.

A student's prompt holds no feed (decision 001), so what only the feed can tell is put into the command by code before
any model reads it: "the Nolan one" becomes "the third one", "newer than the second one" becomes "newer than 1999".

    rewrite("shorter than Titanic, please", feed, catalogue)  ->  "shorter than 194 minutes, please"

Contract: pure; a command that names nothing of the kind, or in which more than one item may be meant, stays word for
word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from stillroom.agents.answer import exact_number
from stillroom.agents.reference import find_described
from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.events import COUNTS, ORDINALS, Item, find_positions
from stillroom.agents.rules.relative import relative_words
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

_PLACES: Final = tuple(ORDINALS)
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

# Several at once, but no "the last two decades".
_GROUP: Final = re.compile(
    rf"\bthe (?P<end>first|last|top|bottom) (?P<number>{'|'.join(COUNTS)}|\d)"
    r"(?: (?:ones?|films?|movies?|books?|products?|items?|of (?:these|them|those)|here))?"
    r"(?=$|[,.;:!?)]| (?:and|but|or|are|is|were|look|seem|please|from|off|out|again|too)\b)",
    re.IGNORECASE,
)

_REST: Final = re.compile(
    r"(?:i like |keep )?(?P<kept>.{3,80}?)(?: (?:is|are|look|looks) (?:fine|good|ok|okay|great|perfect|nice))?[,;.]? "
    r"(?:and |but )?(?P<verb>drop|hide|remove|lose|skip) (?:all )?(?:of )?the (?:rest|others|other ones)[.! ]*",
    re.IGNORECASE,
)
# "Not no comedy" takes back a ban.
_NOT_NO: Final = re.compile(r"\bnot no (?P<what>[\w-]+(?: [\w-]+)?)(?=$|[.,;!?])", re.IGNORECASE)
_FROM_THE_END: Final = re.compile(
    rf"\bthe (?:(?P<back>{'|'.join(list(ORDINALS)[1:5])})(?: to the| to| from the| from)?[ -]last"
    r"|penultimate|last but one)(?: (?:one|film|movie|book|product|item))?\b",
    re.IGNORECASE,
)
# Not "better than 4": stars are as small as places.
_BARE: Final = re.compile(
    r"\b(?P<before>like|look of|love|liked|loved|(?:older|newer|earlier|later|longer|shorter) than)"
    r" (?P<one>\d\d?)(?: and (?P<other>\d\d?))?"
    r"(?=$|[.,;:!?)](?!\d)| (?:and (?!a half)|but|please|too|instead|only|though)\b)",
    re.IGNORECASE,
)
_MAX_VALUES: Final = 3


def rewrite(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return the command with comparisons to an item, groups, and descriptions of a shown one replaced."""
    command = _NOT_NO.sub(r"\g<what> is fine", command)
    command = _name_bare_numbers(_name_from_the_end(command, len(feed)), len(feed))
    for _ in range(_MAX_VALUES):
        command = _name_values(command, feed, catalogue)
    command = _name_rest(_name_groups(command, len(feed)), feed)
    return _name_places(command, feed, catalogue)


def _name_values(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Replace an item that something is compared with by its value: a year, a length, a price."""
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


def _name_from_the_end(command: str, n_shown: int) -> str:
    """Replace "the second to last one" by its place from the beginning."""

    def named(found: re.Match[str]) -> str:
        back = ORDINALS.get(found["back"].lower(), 2) if found["back"] else 2
        return f"the {_PLACES[n_shown - back]} one" if back <= n_shown <= len(_PLACES) else found.group()

    return _FROM_THE_END.sub(named, command)


def _name_bare_numbers(command: str, n_shown: int) -> str:
    """Say "number 2" for "2" where a number can only be a place: "like 2 and 5", "older than 2"."""

    def named(found: re.Match[str]) -> str:
        numbers = [int(number) for number in (found["one"], found["other"]) if number]
        if not all(1 <= number <= n_shown for number in numbers):
            return found.group()
        return f"{found['before']} {' and '.join(f'number {number}' for number in numbers)}"

    return _BARE.sub(named, command)


def _name_groups(command: str, n_shown: int) -> str:
    """Replace "the last two" by the places of both, of which a model can name one at a time."""

    def named(found: re.Match[str]) -> str:
        number = found["number"].lower()
        size = int(number) if number.isdigit() else COUNTS.index(number) + 1
        if not 2 <= size <= n_shown <= len(_PLACES):
            return found.group()
        first = 1 if found["end"].lower() in ("first", "top") else n_shown - size + 1
        return _places_in_words(range(first, first + size))

    return _GROUP.sub(named, command)


def _name_rest(command: str, feed: tuple[ShownItem, ...]) -> str:
    """Replace "the first one is fine, drop the rest" by the places of the rest: what is kept is no wish."""
    found = _REST.fullmatch(command)
    events = find_positions(plain(found["kept"]), feed) if found else []
    kept = {event.content.title for event in events if isinstance(event.content, Item)}
    rest = [item.position for item in feed if item.title not in kept]
    if found is None or not kept or not rest or len(feed) > len(_PLACES):
        return command
    return f"{found['verb']} {_places_in_words(rest)}"


def _places_in_words(positions: Sequence[int]) -> str:
    """Return places as people say them: "the first one, the second one and the last one"."""
    *most, last = (f"the {_PLACES[position - 1]} one" for position in positions)
    return f"{', '.join(most)} and {last}" if most else last


def _name_places(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Replace descriptions of a shown item ("the Nolan one") by its place."""
    nouns = "|".join(dict.fromkeys(("one", "film", "movie", "flick", re.escape(catalogue.schema.noun))))
    described = re.compile(rf"\bthe [\w'-]+(?: [\w'-]+)? (?:{nouns})\b(?! (?:in|on|about|of|with|by)\b)", re.I)

    def named(found: re.Match[str]) -> str:
        item = find_described(found.group(), feed, catalogue)
        known = item is not None and item.position <= len(_PLACES)
        return f"the {_PLACES[item.position - 1]} one" if item is not None and known else found.group()

    return described.sub(named, command)
