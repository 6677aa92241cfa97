"""Repetitions: a wish that is said again is remembered already, so nothing of it is taken back.

Contract: pure. Students read "no horror" beside a remembered "no Horror" as a change of mind and drop it. Where a
command states the wish in plain words, the word lists are believed: what they read in it as if nothing were remembered
stays. There are many ways to lift a wish by naming it ("stop hiding horror"), and models know
them better than any list; so a part with any word that does not belong to a plain statement is left to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.rules.events import Item, read_events
from stillroom.agents.rules.numbers import Numbers
from stillroom.agents.rules.text import plain, tokens
from stillroom.agents.rules.vocabulary import Meaning
from stillroom.data.constraint import Constraint, Op
from stillroom.data.edit import Edit

_WORDS: Final = """
a absolutely again all also always an and any anything as at book books but by can definitely do ever fewer film films
for from give hate hated honestly i i'm in it just less like made me more movie movies my need never no none not nothing
of ok okay once one ones only please product products really remember said seriously show so some something stand still
stuff that the time to told want wanted well with without yeah yep yes you
"""
_PLAIN_WORDS: Final = frozenset(_WORDS.split())
# These name themes, too.
_VERBS: Final = re.compile(r"(?:strike|cut|bin|axe|scrap)\b")
# "But still no romance" forbids it in any surroundings, unless something in them lets go.
_FORBIDS: Final = re.compile(r"\b(?:no|not|never|without)(?: more| any)? $")
_LETS_GO: Final = re.compile(
    r"\b(?:ban|rule|thing|bit|limit|request|wish|filter|preference|list|can go|over|forget|drop|lift|stop|mind|longer"
    r"|any ?more|fine|ok|okay|scrap|undo|cancel|remove|delete|need|needs|problem|issue|worry|worries|reason|harm|bother"
    r"|skip|avoid|leave|without|except|only|just)\b"
)
# "I said no comedy, should have been no thriller": what was said is put right, not said again.
_CORRECTS: Final = re.compile(r"\bsaid\b.*\b(?:but|should|meant|mean|instead|rather)\b|\bchange\b")
_NEGATIVE: Final = re.compile(r"\b(?:no|not|never|nothing|none|without|hated?|less|fewer)\b")
_SEGMENT: Final = re.compile(r"[^,.;:!?]+")


def without_repeats(edit: Edit, request: ParseRequest, vocabulary: Vocabulary) -> Edit:
    """Return the edit without retractions of what its command states again."""
    said = said_again(request, vocabulary)
    return Edit.of(edit.add, tuple(name for name in edit.retract if name not in said))


def said_again(request: ParseRequest, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the ids of what is remembered and plainly stated again.

    A relative wish is none of them: "shorter", said again, means shorter still.
    """
    titles = [plain(str(item.constraint.value)) for item in request.preferences.remembered if _is_like(item.constraint)]
    parts = tuple(_plain_parts(request, vocabulary, titles))
    if not parts:
        return frozenset()
    text = ", ".join(parts)
    stated = {constraint.key for constraint in parse_command(request.alone(text), vocabulary).add}

    def is_stated(known: Constraint) -> bool:
        if known.op.is_relative:
            return False
        named = _is_like(known) and plain(str(known.value)) in text and not _NEGATIVE.search(text)
        return named or known.key in stated

    return frozenset(item.id for item in request.preferences.remembered if is_stated(item.constraint.canonical()))


def _plain_parts(request: ParseRequest, vocabulary: Vocabulary, titles: list[str]) -> Iterator[str]:
    """Yield the parts of a command that state something in plain words, and what is plainly forbidden in other parts.

    A part ends at a mark, or at "but". Where a part that names nothing is not plain, it may speak of all the others.
    """
    text = plain(request.command)
    if _CORRECTS.search(text):
        return
    spans = [
        (event.start, event.end)
        for event in read_events(text, request.feed, vocabulary)
        if isinstance(event.content, Meaning | Numbers | Item)
    ]
    spans += [found.span() for title in titles for found in re.finditer(rf"\b{re.escape(title)}\b", text)]
    found: list[str] = []
    is_all_plain = True
    for segment in _SEGMENT.finditer(text.replace(" but ", " ,   ")):
        start, end = segment.span()
        names = [span for span in spans if start <= span[0] and span[1] <= end]
        others = [
            token.text
            for token in tokens(text[start:end])
            if not any(low <= start + token.start and start + token.end <= high for low, high in names)
        ]
        is_plain = all(word in _PLAIN_WORDS for word in others) and not _VERBS.match(text[start:end].strip())
        if is_plain and names:
            found.append(text[start:end].strip())
        elif not is_plain and not names:
            is_all_plain = False
        elif text[end : end + 1] != "?" and not _LETS_GO.search(text[start:end]):
            forbidden = [text[low:high] for low, high in names if _FORBIDS.search(text[start:low])]
            yield from (f"no {name}" for name in forbidden if text.count(name) == 1)
    if is_all_plain:
        yield from found


def _is_like(constraint: Constraint) -> bool:
    return constraint.op is Op.LIKE and constraint.is_positive
