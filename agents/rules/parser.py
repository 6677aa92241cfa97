"""The reading itself: from a command's events to an Edit, by scopes of cues over mentions.

Contract: pure, never raises on any text; the edit it returns is effective (merging it changes nothing about it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules.cues import Cue
from stillroom.agents.rules.events import Event, Item, Mark, Word, read_events
from stillroom.agents.rules.memory import Retraction, find_retractions, is_reset
from stillroom.agents.rules.numbers import Numbers
from stillroom.agents.rules.relative import Relative
from stillroom.agents.rules.speech import wishful_text
from stillroom.agents.rules.text import plain
from stillroom.agents.rules.vocabulary import Meaning, Vocabulary
from stillroom.agents.rules.words import ORDINARY
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import KEEP, Edit
from stillroom.data.preferences import Preferences, merge
from stillroom.data.schema import CatalogueSchema, FacetKind

_NEGATIVE: Final = frozenset({Cue.BAN, Cue.AVOID, Cue.TOO, Cue.SEEN})
_POSITIVE: Final = frozenset({Cue.MORE, Cue.WANT, Cue.LIKE, Cue.ONLY, Cue.INSTEAD, Cue.KEEP})
_BREAKS: Final = frozenset({".", ";", "!", "?", ":", "-"})
_FREE_LENGTH: Final = 7
_TAGGABLE: Final = re.compile(r"[a-z][a-z-]{3,}")


@dataclass
class _Reading:
    """What has been read so far of one command."""

    preferences: Preferences
    schema: CatalogueSchema
    add: list[Constraint] = field(default_factory=list)
    retract: list[str] = field(default_factory=list)

    def put(self, polarity: Polarity, strength: Strength, facet: str, op: Op, value: str | int | float | None) -> None:
        """Add a constraint, once, unless it only repeats more softly what is remembered as a must."""
        if facet not in self.schema.facets:
            return
        new = Constraint(polarity, strength, facet, op, value).canonical()
        known = [item.constraint for item in self.preferences.remembered if item.id not in self.retract]
        softer = any(old.key == new.key and old.is_hard and not new.is_hard and value is not None for old in known)
        if not softer and all(old.key != new.key for old in self.add):
            self.add.append(new)

    def name_of(self, kind: FacetKind) -> str:
        """Return the name of the first facet of a kind; empty when the catalogue has none."""
        facet = self.schema.first(kind)
        return facet.name if facet is not None else ""


@dataclass
class _Scope:
    """The tone that reaches the next mention."""

    cue: Cue | None = None
    hedged: bool = False
    only: bool = False
    correcting: bool = False

    @property
    def is_negative(self) -> bool:
        """Say whether the next mention is unwanted."""
        return self.cue in _NEGATIVE


def parse_command(request: ParseRequest, vocabulary: Vocabulary) -> Edit:
    """Return what the command changes."""
    text = wishful_text(plain(request.command))
    if not text:
        return KEEP
    reading = _Reading(request.preferences, vocabulary.schema)
    if is_reset(text):
        reading.retract.extend(request.preferences.ids)
    events = read_events(text, request.feed, vocabulary)
    retraction = find_retractions(text, events, request.preferences, vocabulary.schema)
    reading.retract += [name for name in retraction.ids if name not in reading.retract]
    for clause in _clauses([event for event in events if not retraction.covers(event)]):
        _read_clause(clause, reading, retraction, brief=len(text.split()) <= _FREE_LENGTH)
    edit = Edit.of(tuple(reading.add), tuple(reading.retract))
    return merge(request.preferences, edit).edit


def _clauses(events: list[Event]) -> list[list[Event]]:
    """Cut at full stops and "but": no tone reaches over them."""
    clauses: list[list[Event]] = [[]]
    for event in events:
        content = event.content
        if content is Cue.STOP or (isinstance(content, Mark) and content.text in _BREAKS):
            clauses.append([])
        else:
            clauses[-1].append(event)
    return [clause for clause in clauses if clause]


def _read_clause(clause: list[Event], reading: _Reading, retraction: Retraction, *, brief: bool) -> None:
    cues = [event.content for event in clause if isinstance(event.content, Cue)]
    mentions = [at for at, event in enumerate(clause) if isinstance(event.content, Meaning | Numbers | Relative | Item)]
    trailing = Cue.ONLY in cues and bool(mentions) and _last(clause, Cue.ONLY) > mentions[-1]
    scope = _Scope(hedged=Cue.HEDGE in cues, only=trailing)
    if bool(mentions) and Cue.BAN in cues and _first(clause, Cue.BAN) > mentions[-1] and not _POSITIVE & set(cues):
        scope.cue = Cue.BAN
    if Cue.SEEN in cues and any(isinstance(clause[at].content, Item) for at in mentions):
        scope.cue = Cue.SEEN
    for at, event in enumerate(clause):
        content = event.content
        if isinstance(content, Cue):
            _turn(scope, content)
        elif isinstance(content, Mark):
            _pass_mark(scope, clause, at)
        elif isinstance(content, Word):
            _free_word(scope, clause, at, reading, brief=brief)
        else:
            before = len(reading.add)
            _put(content, scope, reading, brief=brief, cues=cues)
            if scope.correcting and len(reading.add) > before:
                _correct(reading, before)
            scope.correcting = False


def _turn(scope: _Scope, cue: Cue) -> None:
    if cue is Cue.ONLY:
        scope.only = True
        if scope.cue is not Cue.BAN:
            scope.cue = Cue.ONLY
    elif cue is Cue.CORRECT:
        scope.correcting, scope.cue = True, None
    elif cue in _NEGATIVE | _POSITIVE and not _is_swallowed(scope, cue):
        scope.cue = cue


def _is_swallowed(scope: _Scope, cue: Cue) -> bool:
    """Say whether a tone goes on over this cue: in "nothing like it" and "not something I want" it does."""
    if cue is Cue.LIKE:
        return scope.is_negative and scope.cue is not Cue.TOO
    return cue in {Cue.WANT, Cue.INSTEAD} and scope.cue in {Cue.BAN, Cue.AVOID}


def _pass_mark(scope: _Scope, clause: list[Event], at: int) -> None:
    """Let a tone reach over "and" and "or", and over a comma only inside a list that ends so."""
    content = clause[at].content
    if not isinstance(content, Mark) or content.text in {"or", "nor", "/"}:
        return
    following = clause[at + 1 : at + 3]
    joined = any(isinstance(event.content, Meaning | Item | Numbers) for event in following)
    if content.text == "and" and joined:
        return
    listed = any(
        isinstance(event.content, Mark) and event.content.text in {"or", "and"} for event in clause[at + 1 : at + 4]
    )
    if content.text == "," and joined and (listed or scope.cue is Cue.SEEN):
        return
    scope.cue, scope.only = None, False


def _put(content: object, scope: _Scope, reading: _Reading, *, brief: bool, cues: list[Cue]) -> None:
    strength = _strength(scope)
    polarity = Polarity.NEGATIVE if scope.is_negative else Polarity.POSITIVE
    if isinstance(content, Meaning):
        if content.weak and scope.cue is None and not brief:
            return
        reading.put(polarity, strength, content.facet, Op.EQ, content.value)
    elif isinstance(content, Numbers):
        _put_numbers(content, scope, reading)
    elif isinstance(content, Relative):
        firm = Strength.HARD if content.hard else Strength.SOFT
        reading.put(Polarity.POSITIVE, firm, content.facet, content.op, None)
    elif isinstance(content, Item):
        _put_item(content, scope, reading, cues)


def _put_numbers(numbers: Numbers, scope: _Scope, reading: _Reading) -> None:
    soft = scope.hedged or numbers.approximate
    bounds = numbers.bounds
    if numbers.bare:
        old = [item.constraint for item in reading.preferences.remembered if item.constraint.facet == numbers.facet]
        held = [constraint for constraint in old if constraint.op.is_upper or constraint.op.is_lower]
        if len(held) == 1:
            bounds = ((held[0].op, bounds[0][1]),)
        elif numbers.is_amount:
            bounds, soft = ((Op.EQ, bounds[0][1]),), True
    if scope.cue in {Cue.BAN, Cue.AVOID} and len(bounds) == 2:
        return
    polarity = Polarity.NEGATIVE if scope.cue is Cue.BAN and len(bounds) == 1 and numbers.bare else Polarity.POSITIVE
    for op, limit in bounds:
        reading.put(polarity, Strength.SOFT if soft else Strength.HARD, numbers.facet, op, limit)


def _put_item(item: Item, scope: _Scope, reading: _Reading, cues: list[Cue]) -> None:
    facet = reading.name_of(FacetKind.ITEM)
    if scope.cue in {Cue.SEEN, Cue.BAN}:
        reading.put(Polarity.NEGATIVE, Strength.HARD, facet, Op.EQ, item.title)
    elif scope.cue is Cue.AVOID:
        reading.put(Polarity.NEGATIVE, Strength.SOFT, facet, Op.LIKE, item.title)
    elif scope.cue in {Cue.LIKE, Cue.MORE, Cue.WANT} or _asks_for_more(scope, item, cues):
        reading.put(Polarity.POSITIVE, Strength.SOFT, facet, Op.LIKE, item.title)


def _asks_for_more(scope: _Scope, item: Item, cues: list[Cue]) -> bool:
    """Say whether an item that is only praised is wished for: "loved the third one, more of that"."""
    praised = Cue.PRAISE in cues and Cue.MORE in cues
    return praised or (item.shown and scope.cue is None and (Cue.MORE in cues or Cue.LIKE in cues))


def _strength(scope: _Scope) -> Strength:
    if scope.hedged or scope.cue in {Cue.AVOID, Cue.TOO}:
        return Strength.SOFT
    return Strength.HARD if scope.only or scope.is_negative else Strength.SOFT


def _free_word(scope: _Scope, clause: list[Event], at: int, reading: _Reading, *, brief: bool) -> None:
    """Take "more X" and "too X" for a theme when the word says something and no known mention follows it."""
    content = clause[at].content
    before = clause[at - 1].content if at else None
    direct = before in {Cue.MORE, Cue.AVOID, Cue.TOO} or (before is Cue.BAN and brief)
    if not isinstance(content, Word) or not direct or content.text in ORDINARY or not _TAGGABLE.fullmatch(content.text):
        return
    following = clause[at + 1].content if at + 1 < len(clause) else None
    if isinstance(following, Meaning | Relative | Item | Numbers) or following is Cue.BAN:
        return
    _put(Meaning(reading.name_of(FacetKind.TAG), content.text), scope, reading, brief=brief, cues=[])


def _correct(reading: _Reading, before: int) -> None:
    """Take back what was said before "no wait" about the facet that is now said anew."""
    new = reading.add[before:]
    facets = {constraint.facet for constraint in new}
    if not any(old.facet in facets and old.is_positive for old in reading.add[:before]):
        kinds = {reading.schema.facets[facet].kind for facet in facets}
        facets |= {reading.name_of(FacetKind.CATEGORICAL)} if FacetKind.TAG in kinds else set()
    reading.add[:before] = [old for old in reading.add[:before] if old.facet not in facets or not old.is_positive]


def _first(clause: list[Event], cue: Cue) -> int:
    return next(at for at, event in enumerate(clause) if event.content is cue)


def _last(clause: list[Event], cue: Cue) -> int:
    return max(at for at, event in enumerate(clause) if event.content is cue)
