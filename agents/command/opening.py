"""Words that neither ask nor wish: those that open a command ("oh, wait, please …"), and those that are only polite.

Contract: pure, on plain text. Other lists say what may open a clause inside a command (`appeal`), or a sentence to the
word lists (`rules.speech`): there "wait" or "no" may be part of what is said.
"""

from __future__ import annotations

import re
from typing import Final

_OPENING: Final = "oh|ah|hey|hi|hello|hm+|erm?|uh|ok|okay|well|wait|sorry|oops|please|actually"
_POLITE: Final = re.compile(
    r"\b(?:please|kindly|thanks|thank you|ok|okay|hey|hm+|well|now|then|so|just|and|a bit|can you|could you)\b"
)


def opening(*others: str) -> str:
    """Return the pattern of any number of opening words, also of others that open a command of some kind."""
    return rf"(?:(?:{'|'.join((_OPENING, *others))})\b[,. ]*)*"


def is_only_polite(text: str) -> bool:
    """Say whether a plain text holds nothing but polite words, wherever they stand."""
    return not any(sign.isalnum() for sign in _POLITE.sub(" ", text))
