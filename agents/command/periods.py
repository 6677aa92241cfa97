"""Periods: "from the last ten years", "this century", "the 80s or 90s" become years, as bounds are said.

A model copies years; it cannot know when a catalogue ends. Years are counted back from its newest item, not from today:
films that end in 2016 would otherwise have nothing of the last five years. The reply names the year.

Contract: pure; a catalogue without a calendar number, and a command that names no period, stay word for word.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.rules.numbers import DECADES, decade_start
from stillroom.agents.rules.places import COUNTS
from stillroom.data.catalogue import Catalogue

_NUMBERS: Final = {name: number for number, name in enumerate(COUNTS, start=1)} | {
    "a": 1, "couple": 2, "couple of": 2, "few": 5,
    "fifteen": 15, "twenty": 20, "twenty five": 25, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
_SPAN: Final = rf"(?:(?:a )?(?P<count>(?a:\d{{1,3}}|{'|'.join(_NUMBERS)}))[ -])?(?P<unit>(?a:years?|decades?))"
# "From the last ten years", but no "set in the last ten years of a life".
_LAST: Final = re.compile(
    r"(?<!\bset )\b(?:from|of|in|within|during|over|since|made in|out in) (?:the |these |my )?"
    rf"(?:very )?(?:last|past|previous) {_SPAN}\b(?! of\b| in (?:his|her|their|its|the|a|an)\b)",
    re.IGNORECASE,
)
# "Nothing older than 20 years", "films less than ten years old", but no "kids under ten years old".
_AGE: Final = re.compile(
    r"(?P<of>^|\b(?:nothing|not|no|only|be|something|anything|stuff|films?|movies?|books?|items?|ones?) )"
    r"(?:(?P<older>older than)|(?P<newer>newer than|younger than)"
    rf"|(?P<above>more than|over|at least)|(?:less than|under|no more than|at most)) {_SPAN}\b(?P<old> old| ago)?",
    re.IGNORECASE,
)
_CENTURY: Final = re.compile(
    r"(?<!\bset )(?<!\bturn )(?:^|\b(?:from|of|in|made in) )"
    r"(?:(?P<this>this century|the (?:21st|twenty[- ]first|current) century)"
    r"|(?P<last>(?:the )?last century|the (?:20th|twentieth|previous) century)"
    r"|(?P<decade>(?:this|the current) decade))\b(?!'s)",
    re.IGNORECASE,
)
_OF_LAST_CENTURY: Final = [name for name, start in DECADES.items() if start < 2000]
_DECADE: Final = rf"(?:(?:19|20)?\d0['\u2019]?s|(?a:{'|'.join(_OF_LAST_CENTURY)}))"
# Two decades are one stretch of years where one follows the other, or is said to be its end.
_DECADES: Final = re.compile(
    rf"(?:\b(?:from|of|in) )?(?:\bthe )?(?<![\d'\u2019])(?P<first>{_DECADE}),? ?"
    rf"(?P<joined>or|and|&|/|to|through|till|until|-|\u2013) ?(?:from )?(?:the )?(?P<second>{_DECADE})\b",
    re.IGNORECASE,
)
NO: Final = re.compile(
    r"\b(?:no|not|nor|neither|never|nothing|none|without|except|but|avoid|skip|hate)\b|n['\u2019]t\b", re.IGNORECASE
)


def name_periods(command: str, catalogue: Catalogue) -> str:
    """Return the command with periods that are counted from now said as years."""
    newest = newest_year(catalogue)
    if newest is None:
        return command

    def last(found: re.Match[str]) -> str:
        return f"since {newest - _years(found)}"

    def age(found: re.Match[str]) -> str:
        if not (found["older"] or found["newer"] or found["old"]):
            return found.group()
        return f"{found['of']}{'older' if found['older'] or found['above'] else 'newer'} than {newest - _years(found)}"

    def century(found: re.Match[str]) -> str:
        start = newest - newest % (10 if found["decade"] else 100)
        return f"from before {start}" if found["last"] else f"since {start}"

    command = _CENTURY.sub(century, _AGE.sub(age, _LAST.sub(last, command)))
    return command if NO.search(command) else _DECADES.sub(_decades, command)


def newest_year(catalogue: Catalogue) -> int | None:
    """Return the largest calendar number of any item, None where there is none."""
    facet = catalogue.schema.calendar
    spread = catalogue.spreads.get(facet.name) if facet is not None else None
    return None if spread is None else int(spread.largest)


def _decades(found: re.Match[str]) -> str:
    first, second = decade_start(found["first"]), decade_start(found["second"])
    is_one = second == first + 10 or (second > first and found["joined"].lower() not in ("or", "and", "&", "/"))
    return f"from {first} to {second + 9}" if is_one else found.group()


def _years(found: re.Match[str]) -> int:
    count = (found["count"] or "a").lower()
    number = int(count) if count.isdecimal() else _NUMBERS[count]
    return number * (10 if found["unit"].lower().startswith("decade") else 1)
