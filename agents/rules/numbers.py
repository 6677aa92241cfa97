"""Numbers in a command: years, decades, lengths, stars, amounts, each with its bounds and the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from stillroom.data.constraint import Op
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

Bounds = tuple[tuple[Op, int | float], ...]
_MINUTES: Final = "minutes"
_STARS: Final = "stars"

DECADES: Final = {
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
        Op.LE,
        r"(?:nothing|not?|never|none) (?:that is )?(?:dearer|pricier|more expensive|more costly)(?: than)?"
        r"|(?:not|never) (?:want to |going to )?(?:pay|paying|spend|spending|cost|go) (?:more than|over|above)"
        r"|budget (?:is|of)|budget:?|can (?:only )?(?:spend|afford)",
    ),
    (Op.GE, r"(?:nothing|not?|never|none) (?:that is )?cheaper(?: than)?"),
    (Op.LT, r"cheaper than|less expensive than"),
    (Op.GT, r"dearer than|pricier than|more expensive than"),
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
    is_amount: bool = False


def find_numbers(text: str, schema: CatalogueSchema) -> list[Numbers]:
    """Return the numeric wishes of a plain text, none overlapping another, in order."""
    found: list[Numbers] = []
    for numbers in (numbers for read in _readers(schema) for numbers in read(text)):
        if all(numbers.end <= other.start or numbers.start >= other.end for other in found):
            found.append(numbers)
    return sorted(found, key=lambda numbers: numbers.start)


def _readers(schema: CatalogueSchema) -> Iterator[Callable[[str], list[Numbers]]]:
    """Yield what reads the numbers of a catalogue's facets; the earlier one has the say."""
    numeric = schema.of_kind(FacetKind.NUMBER)
    for facet in numeric:
        if facet.unit not in (_MINUTES, _STARS) and (facet.speech.signs or facet.speech.units):
            yield partial(_amounts, facet=facet)
    calendar = schema.calendar
    readers = (_ranges, _decades, _years) if calendar else ()
    yield from (partial(reader, facet=calendar.name) for reader in readers if calendar)
    yield from (partial(_lengths, facet=facet.name) for facet in numeric if facet.unit == _MINUTES)
    yield from (partial(_stars, facet=facet.name) for facet in numeric if facet.unit == _STARS)
    if calendar:
        yield partial(_eras, facet=calendar.name)


def _amounts(text: str, facet: Facet) -> list[Numbers]:
    """Read numbers with a sign before or a unit behind: "$50", "50 dollars", "between 50 and 80 dollars"."""
    sign = "|".join(map(re.escape, facet.speech.signs)) or "(?!)"
    unit = "|".join(map(re.escape, facet.speech.units)) or "(?!)"
    number = r"(\d[\d,]*(?:\.\d+)?)"
    amount = rf"(?:(?:{sign}) ?{number}(?: ?(?:{unit})\b)?|{number} ?(?:{unit})\b)"
    loose = rf"(?:(?:{sign}) ?)?{number}(?: ?(?:{unit})\b)?"
    found = []
    for match in re.finditer(rf"(?:between |from )?{loose} ?(?:and|to|-|till|until) ?{amount}", text):
        values = [_value(group) for group in match.groups() if group]
        bounds = tuple(zip((Op.GE, Op.LE), values, strict=True))
        if values[0] <= values[1]:
            found.append(Numbers(match.start(), match.end(), facet.name, bounds, is_amount=True))
    for match in re.finditer(rf"(?<![\d.]){amount}", text):
        value = next(_value(group) for group in match.groups() if group)
        found.append(replace(_bounded(text, match, facet.name, value), is_amount=True))
    return found


def _value(text: str) -> int | float:
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() else value


def _ranges(text: str, facet: str) -> list[Numbers]:
    pattern = rf"(?:between|from)? ?\b{_YEAR}(?:'?s)? ?(?:and|to|-|till|until) ?{_YEAR}(?:'?s)?"
    return [
        Numbers(match.start(), match.end(), facet, ((Op.GE, int(match.group(1))), (Op.LE, int(match.group(2)))))
        for match in re.finditer(pattern, text)
        if int(match.group(1)) <= int(match.group(2))
    ]


def _decades(text: str, facet: str) -> list[Numbers]:
    side = "|".join(f"(?:{pattern})" for _, pattern in _SIDES)
    names = "|".join(DECADES)
    pattern = rf"\b(?:({side}) (?:the )?)?(?:(19|20)?(\d0)'?s\b|({names})\b)"
    found = []
    for match in re.finditer(pattern, text):
        before, century, tens, name = match.groups()
        start = decade_start(name or f"{century or ''}{tens}")
        op = _side(before) if before and before not in {"from", "by", "until", "till"} else None
        later = re.match(r" (?:and|or) (?:newer|later|up|on|onwards?)", text[match.end() :])
        found.append(Numbers(match.start(), match.end(), facet, _decade(start, Op.GE if later else op)))
    return found


def decade_start(decade: str) -> int:
    """Return the first year of a decade by its name or as it is written ("80s"): two digits are of either century."""
    digits = "".join(sign for sign in decade if sign.isdecimal())
    if not digits:
        return DECADES[decade.lower()]
    year = int(digits)
    return year if year >= 100 else year + (1900 if year > 15 else 2000)


def _decade(start: int, op: Op | None) -> Bounds:
    if op is None:
        return ((Op.GE, start), (Op.LE, start + 9))
    if op is Op.GT:
        return ((Op.GT, start + 9),)
    if op is Op.LE:
        return ((Op.LE, start + 9),)
    return ((op, start),)


def _years(text: str, facet: str) -> list[Numbers]:
    found = []
    for match in re.finditer(_YEAR, text):
        if (match.start() and text[match.start() - 1].isalnum()) or text[match.end() : match.end() + 1].isalnum():
            continue
        found.append(_bounded(text, match, facet, int(match.group(1)), dated=True))
    return found


def _lengths(text: str, facet: str) -> list[Numbers]:
    found = []
    for match in re.finditer(rf"(?<![\d.]){_LENGTH}", text):
        hours, half, rest, minutes = match.groups()
        value = int(minutes) if minutes else round(float(hours) * 60 + (30 if half else 0) + int(rest or 0))
        if 0 < value <= 1000:
            found.append(replace(_bounded(text, match, facet, value), is_amount=True))
    return found


def _stars(text: str, facet: str) -> list[Numbers]:
    found = []
    pattern = (
        r"(?<![\d.])([0-5](?:\.\d+)?)(?:/5| out of 5)?(?: ?stars?| ?\*|/5| out of 5| and (?:up|above|higher) rated)"
    )
    for match in re.finditer(pattern, text):
        value = float(match.group(1))
        numbers = _bounded(text, match, facet, int(value) if value.is_integer() else value)
        fixed = tuple((Op.GE if op is Op.EQ else op, limit) for op, limit in numbers.bounds)
        found.append(Numbers(numbers.start, numbers.end, facet, fixed, numbers.approximate))
    return found


def _eras(text: str, facet: str) -> list[Numbers]:
    pattern = r"\b(?:this|the 21st|21st|the new) (?:century|millennium)\b|\bthe new millennium\b"
    return [Numbers(match.start(), match.end(), facet, ((Op.GE, 2000),)) for match in re.finditer(pattern, text)]


def _bounded(text: str, match: re.Match[str], facet: str, value: int | float, *, dated: bool = False) -> Numbers:
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
        if before and not (before.group() in {"from", "by", "exactly"} and dated):
            return Numbers(max(0, start - 60) + before.start(), end, facet, ((op, value),))
    return Numbers(start, end, facet, ((Op.EQ, value),), bare=True)


def _side(words: str) -> Op:
    return next(op for op, pattern in _SIDES if re.fullmatch(pattern, words))
