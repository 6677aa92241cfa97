"""Amounts of money: "under forty", "$1,000", "20-30 dollars", "for a tenner" are said in digits with their unit.

A model copies digits; of words it copies a part ("seventy" becomes 7), and at a comma or a dash it goes astray.

Contract: pure; only in a catalogue with a facet that has a sign ("$"). Words become digits only where an amount can
stand: before a unit, or after what sets a limit and before no noun. "The second one" and "Seven" stay.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.number_words import IN_WORDS, number_of
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import Facet, FacetKind

_SMALLEST: Final = 6
_LIMIT: Final = (
    r"under|below|over|above|(?:less|more|cheaper|pricier|dearer) than|at (?:the )?(?:most|least)|up to"
    r"|upto|max(?:imum)?"
    r"(?: of)?|min(?:imum)?(?: of)?|around|about|roughly|approximately|within|spend(?:ing)?|pay(?:ing)?"
    r"|budget(?: is| of|:)?|costs?|costing|priced at"
)
_END: Final = (
    r"(?=\s*(?:$|[.;:!?)]|,(?!\d)|-? ?\b(?:or|and|but|please|max|maximum|tops|at (?:the )?(?:most|least)"
    r"|if|with|for|though"
    r"|total|in|each|thanks)\b))"
)
_AFTERWARDS: Final = r"(?= (?:max|maximum|tops|or (?:less|under|more|over|cheaper)|at (?:the )?most|and under)\b)"
_THOUSANDS: Final = re.compile(r"(?<![\d,.])(\d{1,3}(?:,\d{3})+)(?![\d,])(?:\.00\b)?")
_GRANDS: Final = re.compile(
    rf"(?P<before>\b(?:{_LIMIT}) |\$ ?)(?P<number>\d{{1,2}}(?:\.\d)?) ?k\b(?P<bare>{_END})?", re.IGNORECASE
)
_COMMA: Final = re.compile(
    rf"(?P<before>(?:\b(?:{_LIMIT}) )\$?|\$)(?P<whole>\d{{1,4}}),(?P<rest>\d\d)\b(?!,)", re.IGNORECASE
)
_NOTES: Final = re.compile(
    r"\b(?:(?P<limit>for|with|on) )?an? (?P<note>fiver|tenner)\b(?P<end> (?:or (?:less|under)|max|tops|at most))?",
    re.IGNORECASE,
)


def name_amounts(command: str, catalogue: Catalogue) -> str:
    """Return the command with amounts of money in digits, each with its unit."""
    facet = next((facet for facet in catalogue.schema.of_kind(FacetKind.NUMBER) if facet.speech.signs), None)
    if facet is None:
        return command
    command = _THOUSANDS.sub(lambda found: found[1].replace(",", ""), command)
    command = _COMMA.sub(lambda found: f"{found['before']}{found['whole']}.{found['rest']}", command)
    command = _GRANDS.sub(lambda found: _grand(found, facet), command)
    command = _NOTES.sub(lambda found: _note(found, facet), command)
    return _stretched(_in_digits(command, facet), facet)


def _grand(found: re.Match[str], facet: Facet) -> str:
    amount = f"{found['before']}{1000 * float(found['number']):.0f}"
    if "$" in found["before"]:
        return amount
    return found.group() if found["bare"] is None else f"{amount} {facet.unit}"


def _note(found: re.Match[str], facet: Facet) -> str:
    amount = f"{5 if found['note'].lower() == 'fiver' else 10} {facet.unit}"
    return f"at most {amount}" if found["limit"] or found["end"] else amount


def _in_digits(command: str, facet: Facet) -> str:
    """Return the command with amounts that are told in words in digits."""
    unit = rf"(?= (?:{'|'.join(map(re.escape, facet.speech.units))})\b)"
    sep = r" ?(?:to|and|-|\u2013|or) ?"
    pair = (
        rf"\b(?P<lead>(?:between|from|around|about|roughly|spend"
        rf"|pay) )?(?P<low>{IN_WORDS}){sep}(?P<high>{IN_WORDS})(?:(?P<unit>{unit})|{_END})"
    )
    one = (
        rf"\b(?P<before>(?:{_LIMIT}) (?:of )?|for )?(?P<number>{IN_WORDS})(?:(?P<unit>{unit})"
        rf"|(?P<after>{_AFTERWARDS})|{_END})"
    )

    def both(found: re.Match[str]) -> str:
        low, high = number_of(found["low"]), number_of(found["high"])
        if not (found["unit"] is not None or (found["lead"] and low >= _SMALLEST)) or low >= high:
            return found.group()
        return f"between {low} and {high}{f' {facet.unit}' if found['unit'] is None else ''}"

    def single(found: re.Match[str]) -> str:
        number, before = number_of(found["number"]), found["before"] or ""
        if found["unit"] is not None:
            return f"{before}{number}"
        is_sum = number >= (20 if before.lower() == "for " or not before else _SMALLEST)
        if not is_sum or not (before or found["after"] is not None):
            return found.group()
        return f"{before}{number} {facet.unit}"

    return re.sub(one, single, re.sub(pair, both, command, flags=re.IGNORECASE), flags=re.IGNORECASE)


def _stretched(command: str, facet: Facet) -> str:
    """Return the command with "20-30 dollars" said as "20 to 30 dollars"."""
    units = "|".join(map(re.escape, facet.speech.units))
    dashed = rf"(?<![\d.,$-])(\d+(?:\.\d+)?) ?[-\u2013] ?\$?(\d+(?:\.\d+)?)(?= ?(?:{units})\b)"
    return re.sub(dashed, r"\1 to \2", command, flags=re.IGNORECASE)
