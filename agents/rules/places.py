"""Places in the feed as people say them: "#2", "the third one", "the last two", "the second to last one".

Contract: pure, from a text and the number of shown items alone; which items stand at the places is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ORDINALS: Final = {name: place for place, name in enumerate(
    ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), start=1
)}  # fmt: skip
COUNTS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NAMES: Final = tuple(ORDINALS)
MAX_NAMED: Final = len(_NAMES)
"""Places further down have no names that every model knows."""

_LAST: Final = ("last", "bottom")
_ENDS: Final = (*_LAST, "top")
_SEVERAL: Final = ("two", "three", "four", "2", "3", "4")
_NO_TIME: Final = r"(?! (?:decade|year|month|week|day|hour|minute|time|season)s?\b)"
_NO_AMOUNT: Final = r"\b(?! ?(?:min|hour|star|year))"
_PLACE: Final = re.compile(
    rf"(?:\b(?:number|no\.?|nr\.?|num|item|film|movie|book|product) |# ?)(\d+|{'|'.join(COUNTS)}){_NO_AMOUNT}"
    rf"|\b(?:the )?({'|'.join(ORDINALS)}|{'|'.join(_ENDS)}|1st|2nd|3rd|\dth)"
    rf"(?: (one|film|movie|book|product|(?:{'|'.join(_SEVERAL)}){_NO_TIME}))?\b"
)
# An ordinal alone is a place only where one is pointed at: "like the second", but no "second chances".
_POINTS: Final = re.compile(r"\b(?:like|the|that) (?:the )?$")
# Places that are surely meant as such: "no 12", "the 20th" and "film 1984" may be a title, a century, another title.
_SURE_PLACE: Final = re.compile(
    rf"(?:(?<!the )\b(?:number|nr\.?) |# ?)(\d{{1,4}}){_NO_AMOUNT}"
    r"|\b(\d{1,4})(?:st|nd|rd|th) (?:one|film|movie|book|product|item)\b"
)
# Several at once where surely items are meant: no "the last two decades". Words that are looked up afterwards match in
# ASCII alone: other letters are no "s" or "i" in lower case.
_GROUP: Final = re.compile(
    rf"\bthe (?P<end>(?a:first|{'|'.join(_ENDS)})) (?P<size>(?a:{'|'.join(COUNTS)})|\d)"
    r"(?: (?:ones?|films?|movies?|books?|products?|items?|of (?:these|them|those)|here))?"
    r"(?=$|[,.;:!?)]| (?:and|but|or|are|is|were|look|seem|please|from|off|out|again|too)\b)",
    re.IGNORECASE,
)
_FROM_THE_END: Final = re.compile(
    rf"\bthe (?:(?P<back>(?a:{'|'.join(_NAMES[1:5])}))(?: to the| to| from the| from)?[ -]last"
    r"|penultimate|last but one)(?: (?:one|film|movie|book|product|item))?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pointing:
    """A stretch of a text that points at places, counted from 1; not all of them need be shown."""

    start: int
    end: int
    places: tuple[int, ...]


def find_places(text: str, n_shown: int) -> list[Pointing]:
    """Return where a plain text may point at places ("#2", "third film", "last two"), in order."""
    found = []
    for hit in _PLACE.finditer(text):
        number, ordinal, noun = hit.groups()
        places: tuple[int, ...]
        if number:
            places = (count_of(number),)
        elif noun in _SEVERAL:
            places = _group(ordinal, count_of(noun), n_shown)
        elif noun or (ordinal not in _ENDS and _POINTS.search(text[: hit.start(2)])):
            places = (_place(ordinal, n_shown),)
        else:
            continue
        found.append(Pointing(hit.start(), hit.end(), places))
    return found


def find_groups(text: str, n_shown: int) -> list[Pointing]:
    """Return where a text as typed surely points at several shown items at once ("the last two"), in order."""
    hits = ((hit, count_of(hit["size"])) for hit in _GROUP.finditer(text))
    return [
        Pointing(hit.start(), hit.end(), _group(hit["end"].lower(), size, n_shown))
        for hit, size in hits
        if 2 <= size <= n_shown
    ]


def find_from_the_end(text: str, n_shown: int) -> list[Pointing]:
    """Return where a text as typed counts from the last shown item on ("the second to last one"), in order."""
    hits = ((hit, ORDINALS[(hit["back"] or "second").lower()]) for hit in _FROM_THE_END.finditer(text))
    return [Pointing(hit.start(), hit.end(), (n_shown - back + 1,)) for hit, back in hits if back <= n_shown]


def places_beyond(text: str, n_shown: int) -> tuple[int, ...]:
    """Return the places that a plain text surely means and that are not shown: "#47", "the 12th film" of ten."""
    named = (int(hit[1] or hit[2]) for hit in _SURE_PLACE.finditer(text))
    return tuple(place for place in named if not 1 <= place <= n_shown)


def count_of(words: str) -> int:
    """Return the number that digits or one of `COUNTS` are."""
    return int(words) if words.isdigit() else COUNTS.index(words.lower()) + 1


def say_places(places: Sequence[int]) -> str:
    """Return places up to `MAX_NAMED` as people say them: "the first one, the second one and the third one"."""
    *most, last = (f"the {_NAMES[place - 1]} one" for place in places)
    return f"{', '.join(most)} and {last}" if most else last


def _group(end: str, size: int, n_shown: int) -> tuple[int, ...]:
    first = n_shown - size + 1 if end in _LAST else 1
    return tuple(range(first, first + size))


def _place(ordinal: str, n_shown: int) -> int:
    if ordinal in ORDINALS:
        return ORDINALS[ordinal]
    return int(ordinal[0]) if ordinal[0].isdigit() else (1 if ordinal == "top" else n_shown)
