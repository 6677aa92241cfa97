"""Which way a wording says what it says: wanted or unwanted, at most or at least, more or less, held or let go.

Contract: code only. What the rules read the other way round is opposite; where they read nothing of it, the text has to
hold a word that says so much at least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.rules.cues import Cue
from stillroom.agents.rules.events import Event, read_events
from stillroom.agents.rules.relative import Relative
from stillroom.agents.rules.text import plain, words
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.schema import CatalogueSchema

_AGAINST: Final = frozenset({Cue.BAN, Cue.AVOID, Cue.TOO, Cue.SEEN})
_LET_GO: Final = _AGAINST | {Cue.RETRACT, Cue.ALLOW, Cue.INSTEAD, Cue.CORRECT}
_REVERSING: Final = frozenset({Cue.BAN, Cue.AVOID})
_LESS: Final = "less|lower|fewer|smaller"
_MORE: Final = "more|higher|greater|bigger|larger"
_UPPER: Final = (
    r"under|below|less|fewer|most|max\w*|up to|tops|within|limit|cap|before|until|till|cheaper|shorter|older|earlier"
    r"|spend|afford|budget|latest|sub"
)
_LOWER: Final = (
    r"over|above|more|least|min(?:imum)?|after|since|longer|newer|later|beyond|upwards?|onwards?|better|higher|plus"
    r"|starting|earliest"
)
_SIDE: Final = re.compile(
    rf"(?P<denied>\b(?:no|not|nothing|never|none|can ?not)\b(?:\W+\w+){{0,3}}?\W+)?"
    rf"\b(?:(?P<upper>{_UPPER})|(?P<lower>{_LOWER}))\b"
)


class Sense(StrEnum):
    """How a wording stands to what was meant."""

    SAID = "said"
    UNSAID = "unsaid"
    OPPOSITE = "opposite"


def sense_of(
    request: ParseRequest, meant: Sequence[Constraint], retracted: Sequence[Constraint], vocabulary: Vocabulary
) -> Sense:
    """Return whether the request's command says each constraint its way, and lets go of what is taken back by name."""
    reading = _Reading.of(request, vocabulary)
    titles = {f"#{item.position}": item.title for item in request.feed}
    sought = [_titled(constraint, titles).canonical() for constraint in meant]
    for old in retracted:
        if any(_is_about(read, old) and not any(_agree(read, new) for new in sought) for read in reading.read):
            return Sense.OPPOSITE
    # Beside a refusal of nothing that is meant, an unread wish is most likely what is refused.
    is_refused = bool(reading.cues & _AGAINST) and not retracted and all(map(_is_wish, sought))
    for constraint in sought:
        near = [read for read in reading.read if _is_about(read, constraint)]
        if near and not any(_agree(read, constraint) for read in near):
            return Sense.OPPOSITE
        if not near and (is_refused or not _is_hinted(constraint, reading, sought)):
            return Sense.UNSAID
    freed = [old for old in retracted if not any(_is_about(new, old) for new in sought)]
    return Sense.UNSAID if freed and not reading.cues & _LET_GO else Sense.SAID


@dataclass(frozen=True)
class _Reading:
    """What the rules make of a text: its plain form, its cues, and the wishes that they read."""

    text: str
    cues: frozenset[Cue]
    read: tuple[Constraint, ...]
    schema: CatalogueSchema

    @classmethod
    def of(cls, request: ParseRequest, vocabulary: Vocabulary) -> _Reading:
        text = plain(request.command)
        events = read_events(text, request.feed, vocabulary)
        cues = frozenset(event.content for event in events if isinstance(event.content, Cue))
        values = (constraint for constraint in parse_command(request, vocabulary).add if constraint.value is not None)
        return cls(text, cues, (*values, *_comparatives(text, events)), vocabulary.schema)


def _comparatives(text: str, events: Sequence[Event]) -> Iterator[Constraint]:
    """Yield the comparatives of the schema, turned round by a refusal right before them ("no older ones")."""
    for before, event in zip((None, *events), events, strict=False):
        if isinstance(event.content, Relative):
            refused = before is not None and before.content in _REVERSING and not text.startswith("too ", event.start)
            polarity = Polarity.NEGATIVE if refused else Polarity.POSITIVE
            yield Constraint(polarity, Strength.SOFT, event.content.facet, event.content.op).canonical()


def _titled(constraint: Constraint, titles: Mapping[str, str]) -> Constraint:
    """Return the constraint with a place in the feed as the title that stands there."""
    return replace(constraint, value=titles.get(str(constraint.value), constraint.value))


def _is_wish(constraint: Constraint) -> bool:
    return isinstance(constraint.value, str) and constraint.is_positive


def _is_about(one: Constraint, other: Constraint) -> bool:
    """Say whether two constraints are of the same thing: a value, a limit, more or less of a facet."""
    if one.facet != other.facet:
        return False
    if isinstance(one.value, str) and isinstance(other.value, str):
        mine, yours = set(words(one.value)), set(words(other.value))
        return mine <= yours or yours <= mine
    return one.value == other.value


def _agree(one: Constraint, other: Constraint) -> bool:
    """Say whether two constraints go the same way: polarity, and for numbers the side."""
    sides = [(item.op.is_upper, item.op.is_lower, item.op if item.op.is_relative else None) for item in (one, other)]
    return _is_about(one, other) and one.polarity is other.polarity and sides[0] == sides[1]


def _is_hinted(constraint: Constraint, reading: _Reading, sought: Sequence[Constraint]) -> bool:
    """Say whether a text that the rules read nothing of holds a word that goes the constraint's way."""
    if constraint.value is None:
        return _names_more(constraint, reading)
    if isinstance(constraint.value, str):
        return constraint.is_positive or bool(reading.cues & _AGAINST)
    if not (constraint.op.is_upper or constraint.op.is_lower):
        return True
    if {item.op.is_upper for item in sought if item.facet == constraint.facet} == {True, False}:
        return True  # "between the two" has a side for each
    found = {bool(hit["upper"]) is not bool(hit["denied"]) for hit in _SIDE.finditer(reading.text)}
    return found == {constraint.op.is_upper}


def _names_more(constraint: Constraint, reading: _Reading) -> bool:
    """Say whether more or less of a facet is asked for by the facet's name, where its schema has no comparatives."""
    facet = reading.schema.facets.get(constraint.facet)
    if facet is None or any(asked.op == constraint.op.value for asked in facet.speech.comparatives):
        return False
    names = "|".join(map(re.escape, (facet.name, *facet.speech.names)))
    degrees = _MORE if constraint.op is Op.MORE else _LESS
    return re.search(rf"\b(?:{degrees})\b[^,.;]{{0,20}}?\b(?:{names})\b", reading.text) is not None
