"""A command as a row of events: cues, mentions of values, numbers, comparatives, items, and the marks between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.cues import Cue, cue_table
from stillroom.agents.rules.numbers import Numbers, find_numbers
from stillroom.agents.rules.places import find_places
from stillroom.agents.rules.relative import Relative
from stillroom.agents.rules.text import Token, tokens, words
from stillroom.agents.rules.vocabulary import Meaning, Phrase, Vocabulary, title_forms
from stillroom.agents.rules.words import NO_WISH, ORDINARY


@dataclass(frozen=True)
class Item:
    """An item that the command names or points at; shown says whether it stands in the feed."""

    title: str
    shown: bool


@dataclass(frozen=True)
class Mark:
    """Punctuation or a joining word."""

    text: str


@dataclass(frozen=True)
class Word:
    """A word that means nothing to the reader, kept because "more X" may wish for it."""

    text: str


Content = Cue | Meaning | Numbers | Relative | Item | Mark | Word


@dataclass(frozen=True)
class Event:
    """One thing of the command and where it stands in the plain text."""

    start: int
    end: int
    content: Content
    n_words: int = 1


_FUZZY_AT: Final = 86.0


@cache
def _cues() -> Mapping[Phrase, Cue]:
    return MappingProxyType(cue_table())


@cache
def _no_wish() -> frozenset[Phrase]:
    return frozenset(words(form) for form in NO_WISH.split(", "))


def read_events(text: str, feed: tuple[ShownItem, ...], vocabulary: Vocabulary) -> list[Event]:
    """Return the events of a plain text in order, none overlapping another."""
    spans: list[Event] = [
        Event(numbers.start, numbers.end, numbers) for numbers in find_numbers(text, vocabulary.schema)
    ]
    for asked in vocabulary.relatives:
        hits = asked.pattern.finditer(text)
        spans += _free(spans, [Event(hit.start(), hit.end(), asked.relative) for hit in hits])
    row = tokens(text)
    spans += _free(spans, _titles(row, feed, vocabulary))
    spans += _free(spans, find_positions(text, feed))
    taken = sorted(spans, key=lambda event: event.start)
    return sorted(taken + _scan(row, taken, vocabulary), key=lambda event: event.start)


def _free(taken: list[Event], offered: list[Event]) -> list[Event]:
    return [new for new in offered if all(new.end <= old.start or new.start >= old.end for old in taken)]


def find_positions(text: str, feed: tuple[ShownItem, ...]) -> list[Event]:
    """Return where a plain text points at shown items by their places ("#2", "the last two"), one event an item."""
    return [
        Event(pointing.start, pointing.end, Item(item.title, True))
        for pointing in find_places(text, len(feed))
        for place in pointing.places
        for item in feed
        if item.position == place
    ]


def _titles(row: tuple[Token, ...], feed: tuple[ShownItem, ...], vocabulary: Vocabulary) -> list[Event]:
    shown = {form: item.title for item in feed for form in title_forms(item.title)}
    stems = [token.stem for token in row]
    longest = max((len(form) for form in shown), default=0)
    found: list[Event] = []
    for at in range(len(row)):
        if found and row[at].start < found[-1].end:
            continue
        for length in range(min(max(longest, 7), len(row) - at), 0, -1):
            form = tuple(stems[at : at + length])
            title = shown.get(form) or (vocabulary.titles.get(form) if _may_be_title(form, stems, at) else None)
            everyday = form in vocabulary.phrases or (length == 1 and form[0] in ORDINARY)
            if title and not (everyday and not _points(stems, at)):
                found.append(Event(row[at].start, row[at + length - 1].end, Item(title, form in shown)))
                break
    return found


def _points(stems: list[str], at: int) -> bool:
    before = stems[at - 1] if at else ""
    return before in {"like", "seen", "watched", "saw", "loved", "liked", "than", "vibe", "as"}


def _may_be_title(form: Phrase, stems: list[str], at: int) -> bool:
    """Say whether words that name a film outside the feed are meant so: long, or after "like" or "seen"."""
    strong = [word for word in form if word not in ORDINARY]
    if not strong:
        return False
    refused = len(form) >= 2 and at > 0 and stems[at - 1] in {"not", "no", "except"}
    return _points(stems, at) or refused or (len(form) >= 3 and len(strong) >= 2)


def _scan(row: tuple[Token, ...], taken: list[Event], vocabulary: Vocabulary) -> list[Event]:
    stems = [token.stem for token in row]
    found: list[Event] = []
    at = 0
    while at < len(row):
        clash = next((old for old in taken if old.start < row[at].end and row[at].start < old.end), None)
        if clash is not None:
            at += 1
            continue
        limit = next(
            (i for i in range(at, len(row)) if any(o.start < row[i].end and row[i].start < o.end for o in taken)),
            len(row),
        )
        length, content = _read(stems[:limit], at, row, vocabulary)
        found.append(Event(row[at].start, row[at + length - 1].end, content, length))
        at += length
    return found


def _read(stems: list[str], at: int, row: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[int, Content]:
    token = row[at]
    if token.text in {".", ",", ";", ":", "!", "?", "-", "/", "and", "or", "nor", "#"}:
        return 1, Mark(token.text)
    for length in (3, 2):
        if tuple(stems[at : at + length]) in _no_wish():
            return min(length, len(stems) - at), Word("")
    cue = _longest_cue(stems, at)
    mention = vocabulary.longest(stems, at)
    # A theme such as "hate" is rarely what an everyday word means.
    if mention and (cue is None or mention[0] > cue[0] or (mention[0] == cue[0] and not mention[1].weak)):
        return mention
    if cue:
        return cue
    return 1, _fuzzy(token, vocabulary) or Word(token.text)


def _longest_cue(stems: list[str], at: int) -> tuple[int, Cue] | None:
    table = _cues()
    for length in range(min(6, len(stems) - at), 0, -1):
        cue = table.get(tuple(stems[at : at + length]))
        if cue is not None:
            return length, cue
    return None


def _fuzzy(token: Token, vocabulary: Vocabulary) -> Meaning | None:
    """Read a mistyped genre, language or country; shorter words have too many neighbours."""
    if len(token.text) < 6 or token.text in ORDINARY:
        return None
    hit = process.extractOne(token.stem, vocabulary.spellings, scorer=fuzz.ratio, score_cutoff=_FUZZY_AT)
    return vocabulary.phrases.get(words(hit[0])) if hit else None
