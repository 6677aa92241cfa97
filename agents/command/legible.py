"""Whether a text can be read at all: it has words, not too many, in letters rather than bytes, and in English.

Contract: pure, and any text may come in. What is refused is put to no model and changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from stillroom.agents.command.foreign import is_foreign

MAX_CHARACTERS: Final = 2000
_MAX_UNREADABLE: Final = 0.1
_MIN_LATIN: Final = 0.5
_ONLY_ENGLISH: Final = "I only understand English so far, sorry; the feed stays as it is."


def has_words(command: str) -> bool:
    """Say whether a command has anything to read: a word of two letters, or a number."""
    return re.search(r"[^\W\d_]{2}|\d", command) is not None


def clean_text(text: str) -> str:
    """Return the text without control characters and stray bytes, every run of white space one space."""
    readable = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or not _is_unreadable(sign))
    return " ".join(readable.split())


def refuse(text: str) -> str:
    """Return the polite reply to what is no command that the agent could read, or nothing."""
    command = clean_text(text)
    if len(command) > MAX_CHARACTERS:
        return f"That is {len(command):,} characters; please tell me in a sentence or two ({MAX_CHARACTERS:,} at most)."
    if sum(map(_is_unreadable, text)) > _MAX_UNREADABLE * len(text):
        return "That does not look like text, so the feed stays as it is."
    letters = [sign for sign in command if sign.isalpha()]
    if sum("LATIN" in unicodedata.name(sign, "") for sign in letters) < _MIN_LATIN * len(letters):
        return _ONLY_ENGLISH
    return _ONLY_ENGLISH if is_foreign(command) else ""


def _is_unreadable(sign: str) -> bool:
    # Control, surrogate, private and unassigned code points, and the mark that stands for bytes that are no text.
    return sign == "\N{REPLACEMENT CHARACTER}" or (
        unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") and not sign.isspace()
    )
