"""Whether a command that a model wrote says a known edit and nothing else; strict, since what passes is trained on.

Rules first: length, no title of the target, every value in the words (what a reader copies literally, genres and places
by the lexicon, numbers as numbers), no other value of the catalogue, no other number, and each the way round that it
was meant (simulators/wording_sense.py). Then, as configured, parsers have to read it as the very edit that was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from stillroom.agents.durations import in_minutes
from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules.text import words
from stillroom.agents.rules.vocabulary import Vocabulary
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Edit
from stillroom.data.preferences import merge
from stillroom.data.schema import FacetKind
from stillroom.simulators.leakage import find_leak
from stillroom.simulators.lexicon import Lexicon
from stillroom.simulators.metrics import score_edit
from stillroom.simulators.wording_sense import Sense, sense_of

MIN_WORDS, MAX_WORDS = 2, 40
COPIED: Final = frozenset({FacetKind.PERSON, FacetKind.TAG, FacetKind.ITEM})
# A small model likes to repeat the lines that it was given; parsers read those well, and nobody types them.
_NO_SENTENCE: Final = re.compile(r"[=;|→\"“”]|->")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


class Reason(StrEnum):
    """Why a wording was refused."""

    EMPTY = "empty"
    LENGTH = "length"
    FORM = "no sentence"
    SAME = "same as another"
    LEAK = "says the title"
    MISSING = "leaves something out"
    EXTRA = "says something else"
    OPPOSITE = "says the opposite"
    PARSERS = "read otherwise"


class Check(StrEnum):
    """How much must agree: the rules alone, one parser besides, or every parser."""

    WORDS = "words"
    ONE = "one"
    BOTH = "both"


@dataclass(frozen=True)
class Asked:
    """What a wording has to say: the edit in words and as it takes effect, in front of what, and the hidden title."""

    request: ParseRequest
    said: Edit
    gold: Edit
    title: str

    @property
    def retracted(self) -> tuple[Constraint, ...]:
        """Return what the edit takes back."""
        return tuple(item.constraint for item in self.request.preferences.remembered if item.id in self.said.retract)


@dataclass(frozen=True)
class WordingCheck:
    """Checks wordings of one world; `parsers` are asked in order, and only after the rules have passed."""

    lexicon: Lexicon
    vocabulary: Vocabulary
    parsers: Sequence[Parser] = ()
    check: Check = Check.BOTH

    def __call__(self, text: str, asked: Asked) -> Reason | None:
        """Return why the text is refused, None when it says the edit and nothing else."""
        if not text:
            return Reason.EMPTY
        if not MIN_WORDS <= len(text.split()) <= MAX_WORDS:
            return Reason.LENGTH
        if _NO_SENTENCE.search(text):
            return Reason.FORM
        if find_leak(asked.title, text):
            return Reason.LEAK
        if not all(self._is_said(constraint, text) for constraint in (*asked.said.add, *self._named(asked))):
            return Reason.MISSING
        if any(self._extras(text, asked)):
            return Reason.EXTRA
        sense = sense_of(replace(asked.request, command=text), asked.said.add, self._named(asked), self.vocabulary)
        if sense is not Sense.SAID:
            return Reason.OPPOSITE if sense is Sense.OPPOSITE else Reason.MISSING
        return None if self._is_read(text, asked) else Reason.PARSERS

    def _named(self, asked: Asked) -> tuple[Constraint, ...]:
        """Return what is taken back by name; who takes everything back need not name it."""
        is_all = len(asked.retracted) == len(asked.request.preferences.remembered)
        return tuple(c for c in asked.retracted if isinstance(c.value, str)) if not is_all else ()

    def _is_said(self, constraint: Constraint, text: str) -> bool:
        value = constraint.value
        if value is None:
            return True  # words that ask for more or less are a matter of sense alone
        if isinstance(value, int | float):
            numbers = set(_NUMBER.findall(in_minutes(text)))
            return f"{value:g}" in numbers or any(_holds(text, form) for form in self._number_forms(constraint))
        return any(_holds(text, form) for form in self._forms(constraint.facet, value))

    def _forms(self, facet: str, value: str) -> Iterator[str]:
        yield value if not value.startswith("#") else "\0"
        if value.startswith("#"):
            yield from self.lexicon.values["positions"].get(value[1:], ())
        elif facet in self.lexicon.facets and self.lexicon.schema.facets[facet].kind not in COPIED:
            for forms in self.lexicon.facets[facet].values.get(value, {}).values():
                yield from forms

    def _number_forms(self, constraint: Constraint) -> Iterator[str]:
        value, calendar = float(constraint.value or 0), self.vocabulary.schema.calendar
        if calendar is not None and constraint.facet == calendar.name and value % 10 in (0, 9):
            yield from self.lexicon.values["decades"].get(str(int(value // 10 * 10)), ())
        facet = self.lexicon.schema.facets.get(constraint.facet)
        if facet is not None:
            yield from self.lexicon.values.get(facet.slot, {}).get(f"{value:g}", ())

    def _extras(self, text: str, asked: Asked) -> Iterator[str]:
        """Yield what the text names and the edit does not: values of the catalogue, titles, numbers."""
        meant = (*asked.said.add, *asked.gold.add, *asked.retracted)
        fine = {str(constraint.value).casefold() for constraint in meant}
        forms = (form for constraint in meant for form in self._forms(constraint.facet, str(constraint.value)))
        spoken = {word for form in (*fine, *forms) for word in words(form)}
        stems, at = words(text), 0
        while at < len(stems):
            length, meaning = self.vocabulary.longest(stems, at) or (1, None)
            phrase = stems[at : at + length]
            at += length
            if meaning is None or meaning.weak or meaning.value.casefold() in fine or set(phrase) <= spoken:
                continue
            yield meaning.value
        yield from self._other_titles(stems, spoken)
        known = {form for constraint in meant for form in self._explained(constraint)}
        yield from (number for number in _NUMBER.findall(in_minutes(text)) if number not in known)

    def _other_titles(self, stems: tuple[str, ...], spoken: set[str]) -> Iterator[str]:
        for start in range(len(stems)):
            for end in range(start + 3, min(start + 7, len(stems) + 1)):
                phrase = stems[start:end]
                if phrase in self.vocabulary.titles and not set(phrase) <= spoken:
                    yield self.vocabulary.titles[phrase]

    def _explained(self, constraint: Constraint) -> Iterator[str]:
        value = constraint.value
        if isinstance(value, int | float):
            yield f"{value:g}"
            for form in self._number_forms(constraint):
                yield from _NUMBER.findall(form)
        elif isinstance(value, str):
            yield from _NUMBER.findall(value)
            for form in self._forms(constraint.facet, value):
                yield from _NUMBER.findall(form)

    def _is_read(self, text: str, asked: Asked) -> bool:
        needed = {Check.WORDS: 0, Check.ONE: 1, Check.BOTH: len(self.parsers)}[self.check]
        right, left = 0, len(self.parsers)
        for parser in self.parsers:
            if right >= needed or right + left < needed:
                break
            request = ParseRequest(text, asked.request.feed, asked.request.preferences)
            read = merge(request.preferences, parser(request).edit).edit
            right, left = right + score_edit(read, asked.gold).n_exact, left - 1
        return right >= needed


def _holds(text: str, form: str) -> bool:
    """Say whether the text has these words in a row, plural or not."""
    said, wanted = words(text), words(form)
    n = len(wanted)
    return n > 0 and any(said[start : start + n] == wanted for start in range(len(said) - n + 1))
