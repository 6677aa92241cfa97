"""Inventing words: pronounceable, deterministic, one for each real word, and never a real one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

_ONSETS: Final = ("b", "br", "d", "dr", "f", "g", "gr", "h", "k", "kl", "l", "m", "n", "p", "pr", "r", "s", "st", "t")
_ONSETS_MORE: Final = ("tr", "v", "w", "z", "th", "sk", "sh", "j", "vr", "fl")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "eo", "ou")
_CODAS: Final = ("", "", "n", "r", "l", "s", "k", "m", "nd", "th", "rt", "x")


def invent_words(words: Iterable[str], taken: frozenset[str]) -> Mapping[str, str]:
    """Return an invented lower-case word for each word (compared without case): one-to-one, none of them in `taken`.

    The same words and `taken` give the same inventions in whatever order they come.
    """
    inventions: dict[str, str] = {}
    used = {word.casefold() for word in taken}
    for word in sorted({word.casefold() for word in words}):
        attempt = 0
        while (invention := _syllables(word, attempt)) in used:
            attempt += 1
        used.add(invention)
        inventions[word] = invention
    return MappingProxyType(inventions)


def _syllables(word: str, attempt: int) -> str:
    number = int.from_bytes(hashlib.sha256(f"{attempt}:{word}".encode()).digest()[:12], "big")
    onsets = _ONSETS + _ONSETS_MORE
    number, more = divmod(number, 2)
    parts = []
    for sounds in (*(onsets, _VOWELS) * (2 + more), _CODAS):
        number, pick = divmod(number, len(sounds))
        parts.append(sounds[pick])
    return "".join(parts)
