"""Lengths in hours: "less than an hour", "two to three hours", "an hour or so" are said in minutes.

What is one length with its minutes ("an hour and a half", "1h45") is put into minutes where the prompt is made; a bare
hour, a stretch and a bare "90 min", which also is a minimum, are not.

Contract: pure; only in a catalogue with a facet in minutes. An hour counts only beside words that limit it.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import FacetKind

_COUNTS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_PARTS: Final = {"half": 30, "quarter": 15}
_BARE: Final = r"(?:[1-5](?:\.\d{1,2})?|one|two|three|four|five)(?: and a half)?"
_WHOLE: Final = rf"(?:(?:{_BARE}|an?)[- ])?(?:hours?|hrs?)(?: and a (?:half|quarter)| and half)?"
_SHORT: Final = rf"(?:{_WHOLE}|[1-5](?:\.\d{{1,2}})? ?(?:h|hours?|hrs?))"
_RANGE: Final = re.compile(
    rf"\b(?:(?P<between>between) |from )?(?P<low>(?:{_SHORT}|{_BARE})(?= ?\b(?:to|and|or)\b|[-\u2013]| [-\u2013]))"
    rf" ?(?P<joined>to|and|or|-|\u2013) ?(?P<high>{_SHORT})(?! ?\d)\b",
    re.IGNORECASE,
)
_AROUND: Final = r"about|around|roughly|approximately|circa"
_LIMIT: Final = (
    r"(?:less|shorter|longer|more) than|under|below|over|above|at (?:the )?(?:most|least)"
    r"|max(?:imum)?(?: of)?|min(?:imum)?"
    r"(?: of)?|up to|within|(?:have|got)(?: only| just)?|only (?:have|got)|just (?:have|got)"
)
_NO_MORE: Final = (
    r"(?!'s|-| ?\d| (?:and (?:a |an )?(?:half|quarter|three|\d|ten|fifteen|twenty|thirty|forty|fifty)"
    r"|twenty|thirty|forty|fifty"
    r"|ten|fifteen|of|in the|ago|before|later|photo)\b)"
)
_HOUR: Final = re.compile(
    rf"\b(?:(?P<about>{_AROUND}) |(?P<limit>{_LIMIT}) )?(?:just )?(?P<length>half an hour|(?:an|1"
    rf"|one) (?:hour|hr))\b{_NO_MORE}"
    r"(?P<so> or so| give or take)?(?P<after> (?:long|max(?:imum)?|tops|at (?:the )?most|at least"
    r"|or (?:less|shorter|under|more|longer))\b)?",
    re.IGNORECASE,
)
_HALF: Final = re.compile(
    r"(?:^|(?<=under )|(?<=about )|(?<=than )|(?<=most )|(?<=max ))hour and a half\b", re.IGNORECASE
)
_ALONE: Final = re.compile(
    r"(?:(?:something|a (?:film|movie)|one|films|movies) )?(?:(?:of|exactly|that is|that's) )*"
    rf"(?:(?P<minutes>\d{{2,3}}) ?(?P<unit>mins?|minutes)|(?P<hours>(?:{_BARE} (?:hours?|hrs?)"
    rf"|half an hour)))(?: long| exactly)?[.! ]*",
    re.IGNORECASE,
)


def name_lengths(command: str, catalogue: Catalogue) -> str:
    """Return the command with hours beside words that limit them, and stretches of hours, in minutes."""
    if all(facet.unit != "minutes" for facet in catalogue.schema.of_kind(FacetKind.NUMBER)):
        return command
    if alone := _ALONE.fullmatch(command):
        return _alone(alone)
    return _HALF.sub("90 minutes", _HOUR.sub(_hour, _RANGE.sub(_range, command)))


def _alone(found: re.Match[str]) -> str:
    # "90 minutes" and "two hours" alone were read well; "90 min" as a minimum, "exactly" as a maximum.
    text = found.group().lower()
    if found["minutes"]:
        is_clear = found["unit"].lower() == "minutes" and "exactly" not in text
        return found.group() if is_clear else f"around {found['minutes']} minutes"
    is_clear = "half" not in text and "exactly" not in text
    return found.group() if is_clear else f"around {_minutes(found['hours'])} minutes"


def _range(found: re.Match[str]) -> str:
    low, high = _minutes(found["low"]), _minutes(found["high"])
    if low >= high or (found["joined"].lower() == "and" and not found["between"]):
        return found.group()
    return f"between {low} and {high} minutes"


def _hour(found: re.Match[str]) -> str:
    length = f"{_minutes(found['length'])} minutes"
    is_rough = found["about"] or found["so"]
    if not (is_rough or found["limit"] or found["after"]):
        return found.group()
    limit = f"{found['limit']} " if found["limit"] else "around " if is_rough else ""
    return f"{limit}{length}{found['after'] or ''}"


def _minutes(words: str) -> int:
    """Return the minutes of a length in hours: "two", "an hour and a half", "1.5 hours", "half an hour"."""
    text = words.lower()
    if text == "half an hour":
        return 30
    count, *parts = re.findall(r"\d+(?:\.\d+)?|[a-z]+", text)
    whole = _COUNTS.get(count) or (float(count) if count[0].isdecimal() else 1)
    return round(60 * whole + sum(_PARTS.get(part, 0) for part in parts))
