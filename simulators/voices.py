"""Voices: how the same words are typed by different people. Meaning never changes; copied spans are never misspelt.

Text comes in with copied spans (titles, names, numbers) between two private-use marks, so that a voice may lower-case
them but never puts a typo into what the agent must be able to copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

OPEN: Final = "\ue000"
CLOSE: Final = "\ue001"
_SPAN = re.compile(f"({OPEN}[^{CLOSE}]*{CLOSE})")
_SLANG: Final[Mapping[str, str]] = {
    "please": "pls",
    "you": "u",
    "your": "ur",
    "are": "r",
    "something": "smth",
    "because": "cos",
    "though": "tho",
    "about": "abt",
    "with": "w",
    "and": "n",
    "thanks": "thx",
    "tonight": "2nite",
    "really": "rly",
    "people": "ppl",
    "okay": "ok",
    "going to": "gonna",
    "want to": "wanna",
    "kind of": "kinda",
    "don't": "dont",
    "can't": "cant",
    "i'm": "im",
    "before": "b4",
    "great": "gr8",
}
_BRITISH: Final[Mapping[str, str]] = {
    "movies": "films",
    "movie": "film",
    "color": "colour",
    "favorite": "favourite",
    "humor": "humour",
    "mom": "mum",
    "awesome": "brilliant",
    "guys": "chaps",
    "weird": "odd",
}
_AMERICAN: Final[Mapping[str, str]] = {
    "films": "movies",
    "film": "movie",
    "colour": "color",
    "favourite": "favorite",
    "humour": "humor",
    "mum": "mom",
    "brilliant": "awesome",
}
_NEIGHBOURS: Final = {
    "a": "sq",
    "e": "wr",
    "i": "uo",
    "o": "ip",
    "u": "yi",
    "n": "bm",
    "t": "ry",
    "s": "ad",
    "r": "et",
    "l": "k",
    "h": "gj",
    "d": "sf",
    "c": "xv",
    "m": "n",
}


@dataclass(frozen=True)
class Voice:
    """A way of typing: its name, how often it is heard, and what it does to the words."""

    name: str
    weight: float
    apply: Callable[[str, Random], str]


def voices() -> tuple[Voice, ...]:
    """Return every voice."""
    return (
        Voice("plain", 4.0, lambda text, _: text),
        Voice("lower", 2.5, lambda text, _: text.lower()),
        Voice("sentence", 2.0, _sentence),
        Voice("phone", 1.2, _phone),
        Voice("typos", 1.2, _typos),
        Voice("unpunctuated", 1.5, lambda text, _: _outside(text.lower(), _strip_marks)),
        Voice("british", 0.8, lambda text, _: _replace(text, _BRITISH)),
        Voice("american", 0.8, lambda text, _: _replace(text, _AMERICAN)),
        Voice("shout", 0.25, lambda text, _: text.upper()),
        Voice("drawn out", 0.4, _drawn_out),
    )


def speak_as(voice: Voice, text: str, rng: Random) -> str:
    """Return the text as this voice types it; spans keep their marks."""
    return voice.apply(text, rng)


def spans(text: str) -> tuple[str, ...]:
    """Return the copied spans in order, without their marks."""
    return tuple(part[1:-1] for part in _SPAN.findall(text))


def without_marks(text: str) -> str:
    """Return the text as the person sends it."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def _outside(text: str, change: Callable[[str], str]) -> str:
    """Apply a change to everything but the copied spans."""
    return "".join(part if part.startswith(OPEN) else change(part) for part in _SPAN.split(text))


def _replace(text: str, words: Mapping[str, str]) -> str:
    pattern = re.compile(
        r"\b(" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")\b", re.IGNORECASE
    )
    return _outside(text, lambda part: pattern.sub(lambda match: words[match[1].lower()], part))


def _strip_marks(part: str) -> str:
    return re.sub(r"[.,!?;:]+(?=\s|$)", "", part)


def _sentence(text: str, rng: Random) -> str:
    text = text[:1].upper() + text[1:] if not text.startswith(OPEN) else text
    return text if text[-1:] in ".!?…" else text + rng.choice((".", ".", ".", "!"))


def _phone(text: str, rng: Random) -> str:
    chosen = {word: short for word, short in _SLANG.items() if rng.random() < 0.5}
    text = _replace(text.lower(), chosen) if chosen else text.lower()
    return _outside(text, _strip_marks)


def _typos(text: str, rng: Random) -> str:
    return _outside(text, lambda part: misspell(part, rng))


def misspell(part: str, rng: Random, rate: float = 0.035) -> str:
    """Return a text with typos at this rate a letter: swapped, lost, doubled, or the key beside it."""
    letters = list(part)
    for position in range(1, len(letters) - 1):
        if rng.random() > rate or not all(letter.isalpha() for letter in letters[position - 1 : position + 2]):
            continue
        kind = rng.randrange(4)
        if kind == 0:
            letters[position], letters[position + 1] = letters[position + 1], letters[position]
        elif kind == 1:
            letters[position] = ""
        elif kind == 2:
            letters[position] *= 2
        else:
            letters[position] = rng.choice(_NEIGHBOURS.get(letters[position], letters[position]))
    return "".join(letters)


def _drawn_out(text: str, rng: Random) -> str:
    stretched = re.compile(r"\b(so|no|please|way|too|more|ugh|hey)\b", re.IGNORECASE)
    return _outside(text, lambda part: stretched.sub(lambda word: word[0] + word[0][-1] * rng.randint(2, 4), part))
