"""Numbers that limit nothing: the age of a child, a size, a time on the clock, pages where no facet holds them.

"For a 6 year old" is said as "for children"; what no facet holds is left out, since a model would take it for a price,
a length or a score.

Contract: pure; only where the words around the number leave no doubt. "About a 12 year old" and "10 years old" stay.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.number_words import IN_WORDS, number_of
from stillroom.data.catalogue import Catalogue

_CHILD: Final = 12
_OLD: Final = re.compile(
    r"\b(?P<lead>(?:suitable |good |ok(?:ay)? |fine |right |appropriate |safe )?(?:for"
    r"|with)) (?P<whose>(?:an?|my|our|the|his|her|some"
    rf"|their) )?(?P<age>\d{{1,2}}|{IN_WORDS})(?: ?(?:to|or|and|-) ?(?P<until>\d{{1,2}}))?"
    r"(?:[- ]years?[- ]olds?\b|[- ]?yr?[- ]?olds?\b|[- ]?yo'?s?\b)(?P<who> (?:kids?|child(?:ren)?|boys?"
    r"|girls?|sons?|daughters?|"
    r"nephews?|nieces?|grandsons?|granddaughters?|toddlers?|m[ou]m|mother|dad|father|man|woman|gran\w*"
    r"|brother|sister|friend))?",
    re.IGNORECASE,
)
# "For kids under 10" is an age only where there are no prices.
_AGED: Final = re.compile(
    r"\b(?P<lead>for|with) (?:kids|children|boys|girls) (?:aged|ages|age|of|from|(?P<under>under|over|below))"
    r"(?: (?:the )?ages?(?: of)?)? 1?\d(?: ?(?:to|and|-) ?1?\d)?\b(?: years?(?: old)?\b)?"
    r"(?![\d.]| ?(?:dollars|bucks|minutes|mins?|stars|hours?)\b)",
    re.IGNORECASE,
)
_SIZE: Final = re.compile(
    r"(?P<before>,? ?)\b(?:(?:in|is|are|takes?|wear) )?(?:an? )?(?:shoe )?(?:(?:eu|us|uk) )?(?:size|sz)"
    r" (?:(?:eu|us|uk) )?\d{1,3}(?:\.5|,5)?(?! ?(?:dollars|bucks))\b",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(
    r"(?P<verb>\b(?:get(?:ting)? up|wak(?:e|ing) up|up|bed|asleep|sleep|leav(?:e|ing)|leaves|start(?:s"
    r"|ing)?|work|train|bus"
    r"|flight|home|done|meeting|dinner|alarm(?: is| goes off)?))(?: early| tomorrow)? (?:at|by|before|until|till)"
    r" \d{1,2}(?:[:.]\d\d)?(?! ?\d| ?(?:minutes|mins?|hours?|stars|years)\b)(?: ?(?:am|pm|o'?clock)\b)?"
    r"|(?P<space> )(?:at|by|before|until|till) \d{1,2}(?:[:.]\d\d)? ?(?:am|pm|o'?clock)\b",
    re.IGNORECASE,
)

# "Under 300 pages, from the 90s" is of the 90s where nobody counts pages.
_UNHELD: Final = re.compile(
    r"(?P<before>,? ?)\b(?:that (?:is|are) |with |which (?:is|are) )?(?:(?:under|below|over|above|around"
    r"|about|up to|(?:less|more|fewer)"
    r" than|(?:no|not) (?:more|less) than|at (?:the )?(?:most|least)|max(?:imum)?|min(?:imum)?) )(?:\d+"
    r"|\$ ?\d+(?:\.\d\d)?)"
    r"(?: ?(?P<unit>pages?|dollars|bucks))\b(?: or (?:less|more|fewer))?(?: long)?"
    r"|(?P<before2>,? ?)\b\d+ ?(?P<unit2>pages?|dollars|bucks) (?:max(?:imum)?|tops|or (?:less|fewer|more"
    r"|under)|at (?:the )?most)\b",
    re.IGNORECASE,
)


def name_ages(command: str, catalogue: Catalogue) -> str:
    """Return the command with ages as who is meant, and without sizes and clock times."""
    has_prices = any(facet.speech.signs for facet in catalogue.schema.facets.values())

    def aged(found: re.Match[str]) -> str:
        return found.group() if found["under"] and has_prices else f"{found['lead']} children"

    command = _OLD.sub(_old, _AGED.sub(aged, command))
    command = _CLOCK.sub(lambda found: found["verb"] or "", command)
    if has_prices and "size" not in catalogue.schema.facets:
        sized = _SIZE.sub("", command).strip(" ,")
        command = sized if re.search(r"\w", sized) else command
    return _without_unheld(command, catalogue)


def _without_unheld(command: str, catalogue: Catalogue) -> str:
    """Return the command without limits in a unit that no facet has, where anything else is left."""
    units = {unit for facet in catalogue.schema.facets.values() for unit in (facet.unit, *facet.speech.units)}

    def left_out(found: re.Match[str]) -> str:
        unit = (found["unit"] or found["unit2"]).lower()
        return found.group() if unit in units or f"{unit}s" in units else ""

    rest = _UNHELD.sub(left_out, command).strip(" ,")
    return rest if rest != command.strip(" ,") and re.search(r"\w", rest) else command


def _old(found: re.Match[str]) -> str:
    said = found["age"].lower()
    age = int(said) if said.isdecimal() else number_of(said)
    if age <= _CHILD:
        return f"{found['lead']} children"
    if found["who"]:
        return f"{found['lead']} {found['whose'] or ''}{found['who'].strip()}"
    return f"{found['lead']} {'teenagers' if age < 18 else 'adults'}"
