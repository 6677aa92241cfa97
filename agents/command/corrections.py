"""Corrections of a number: "make that 1980" after "nothing before 1990" is the same wish about another number, by code.

Contract: pure. Only where the correction is all of the command and the newest wish is a bound; a model, which is shown
the wish and the new number, would as well take it for a wish of its own ("in 1980").
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.rules.text import plain
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema, FacetKind

_MAKE_THAT: Final = re.compile(
    rf"{opening('no')}(?:make (?:that|it)|change (?:that|it) to|i meant(?: to say)?|i mean|or rather|rather) "
    r"(?P<number>\d+(?:\.\d+)?)(?: (?!please|instead|actually|then|not|sorry|oops|typo)(?P<unit>[a-z]+))?"
    r"(?:,? not \d+(?:\.\d+)?)?(?:,? (?:please|instead|actually|then|sorry|oops|typo|my mistake|fat fingers))*[.! ]*"
)


def corrected_number(command: str, preferences: Preferences, schema: CatalogueSchema) -> Edit | None:
    """Return the newest wish with the number that a command puts right, None where it does nothing of that kind."""
    found = _MAKE_THAT.fullmatch(plain(command))
    if found is None or not preferences.remembered:
        return None
    newest = preferences.remembered[-1].constraint
    facet = schema.facets.get(newest.facet)
    if facet is None or facet.kind is not FacetKind.NUMBER or newest.op.is_relative:
        return None
    if found["unit"] and found["unit"] not in (*facet.unit.split(), *facet.speech.units):
        return None
    number = float(found["number"])
    corrected = replace(newest, value=int(number) if number.is_integer() else number)
    # A year for a length, or a length for a year, is another wish.
    if schema.problem(corrected) or _far(number, newest.value):
        return None
    return Edit.of((corrected,), ())


def _far(number: float, old: object) -> bool:
    """Say whether two numbers are hardly of the same thing: one more than five times the other."""
    low, high = sorted((abs(number), abs(float(str(old)))))
    return high > 5 * low
