"""The words that a reply may copy: every stretch of a command as one pattern, for the places of free text in a grammar.

Contract: what matches stands in the command, begins and ends with a word (or a mark that hangs on it: "Airplane!"), or
is a text that is remembered already; and it matches FREE_TEXT. A name or theme can then be cut wrongly, but neither
misspelled nor invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from stillroom.agents.grammar import FREE_TEXT, escape

MAX_WORDS: Final = 12
MAX_STARTS: Final = 120
_WORD: Final = re.compile(r"[^\W_]+")
_FREE: Final = re.compile(FREE_TEXT)
_OPENS: Final = frozenset("('")
_HANGS_ON: Final = frozenset(".!?)'")


def copied_text(command: str, remembered: Sequence[str] = ()) -> str:
    """Return the pattern of everything that may be copied: stretches of the command, and texts that are remembered.

    A command of more than MAX_STARTS words is no wish in a sentence: any free text will do there.
    """
    words = list(_WORD.finditer(command))
    if len(words) > MAX_STARTS:
        return FREE_TEXT
    options = [escape(text) for text in remembered if _FREE.fullmatch(text)]
    for first, word in enumerate(words):
        for start in _starts(command, word.start()):
            options.append(_from(command, start, words[first : first + MAX_WORDS]))
    options = [option for option in dict.fromkeys(options) if option]
    return f"(?:{'|'.join(options)})" if options else FREE_TEXT


def _from(command: str, start: int, words: Sequence[re.Match[str]]) -> str:
    """Return the pattern of all stretches from `start`, which end with one of the words; made inside out."""
    pattern = ""
    for place in reversed(range(len(words))):
        word = words[place]
        ends = [end for end in _ends(command, word.end()) if _FREE.fullmatch(command[start:end])]
        options = [escape(command[word.end() : end]) for end in ends if end > word.end()]
        if pattern:
            options.append(escape(command[word.end() : words[place + 1].start()]) + pattern)
        may_end = word.end() in ends
        if options:
            pattern = f"{escape(word.group())}(?:{'|'.join(options)}){'?' if may_end else ''}"
        elif may_end:
            pattern = escape(word.group())
    return escape(command[start : words[0].start()]) + pattern if pattern else ""


def _starts(command: str, word: int) -> Iterator[int]:
    """Yield where a stretch may start for its first word: at the word, or at the mark that opens it: "(500) Days"."""
    yield word
    if command[word - 1 : word] in _OPENS and word:
        yield word - 1


def _ends(command: str, word: int) -> Iterator[int]:
    """Yield where a stretch may end after its last word: there, or after marks that hang on it: "Airplane!"."""
    yield word
    end = word
    while end < len(command) and command[end] in _HANGS_ON and end < word + 3:
        end += 1
        yield end
