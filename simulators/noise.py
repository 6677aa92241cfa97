"""Noise on typed words: typos, hesitation and hedges, swallowed small words, run-ons. What is meant stays what it was.

Contract: `roughen(utterance, noise, rng)` keeps the edit, and every name, title, theme and number that a reader has to
copy; words that carry polarity, strength or a bound are never misspelt or swallowed; a hedge ("maybe") only joins
what is soft already, since a hedge makes a wish soft (DESIGN 4), else it is a hesitation ("um").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from stillroom.data.edit import Edit, Verdict
from stillroom.simulators.intent import Utterance
from stillroom.simulators.voices import misspell


@dataclass(frozen=True)
class Noise:
    """How noisy somebody is: typos a letter, the other shares a command (swallowed: a small word; slips: a turn).

    A slip is something wrong, corrected in the next turn. `patience` is after how many ignored commands one gives up.
    """

    typos: float = 0.03
    hedges: float = 0.3
    swallowed: float = 0.2
    run_ons: float = 0.3
    slips: float = 0.15
    patience: int = 2


LEVELS: Final[Mapping[str, Noise]] = {
    "mild": Noise(0.01, 0.15, 0.08, 0.15, 0.08, 3),
    "medium": Noise(),
    "strong": Noise(0.06, 0.5, 0.4, 0.5, 0.25, 1),
}

_MEANT: Final = """
no not never none nothing nobody without except but less fewer more only just must ban avoid before after under over
below above than least most longer shorter older newer same like instead again other else out off up down first
second third fourth fifth sixth seventh eighth ninth tenth last one two three four five six seven eight nine ten
twenty thirty forty fifty sixty seventy eighty ninety hundred hour hours half quarter minutes stars star and or
"""
_MEANING_WORDS: Final = frozenset(_MEANT.split())
_SMALL_WORDS: Final = "the a an some please i i'd i'm we me us it is are to of for that with really so then"
_SMALL: Final = frozenset(_SMALL_WORDS.split())
_HESITATIONS: Final = ("um, ", "hmm ", "er, ", "let me think, ", "well, ", "uh ")
_HEDGES_BEFORE: Final = ("maybe ", "perhaps ", "i guess ", "not sure but maybe ", "dunno, maybe ")
_HEDGES_AFTER: Final = (" maybe", " i guess", " if that's ok", ", i suppose", " or so i think")
_BREAKS: Final = (" ok so ", " anyway ", " right ", " yeah and another thing ", " oh also ")
_TAILS: Final = (
    " so yeah",
    " anyway",
    " long day today",
    " that's it really",
    " you know how it is",
    " ok then",
)
_STOP: Final = re.compile(r"[.;!]+\s+(?=\S)")
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def roughen(utterance: Utterance, noise: Noise, rng: Random) -> Utterance:
    """Return the utterance as somebody this noisy types it; the marks of the noise stand beside its patterns."""
    kept = _copied(utterance)
    text, marks = utterance.text, list[str]()
    steps: tuple[tuple[str, float, Callable[[str], str]], ...] = (
        ("run_on", noise.run_ons, lambda words: _run_on(words, kept, rng)),
        ("hedge", noise.hedges, lambda words: _hedge(words, utterance.said, rng)),
        ("swallowed", 1.0, lambda words: _swallow(words, kept, noise.swallowed, rng)),
        ("typos", 1.0, lambda words: _mistype(words, kept, noise.typos, rng)),
    )
    for name, rate, change in steps:
        if rng.random() >= rate:
            continue
        changed = change(text)
        if changed != text:
            marks.append(f"noise:{name}")
        text = changed
    return replace(utterance, text=text, pattern_ids=(*utterance.pattern_ids, *marks))


def _copied(utterance: Utterance) -> re.Pattern[str]:
    """Return what must stay as it is typed: the values that the edit copies, and whatever holds a digit."""
    values = [str(c.value) for c in utterance.said.add if isinstance(c.value, str) and not c.value.startswith("#")]
    spans = [re.escape(value) for value in sorted(values, key=len, reverse=True)]
    return re.compile("|".join([*spans, r"\S*\d\S*"]), re.IGNORECASE)


def _outside(text: str, kept: re.Pattern[str], change: Callable[[str], str]) -> str:
    parts, end = list[str](), 0
    for match in kept.finditer(text):
        parts += [change(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*parts, change(text[end:])])


def _run_on(text: str, kept: re.Pattern[str], rng: Random) -> str:
    joined = _outside(text, kept, lambda part: _STOP.sub(lambda _: rng.choice(_BREAKS), part))
    return joined.rstrip(".!") + (rng.choice(_TAILS) if rng.random() < 0.5 else "")


def _hedge(text: str, said: Edit, rng: Random) -> str:
    wishes = said.verdict is Verdict.CHANGE and not said.retract and not any(c.is_hard for c in said.add)
    if not wishes:
        return rng.choice(_HESITATIONS) + text
    return rng.choice(_HEDGES_BEFORE) + text if rng.random() < 0.5 else text.rstrip(".!") + rng.choice(_HEDGES_AFTER)


def _swallow(text: str, kept: re.Pattern[str], rate: float, rng: Random) -> str:
    def drop(match: re.Match[str]) -> str:
        return "" if match.group().lower() in _SMALL and rng.random() < rate else match.group()

    thinner = _outside(text, kept, lambda part: _WORD.sub(drop, part))
    # Nobody sends an empty line: what would leave no word stays.
    return " ".join(thinner.split()) if _WORD.search(thinner) else text


def _mistype(text: str, kept: re.Pattern[str], rate: float, rng: Random) -> str:
    def spoil(match: re.Match[str]) -> str:
        word = match.group()
        return word if word.lower() in _MEANING_WORDS else misspell(word, rng, rate)

    return _outside(text, kept, lambda part: _WORD.sub(spoil, part))
