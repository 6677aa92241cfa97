"""Lengths of time in a command, put into minutes: "3h11" and "three hours eleven minutes" both become "191 min".

Arithmetic is code's work, not that of a model of 135 million parameters, which then only has to copy what it reads.
Minutes in digits stay as they are typed, and so does what is longer than any film ("127 Hours" is a title).
"""

from __future__ import annotations

import re
from typing import Final

_ONES: Final = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_NUMBERS: Final = {word: number for number, word in enumerate(f"{_ONES} seventeen eighteen nineteen".split(), start=1)}
_TEN: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS: Final = {word: 10 * ten for ten, word in enumerate(_TEN, start=2)}
_PARTS: Final = {"half": 30, "quarter": 15, "three quarters": 45, "three quarter": 45}

_TENS_WORD: Final = rf"(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(list(_NUMBERS)[:9])}))?"
_WORD: Final = rf"(?:{_TENS_WORD}|{'|'.join(_NUMBERS)})"
_MIN: Final = r"(?:[- ]?(?:minutes?|mins?|m)\b)"
_HOUR: Final = r"(?:[- ]?(?:hours?|hrs?|h)\b)"
_PART: Final = r"three[- ]quarters?|(?:an? )?(?:half|quarter)"
# After hours, a bare number is minutes only where nothing else reads like it ("two hours, four stars", "the 50's").
_TAIL: Final = rf"(?:[0-5]?\d|{_WORD}){_MIN}|[0-5]\d(?![\d'’.])\b|ten\b|fifteen\b|{_TENS_WORD}\b|(?:{_PART})\b"

_COMPACT: Final = re.compile(rf"\b([1-5])h([0-5]?\d)\b{_MIN}?", re.IGNORECASE)
_HOURS: Final = re.compile(
    rf"\b(?:(?P<whole>an?|one|two|three|four|five|[1-5](?:\.\d{{1,2}})?)"
    rf"(?: (?P<half>1/2)| and (?P<part>{_PART}))?{_HOUR}"
    rf"|(?P<bare>hour)(?= (?:{_TENS_WORD}|ten|fifteen)\b))(?:(?: and)? (?P<tail>{_TAIL}))?",
    re.IGNORECASE,
)
_MINUTES: Final = re.compile(
    rf"\b(?:(?P<hundred>an?|one) hundred(?: and)?(?: (?P<rest>{_WORD}))?|(?P<tens>{_TENS_WORD})){_MIN}", re.IGNORECASE
)
_COUPLE: Final = re.compile(r"\ba couple of (?=hours?\b)", re.IGNORECASE)


def in_minutes(command: str) -> str:
    """Return the command with every length that is told in hours or words as a number of minutes."""
    text = _COUPLE.sub("2 ", command)
    text = _COMPACT.sub(lambda match: _written(60 * int(match[1]) + int(match[2])), text)
    text = _HOURS.sub(_hours, text)
    return _MINUTES.sub(_minutes, text)


def _written(minutes: float) -> str:
    return f"{round(minutes)} min"


def _hours(match: re.Match[str]) -> str:
    whole = (match["whole"] or "a").lower()
    hours = 1.0 if whole in ("a", "an") else float(_NUMBERS.get(whole, 0) or whole)
    minutes = 60 * hours + (30 if match["half"] else 0)
    for part in (match["part"], match["tail"]):
        minutes += _value(part) if part else 0
    if not match["tail"] and whole in ("a", "an", "one") and not match["part"]:
        return match[0]  # "one hour photo": a bare hour needs no arithmetic, and may be part of a name
    return _written(minutes)


def _minutes(match: re.Match[str]) -> str:
    if match["tens"]:
        return _written(_value(match["tens"]))
    return _written(100 + (_value(match["rest"]) if match["rest"] else 0))


def _value(text: str) -> int:
    words = re.sub(rf"{_MIN}$|^an? ", "", text.lower(), flags=re.IGNORECASE).replace("-", " ").strip()
    if words in _PARTS:
        return _PARTS[words]
    return int(words) if words.isdigit() else sum(_TENS.get(word, 0) or _NUMBERS[word] for word in words.split())
