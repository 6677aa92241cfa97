"""The leakage audit: no utterance of a simulated user may contain its target's title.

Contract: titles and utterances are compared as whole words, without case, accents or punctuation. A title that is one
common word ("Up", "Drama") cannot be told from the word itself: it is counted apart, never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stillroom.data.trajectory import Episode

_YEAR = re.compile(r"\s*\(\d{4}\)\s*$")
_ALIAS = re.compile(r"\(([^)]*)\)")
_ARTICLES: Final = frozenset({"the", "a", "an", "le", "la", "les", "l", "il", "el", "der", "die", "das"})
_COMMON: Final = """
a about after again all alone always and any anything are away back bad be before best better big both but by
children classic click close come cool crash dark dear drive eight ever everything few five four free fresh friends
from fun funny game girl go good great happy hard heat help her here him his home hot house i if in it its joy
just kids life like little long look lost love lucky mad magic man me men more much my near never new next nine no
not nothing now of off oh old on one or other others out over quick rain red right rich run she short six slow
small so some something strange sunshine ten that them then they thing this three to trust two under up us very
war we what when wild with woman women wonder yes you young your zero
action adventure animation comedy crime documentary drama fantasy horror musical mystery romance romantic thriller
western
"""
COMMON_WORDS: Final = frozenset(_COMMON.split())


LEAKED: Final = "leak: "
"""How the error of a model call begins whose reply said the title."""


class Leak(StrEnum):
    """What of the title was said: all of it, the part before the colon, or a title that is one common word."""

    TITLE = "title"
    MAIN_PART = "main_part"
    COMMON_WORD = "common_word"


@dataclass(frozen=True)
class Spoken:
    """What a simulated user said while looking for the item with this title."""

    title: str
    text: str


@dataclass(frozen=True)
class LeakFound:
    """An utterance that says (some of) its target's title."""

    leak: Leak
    spoken: Spoken


@dataclass(frozen=True)
class LeakageReport:
    """How many utterances were read, and every one that says some of its title."""

    n_utterances: int
    found: tuple[LeakFound, ...] = ()

    def count(self, leak: Leak) -> int:
        """Return how many utterances leaked in this way."""
        return sum(item.leak is leak for item in self.found)

    @property
    def is_clean(self) -> bool:
        """Say whether no title was said; a common word that happens to be a title is no proof of a leak."""
        return not any(item.leak is not Leak.COMMON_WORD for item in self.found)


def spoken_in(episode: Episode) -> Iterator[Spoken]:
    """Yield what the user of an episode said, each with the title that it was then after."""
    drift = episode.state.get("drift")
    turn, before = (drift["turn"], drift["from_title"]) if isinstance(drift, dict) else (0, "")
    for said in episode.turns:
        if said.command is not None:
            is_before = isinstance(turn, int) and said.number < turn
            yield Spoken(str(before) if is_before else episode.target_title or "", said.command)


def n_refused(episode: Episode) -> int:
    """Return how many replies of a model playing the user said the title and were never sent."""
    return sum(call.error.startswith(LEAKED) for turn in episode.turns for call in turn.calls)


def audit(spoken: Iterable[Spoken], common: Collection[str] = COMMON_WORDS) -> LeakageReport:
    """Read every utterance; `common` are the words that prove nothing (add the catalogue's genres and tags)."""
    common = frozenset(word.casefold() for word in common)
    found, n_utterances = [], 0
    for item in spoken:
        n_utterances += 1
        leak = find_leak(item.title, item.text, common)
        if leak is not None:
            found.append(LeakFound(leak, item))
    return LeakageReport(n_utterances, tuple(found))


def find_leak(title: str, text: str, common: Collection[str] = COMMON_WORDS) -> Leak | None:
    """Return what of the title the text says, or None."""
    said = words_of(text)
    mild: Leak | None = None
    for name, leak in _names(title):
        if not _contains(said, name):
            continue
        if len(name) == 1 and name[0] in common:
            mild = Leak.COMMON_WORD
        elif leak is Leak.TITLE:
            return leak
        else:
            mild = leak
    return mild


def words_of(text: str) -> tuple[str, ...]:
    """Return the words without case, accents and punctuation; `don't` is one word."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark) and mark not in "'’`")
    return tuple(re.findall(r"[^\W_]+", plain))


def _names(title: str) -> list[tuple[tuple[str, ...], Leak]]:
    title = _YEAR.sub("", title)
    whole = [_ALIAS.sub(" ", title), *_ALIAS.findall(title)]
    names = [(_bare(name), Leak.TITLE) for name in whole]
    names += [(_bare(name.partition(":")[0]), Leak.MAIN_PART) for name in whole[:1] if ":" in name]
    return [(name, leak) for name, leak in names if name]


def _bare(name: str) -> tuple[str, ...]:
    # "Godfather, The" and "The Godfather" are both said as "godfather"; "The The" stays as it is.
    words = words_of(re.sub(r"^\s*a\.?k\.?a\.?\s", "", name, flags=re.IGNORECASE))
    if "," in name and len(words) > 1 and words[-1] in _ARTICLES:
        words = words[:-1]
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return words


def _contains(said: tuple[str, ...], name: tuple[str, ...]) -> bool:
    n = len(name)
    return any(said[start : start + n] == name for start in range(len(said) - n + 1))
