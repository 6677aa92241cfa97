"""Undoing: what a command takes back of what was said before, or of what it was about to say.

Contract: pure, from the words alone. Taking back a wish by its name is the Parser's, forgetting everything is
`rules.is_only_reset`.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.opening import is_only_polite, opening
from stillroom.agents.rules.places import COUNTS, count_of
from stillroom.agents.rules.text import plain

# Fewer words open these than other commands: "actually no, undo" and "hmm, undo that one" are left to the Parser, whose
# models are taught them.
_BEFORE: Final = r"(?:please |no,? |wait,? |oops,? )*"
_UNDO: Final = re.compile(
    rf"{_BEFORE}(?:undo(?: that| this| it)?(?: (?:the )?last (?:one|change|thing))?|go back"
    r"|ctrl ?[-+]? ?z"
    r"|revert(?: that| it)?|take (?:that|it) back|back(?: please)?)(?:,? please)?[.!]*"
)
_UNDO_SOME: Final = re.compile(
    rf"{_BEFORE}(?:undo|revert|cancel|take back|reverse|scrap) (?:my |the )?last ({'|'.join(COUNTS)}|[1-9]|10)"
    r"(?: (?:things?|changes?|wishes|wish|requests?|steps?|commands?|ones?|bits?))?"
    r"(?: (?:that )?i (?:asked for|asked|said|wanted|told you|wished for|did|made|typed))?"
)
_TAKES_BACK: Final = re.compile(r"(?:please |ok |okay |no,? )*(?:take back|undo|revert|withdraw|cancel)\b")
_NEVER_MIND: Final = re.compile(rf"{opening('no')}never ?mind(?: that| then| me| it)?[.!]*")


def n_undone(command: str) -> int:
    """Return how many changes a command takes back where it does nothing else, 0 where it does not."""
    text = plain(command)
    if _UNDO.fullmatch(text):
        return 1
    found = _UNDO_SOME.search(text)
    if found is None or not is_only_polite(f"{text[: found.start()]} {text[found.end() :]}"):
        return 0
    return count_of(found[1])


def takes_back(command: str) -> bool:
    """Say whether a command asks to take something back, which needs something that was said."""
    return _TAKES_BACK.match(plain(command)) is not None


def is_called_off(command: str) -> bool:
    """Say whether a command only says that nothing is meant after all."""
    return _NEVER_MIND.fullmatch(plain(command)) is not None
