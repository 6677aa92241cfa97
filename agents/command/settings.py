"""When a story is set: "set in the 1920s", "19th century dramas" are themes, not years in which something was made.

Contract: pure; a catalogue without years stays out of it. Only where the command tells no other years is what a model
made of these left out of its edit; where the catalogue has themes, the time becomes one.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.periods import NO
from stillroom.agents.rules.numbers import DECADES, decade_start
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.schema import FacetKind

_CENTURY: Final = r"(?P<century{n}>1\d|20|21)(?:st|th)[- ]century"
_DECADE: Final = (
    rf"(?:(?:early|mid|late)[- ])?(?P<decade{{n}}>(?:(?:1[5-9]|20)?\d0)(?=['\u2019]?s\b)"
    rf"|{'|'.join(DECADES)})(?:['\u2019]?s\b)?"
)
_TIME: Final = rf"(?:{_CENTURY}|{_DECADE})"
# Nobody looks for what was made before there were films, or printed in 1850.
_SET: Final = re.compile(
    rf"\bset (?:in|during) (?:the )?{_TIME.format(n=1)}\b|\b{_TIME.format(n=2)}[- ]sett?(?:ing|ings)?\b"
    r"|\b(?P<century3>1[5-9])th[- ]century\b",
    re.IGNORECASE,
)
_OTHER_YEARS: Final = re.compile(
    rf"\d\ds\b|\b(?:1[89]|20)\d\d\b|\b(?:{'|'.join(DECADES)}|century|decades?|years?)\b", re.IGNORECASE
)


def as_setting(edit: Edit, command: str, catalogue: Catalogue) -> Edit:
    """Return the edit with the time that a story is set in as a theme instead of as years."""
    calendar, found = catalogue.schema.calendar, _SET.search(command)
    if calendar is None or found is None:
        return edit
    if _OTHER_YEARS.search(f"{command[: found.start()]} {command[found.end() :]}"):
        return edit
    kept = [constraint for constraint in edit.add if constraint.facet != calendar.name]
    tag = catalogue.schema.first(FacetKind.TAG)
    theme = _theme(found)
    if tag is not None and all(constraint.value != theme for constraint in kept):
        is_denied = NO.search(re.split(r"[,;.!?]", command[: found.start()])[-1])
        polarity = Polarity.NEGATIVE if is_denied else Polarity.POSITIVE
        kept.append(Constraint(polarity, Strength.SOFT, tag.name, Op.EQ, theme))
    return Edit.of(tuple(kept), edit.retract)


def _theme(found: re.Match[str]) -> str:
    said = found.groupdict()
    if century := said["century1"] or said["century2"] or said["century3"]:
        return f"{century}{'st' if century == '21' else 'th'} century"
    return f"{decade_start(said['decade1'] or said['decade2'])}s"
