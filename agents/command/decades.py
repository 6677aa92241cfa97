"""Parts of decades and pairs of bounds: "late 80s", "after 2000 but before 2010" become one stretch of years.

The early years of a decade are its first five, the late ones its last five, the middle ones from 3 to 7.

Contract: pure; only in a catalogue with a calendar number. An excluded part stays: one bound cannot leave it out.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.periods import NO
from stillroom.agents.rules.numbers import DECADES, decade_start
from stillroom.data.catalogue import Catalogue

_OTHER_NAMES: Final = {"aughts": 2000, "oughts": 2000}
_NAMES: Final = "|".join((*DECADES, *_OTHER_NAMES))
_DECADE: Final = rf"(?:(?:1[89]|20)?\d0['\u2019]?s|{_NAMES})"
_PARTS: Final = {"early": (0, 4), "mid": (3, 7), "middle": (3, 7), "late": (5, 9)}
_PART: Final = r"early|mid(?:dle)?|late"
# No "women in their late 20s", and what is set in a time may be from another.
_SOMEBODYS: Final = r"(?<!\bset in )(?<!\bset in the )(?<!my )(?<!his )(?<!her )(?<!their )(?<!our )(?<!your )"
_SPAN: Final = (
    r"(?:(?P<from{n}>{part})(?: ?(?:to|or|and|/|-) ?(?P<to{n}>{part}))?[- ]+(?:the )?)?(?P<decade{n}>{decade})"
)
_FIRST: Final = _SPAN.format(n=1, part=_PART, decade=_DECADE)
_SECOND: Final = _SPAN.format(n=2, part=_PART, decade=_DECADE)
_SPANS: Final = re.compile(
    rf"(?:\b(?P<lead>from|of|in|during|before|until|till|since|after"
    rf"|between|older than|newer than) )?(?:the )?{_SOMEBODYS}(?<![\w'\u2019-]){_FIRST}"
    rf"(?: ?(?P<joined>or|and|to|through|till|until|-|\u2013|/) ?(?:the )?{_SECOND})?(?![\w'\u2019])"
    r"(?P<onwards> (?:on|onwards?|and (?:on|onwards?|later|up|newer)|or later)\b)?",
    re.IGNORECASE,
)
_YEAR: Final = r"(?:1[89]\d\d|20[0-3]\d)"
_AFTER: Final = r"(?:after|newer than|later than)"
_BEFORE: Final = r"(?:before|older than|earlier than)"
_JOIN: Final = r",? (?:(?:and|but)(?: also)? )?(?:from )?"
_AFTER_BEFORE: Final = re.compile(
    rf"\b(?:from )?(?:{_AFTER} (?P<low>{_YEAR})|since (?P<since>{_YEAR}))"
    rf"{_JOIN}(?:{_BEFORE} (?P<high>{_YEAR})|not (?:after|newer than|later than) (?P<until>{_YEAR}))\b",
    re.IGNORECASE,
)
_BEFORE_AFTER: Final = re.compile(
    rf"\b(?:from )?{_BEFORE} (?P<high>{_YEAR}){_JOIN}"
    rf"(?:{_AFTER} (?P<low>{_YEAR})|since (?P<since>{_YEAR})|not (?:before|older than) (?P<from>{_YEAR}))\b",
    re.IGNORECASE,
)


def name_decades(command: str, catalogue: Catalogue) -> str:
    """Return the command with parts of decades, and a lower beside an upper bound, said as one stretch of years."""
    if catalogue.schema.calendar is None:
        return command
    command = _AFTER_BEFORE.sub(_pair, command)
    command = _BEFORE_AFTER.sub(_pair, command)
    return _SPANS.sub(_span, command)


def _pair(found: re.Match[str]) -> str:
    said = found.groupdict()
    low = int(said["low"]) + 1 if said["low"] else int(said["since"] or said.get("from") or 0)
    high = int(said["high"]) - 1 if said["high"] else int(said["until"])
    if low > high or _is_denied(found):
        return found.group()
    return f"from {low} to {high}"


def _span(found: re.Match[str]) -> str:
    lead = (found["lead"] or "").lower()
    # "Nothing after the early 70s" is a bound, which may be denied; a stretch may not.
    is_bound = lead in ("before", "after", "since", "older than", "newer than") and not found["joined"]
    if not (found["from1"] or found["from2"]) or (_is_denied(found) and not is_bound):
        return found.group()
    start, end = _years(found, 1)
    if found["joined"]:
        other, last = _years(found, 2)
        if found["onwards"] or lead not in ("", "from", "of", "in", "during", "between") or other < start:
            return found.group()
        if other > end + 1 and found["joined"].lower() in ("or", "and", "/"):
            return found.group()
        end = last
    if found["onwards"]:
        return f"since {start}" if lead in ("", "from", "since") else found.group()
    if lead in ("before", "since", "older than"):
        return f"{lead} {start}"
    if lead in ("after", "newer than"):
        return f"{lead} {end}"
    return f"until {end}" if lead in ("until", "till") else f"from {start} to {end}"


def _years(found: re.Match[str], n: int) -> tuple[int, int]:
    """Return the first and the last year of one part of a decade, or of a whole one."""
    said = found[f"decade{n}"].lower()
    start = _OTHER_NAMES.get(said) or decade_start(said)
    first = found[f"from{n}"]
    if not first:
        return start, start + 9
    return start + _PARTS[first.lower()][0], start + _PARTS[(found[f"to{n}"] or first).lower()][1]


def _is_denied(found: re.Match[str]) -> bool:
    """Say whether the clause denies what stands here."""
    clause = re.split(r"[,;.!?]", found.string[: found.start()])[-1]
    return NO.search(clause) is not None
