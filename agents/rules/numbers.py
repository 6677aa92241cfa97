"""Numbers in a command: years, decades, lengths and stars, each with its bounds and the place where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stillroom.data.constraint import Op

Bounds = tuple[tuple[Op, int | float], ...]

_DECADES: Final = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000, "naughties": 2000,
}  # fmt: skip
_SIDES: Final = (
    (
        Op.GE,
        r"(?:nothing|not?|never|not anything|no films?|no movies?|none|not? stuff) (?:made |from )?(?:before"
        r"|older than|earlier than|under|below|prior to|pre)",
    ),
    (
        Op.LE,
        r"(?:nothing|not?|never|not anything|no films?|no movies?|none) (?:made |from )?(?:after|newer"
        r" than|later than|post|more recent than)",
    ),
    (
        Op.LE,
        r"(?:nothing|not?|never|not anything|none) (?:that is |much )?(?:longer|more|over|above|beyond)(?:"
        r" than)?",
    ),
    (Op.GE, r"(?:nothing|not?|never|not anything|none) (?:that is |much )?(?:shorter|less|worse|lower)(?: than)?"),
    (
        Op.LT,
        r"before|pre|prior to|older than|earlier than|under|below|less than|shorter than|fewer than|up"
        r" until|worse than",
    ),
    (Op.GT, r"after|post|newer than|later than|over|above|more than|longer than|better than|more recent than|beyond"),
    (
        Op.LE,
        r"up to|until|till|at most|max(?:imum)?(?: of)?|within|only have|have only|only got|no later"
        r" than|by|exactly",
    ),
    (Op.GE, r"at least|min(?:imum)?(?: of)?|since|from|starting(?: from| in)?|not older than|as of"),
)
_AROUND: Final = r"(?:around|about|roughly|approximately|circa|ca|approx|like|maybe|near|or so)"
_YEAR: Final = r"(1[89]\d\d|20[0-3]\d)"
_LENGTH: Final = (
    r"(?:(\d+(?:\.\d+)?)(?: and a (half))? ?(?:hours?|hrs?|h)\b(?: ?(?:and )?(\d+) ?(?:minutes?|mins?|m)?\b)?"
    r"|(\d+) ?(?:minutes?|mins?|m|min)\b)"
)
_AFTERWARDS: Final = (
    (Op.LE, r"max(?:imum)?|at most|tops|or (?:less|shorter|under|earlier|before|older)|is my limit|limit|cap"),
    (
        Op.GE,
        r"plus|\+|or (?:more|longer|newer|later|up|above|better|higher|so and newer)|and (?:up|newer"
        r"|later|above|on|onwards?|better|higher)|onwards?|at least|min(?:imum)?|upwards?",
    ),
)


@dataclass(frozen=True)
class Numbers:
    """Bounds on one numeric facet, where they stand in the text, and whether the person only approximates."""

    start: int
    end: int
    facet: str
    bounds: Bounds
    approximate: bool = False
    bare: bool = False


def find_numbers(text: str) -> list[Numbers]:
    """Return the numeric wishes of a plain text, none overlapping another, in order."""
    found: list[Numbers] = []
    for reader in (_ranges, _decades, _years, _lengths, _stars, _eras):
        for numbers in reader(text):
            if all(numbers.end <= other.start or numbers.start >= other.end for other in found):
                found.append(numbers)
    return sorted(found, key=lambda numbers: numbers.start)


def _ranges(text: str) -> list[Numbers]:
    pattern = rf"(?:between|from)? ?\b{_YEAR}(?:'?s)? ?(?:and|to|-|till|until) ?{_YEAR}(?:'?s)?"
    return [
        Numbers(match.start(), match.end(), "year", ((Op.GE, int(match.group(1))), (Op.LE, int(match.group(2)))))
        for match in re.finditer(pattern, text)
        if int(match.group(1)) <= int(match.group(2))
    ]


def _decades(text: str) -> list[Numbers]:
    side = "|".join(f"(?:{pattern})" for _, pattern in _SIDES)
    names = "|".join(_DECADES)
    pattern = rf"\b(?:({side}) (?:the )?)?(?:(19|20)?(\d0)'?s\b|({names})\b)"
    found = []
    for match in re.finditer(pattern, text):
        before, century, tens, name = match.groups()
        start = (
            _DECADES[name]
            if name
            else (int(century) * 100 if century else (1900 if int(tens) > 15 else 2000)) + int(tens)
        )
        op = _side(before) if before and before not in {"from", "by", "until", "till"} else None
        later = re.match(r" (?:and|or) (?:newer|later|up|on|onwards?)", text[match.end() :])
        found.append(Numbers(match.start(), match.end(), "year", _decade(start, Op.GE if later else op)))
    return found


def _decade(start: int, op: Op | None) -> Bounds:
    if op is None:
        return ((Op.GE, start), (Op.LE, start + 9))
    if op is Op.GT:
        return ((Op.GT, start + 9),)
    if op is Op.LE:
        return ((Op.LE, start + 9),)
    return ((op, start),)


def _years(text: str) -> list[Numbers]:
    found = []
    for match in re.finditer(_YEAR, text):
        if (match.start() and text[match.start() - 1].isalnum()) or text[match.end() : match.end() + 1].isalnum():
            continue
        found.append(_bounded(text, match, "year", int(match.group(1))))
    return found


def _lengths(text: str) -> list[Numbers]:
    found = []
    for match in re.finditer(rf"(?<![\d.]){_LENGTH}", text):
        hours, half, rest, minutes = match.groups()
        value = int(minutes) if minutes else round(float(hours) * 60 + (30 if half else 0) + int(rest or 0))
        if 0 < value <= 1000:
            found.append(_bounded(text, match, "runtime", value))
    return found


def _stars(text: str) -> list[Numbers]:
    found = []
    pattern = (
        r"(?<![\d.])([0-5](?:\.\d)?)(?:/5| out of 5)?(?: ?stars?| ?\*|/5| out of 5| and (?:up|above|higher) rated)"
    )
    for match in re.finditer(pattern, text):
        value = float(match.group(1))
        numbers = _bounded(text, match, "rating", int(value) if value.is_integer() else value)
        fixed = tuple((Op.GE if op is Op.EQ else op, limit) for op, limit in numbers.bounds)
        found.append(Numbers(numbers.start, numbers.end, "rating", fixed, numbers.approximate))
    return found


def _eras(text: str) -> list[Numbers]:
    pattern = r"\b(?:this|the 21st|21st|the new) (?:century|millennium)\b|\bthe new millennium\b"
    return [Numbers(match.start(), match.end(), "year", ((Op.GE, 2000),)) for match in re.finditer(pattern, text)]


def _bounded(text: str, match: re.Match[str], facet: str, value: int | float) -> Numbers:
    start, end = match.span()
    head, tail = text[max(0, start - 60) : start].rstrip(" -"), text[end : end + 30]
    after = next(
        (hit for hit in ((op, re.match(rf" ?(?:{p})(?![a-z])", tail)) for op, p in _AFTERWARDS) if hit[1]), None
    )
    if after is not None and after[1] is not None:
        return Numbers(start, end + after[1].end(), facet, ((after[0], value),))
    around = re.search(rf"\b{_AROUND}$", head)
    if around:
        return Numbers(max(0, start - 60) + around.start(), end, facet, ((Op.EQ, value),), approximate=True)
    for op, pattern in _SIDES:
        before = re.search(rf"(?<![a-z])(?:{pattern})$", head)
        if before and not (before.group() in {"from", "by", "exactly"} and facet == "year"):
            return Numbers(max(0, start - 60) + before.start(), end, facet, ((op, value),))
    return Numbers(start, end, facet, ((Op.EQ, value),), bare=True)


def _side(words: str) -> Op:
    return next(op for op, pattern in _SIDES if re.fullmatch(pattern, words))
