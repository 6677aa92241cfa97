"""Commands that the word lists know whole: "red silk dress", "korean thrillers after 2000", "cotton, no polyester".

Contract: pure. Read only where every word is a value, a bound, a tone right before one, or a small word of a noun
phrase, so that nothing is left that a model could understand better; a verb, a name that is none or a joke is such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules.cues import Cue
from stillroom.agents.rules.events import Content, Event, Mark, Word, read_events
from stillroom.agents.rules.numbers import Numbers
from stillroom.agents.rules.parser import parse_command
from stillroom.agents.rules.relative import Relative
from stillroom.agents.rules.text import plain, stem
from stillroom.agents.rules.vocabulary import Meaning, Vocabulary
from stillroom.data.edit import Edit

_SMALL: Final = frozenset(
    ("a", "an", "the", "some", "any", "of", "in", "from", "with", "please", "pls")
    + ("one", "thing", "something", "anything", "stuff")
)
_SPEAKER: Final = frozenset({"i", "we", "me", "us"})
# "A, or rather B", "A > B", "+A -B", "switch to A": what one value does to another is not in the lists.
_TURN: Final = re.compile(r"[^\w\s,.!'$£€-]|(?:^|\s)-|\b(?:rather|switch|swap|instead|over|then)\b")
_NOUNS: Final = ("film", "movie")
_NO: Final = frozenset({"no", "not", "without"})
_MARKS: Final = frozenset({",", "and", "or", ".", "!"})


def read_whole(request: ParseRequest, vocabulary: Vocabulary) -> Edit | None:
    """Return what a command wishes of which the word lists know every word; None where a model should be asked."""
    text = plain(request.command)
    if _TURN.search(text):
        return None
    events = read_events(text, request.feed, vocabulary)
    small = _small_words(events, vocabulary)
    values = {event.content.value for event in events if isinstance(event.content, Meaning)}
    if [event.content for event in events[-2:-1]] == [Cue.BAN] and text[events[-2].start : events[-2].end] in _NO:
        # At the end a ban reaches one value; further on, nobody can tell how far.
        if not isinstance(events[-1].content, Meaning) or _is_place(events[-1].content, text[events[-1].start :]):
            return None
        events = events[:-2]
    wished = any(isinstance(event.content, Meaning) for event in events)
    if not wished or not all(_is_known(event, small, vocabulary) for event in events):
        return None
    edit = parse_command(request, vocabulary)
    return edit if values <= {constraint.value for constraint in edit.add} else None


def _is_place(meaning: Meaning, said: str) -> bool:
    """Say whether a country is called by its own name: "no vietnam" may be about the war there."""
    return meaning.facet == "country" and plain(meaning.value) == said.strip(" .!")


def _small_words(events: Sequence[Event], vocabulary: Vocabulary) -> frozenset[str]:
    wants = any(event.content is Cue.WANT for event in events)
    nouns = {stem(word) for word in (*_NOUNS, *vocabulary.schema.noun.split())}
    return _SMALL | nouns | (_SPEAKER if wants else frozenset())


def _is_known(event: Event, small: frozenset[str], vocabulary: Vocabulary) -> bool:
    content: Content = event.content
    if isinstance(content, Meaning):
        # A theme of one word, or one of many names, may be an everyday word.
        return content.facet in vocabulary.closed or event.n_words > 1
    if isinstance(content, Numbers):
        return not content.bare
    if isinstance(content, Word):
        return stem(content.text) in small
    if isinstance(content, Mark):
        return content.text in _MARKS
    return content is Cue.WANT or isinstance(content, Relative)
