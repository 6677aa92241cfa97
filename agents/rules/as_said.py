"""An edit of the word lists in the words of its command, as a student says it: names copied, shown items by place.

Contract: only names change, and each means what it meant before: "robbery" becomes "robberies" where the command says
so, and a shown title that it does not say becomes the item's place ("#2").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.text import stem, tokens
from stillroom.agents.rules.vocabulary import LONGEST, Phrase, Vocabulary, title_forms
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Edit
from stillroom.data.schema import FacetKind

_COPIED: Final = (FacetKind.TAG, FacetKind.PERSON)


def as_said(edit: Edit, command: str, feed: tuple[ShownItem, ...], vocabulary: Vocabulary) -> Edit:
    """Return the edit with each name as the command writes it; one that it does not write stays as it is."""
    said = _Stretches(command)
    return Edit.of(tuple(_renamed(constraint, said, feed, vocabulary) for constraint in edit.add), edit.retract)


def _renamed(constraint: Constraint, said: _Stretches, feed: tuple[ShownItem, ...], words: Vocabulary) -> Constraint:
    kind, value = words.schema.facets[constraint.facet].kind, constraint.value
    if not isinstance(value, str):
        return constraint
    if kind in _COPIED:
        return replace(constraint, value=said.meaning(constraint.facet, value, words) or value)
    if kind is FacetKind.ITEM:
        place = next((f"#{item.position}" for item in feed if item.title == value), value)
        return replace(constraint, value=said.title(value) or place)
    return constraint


class _Stretches:
    """The stretches of a command by their stems."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._row = tokens(command)
        self._stems = [stem(token.text.lower()) for token in self._row]

    def meaning(self, facet: str, value: str, vocabulary: Vocabulary) -> str | None:
        """Return the longest stretch that means a value of a facet, the first of several."""
        for length in range(LONGEST, 0, -1):
            for stems, text in self._of_length(length):
                meaning = vocabulary.phrases.get(stems)
                if meaning is not None and (meaning.facet, meaning.value) == (facet, value):
                    return text
        return None

    def title(self, title: str) -> str | None:
        """Return the stretch that names a title, its longest form first."""
        for form in title_forms(title):
            for stems, text in self._of_length(len(form)):
                if stems == form:
                    return text
        return None

    def _of_length(self, length: int) -> Iterator[tuple[Phrase, str]]:
        for at in range(len(self._row) - length + 1):
            text = self._command[self._row[at].start : self._row[at + length - 1].end]
            yield tuple(self._stems[at : at + length]), text
