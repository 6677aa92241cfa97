"""Years that somebody wants left out: "nothing from 1985", "not between 1990 and 1995".

One bound cannot leave out a stretch, and models turn it into its opposite or into one side. A few years are banned one
by one; of a longer stretch that a model turned into its opposite, the side with more of the catalogue remains, which
the reply names.

Contract: pure; only where the exclusion is told in digits or by decades, and no year but the wanted ones beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stillroom.agents.command.settings import as_setting
from stillroom.agents.rules.numbers import DECADES, decade_start, find_numbers
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit

_MOST_BANS: Final = 3
_YEAR: Final = r"(?:1[89]\d\d|20[0-3]\d)"
_DECADE: Final = rf"(?:(?:(?:1[89]|20)?\d0)['\u2019]?s|{'|'.join(DECADES)})"
_WHEN: Final = r"(?:made |released |published )?(?:from|in|of|between) (?:the )?(?:year |years )?"
# For the noun of a catalogue's items.
_EXCLUDED: Final = (
    rf"\b(?:(?:not|nothing|none|never|except|anything but|excluding|no (?:{{noun}}s?|films?|movies?|stuff|ones?))"
    rf"(?: {_WHEN}| the )?|not |except |excluding )\s*"
    rf"(?:(?P<low>{_YEAR})(?: ?(?:to|and|or|-|\u2013|through|until|till) ?(?P<high>{_YEAR}))?"
    rf"|(?P<first>{_DECADE})(?:,? ?(?:or|and|nor|to|-) ?(?:the )?(?P<second>{_DECADE}))?)"
    r"(?=\s*(?:$|[.,;!?]|\b(?:please|thanks|though|or anything)\b))"
)
# "Not 1985, not before, only after", "if it is not from the 90s, I am not reading": more is said than what is left out.
_MORE_SAID: Final = re.compile(r"\b(?:before|after|only|if|unless)\b")


@dataclass(frozen=True)
class _Stretch:
    """The years from `low` to `high`."""

    low: int
    high: int


def dated_as_said(edit: Edit, command: str, catalogue: Catalogue) -> Edit:
    """Return the edit with the years that a command excludes, and those in which stories are set, as it means them."""
    return without_excluded(as_setting(edit, command, catalogue), command, catalogue)


def without_excluded(edit: Edit, command: str, catalogue: Catalogue) -> Edit:
    """Return the edit with excluded years as bans, or as a bound where they are many and became what is wanted."""
    calendar, text = catalogue.schema.calendar, plain(command)
    if calendar is None:
        return edit
    if _MORE_SAID.search(text):
        return edit
    found = re.search(_EXCLUDED.replace("{noun}", re.escape(catalogue.schema.noun)), text)
    stretch = _stretch(found) if found else None
    if found is None or stretch is None:
        return edit
    rest = f"{text[: found.start()]} , {text[found.end() :]}"
    wanted = [numbers for numbers in find_numbers(rest, catalogue.schema) if numbers.facet == calendar.name]
    others = [constraint for constraint in edit.add if constraint.facet != calendar.name]
    if stretch.high - stretch.low < _MOST_BANS:
        if len(wanted) > 1:
            return edit
        kept = [
            Constraint(Polarity.POSITIVE, Strength.HARD, calendar.name, op, value)
            for numbers in wanted
            for op, value in numbers.bounds
        ]
        banned = [
            Constraint(Polarity.NEGATIVE, Strength.HARD, calendar.name, Op.EQ, year)
            for year in range(stretch.low, stretch.high + 1)
        ]
        return Edit.of((*others, *kept, *banned), edit.retract)
    years = [constraint for constraint in edit.add if constraint.facet == calendar.name]
    if wanted or not _is_opposite(years, stretch):
        return edit
    return Edit.of((*others, _larger_side(stretch, calendar.name, catalogue)), edit.retract)


def _stretch(found: re.Match[str]) -> _Stretch | None:
    if found["low"]:
        low, high = int(found["low"]), int(found["high"] or found["low"])
        return _Stretch(low, high) if low <= high else None
    first = decade_start(found["first"])
    second = decade_start(found["second"]) if found["second"] else first
    return _Stretch(first, second + 9) if first <= second else None


def _is_opposite(years: list[Constraint], stretch: _Stretch) -> bool:
    """Say whether bounds keep to what was to be left out."""
    values = [float(str(constraint.value)) for constraint in years if constraint.value is not None]
    is_both = len(values) > 1 or any(constraint.op is Op.EQ for constraint in years)
    return is_both and all(stretch.low <= value <= stretch.high for value in values)


def _larger_side(stretch: _Stretch, facet: str, catalogue: Catalogue) -> Constraint:
    values = catalogue.numbers[facet]
    is_after = (values > stretch.high).sum() >= (values < stretch.low).sum()
    op, value = (Op.GT, stretch.high) if is_after else (Op.LT, stretch.low)
    return Constraint(Polarity.POSITIVE, Strength.HARD, facet, op, value)
