"""Absence: "why is Alien not here?" is answered by the remembered wishes that the item would break."""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.reply.answer import row_named
from stillroom.agents.reply.describe import describe_all
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, Remembered
from stillroom.tools.call import ToolError
from stillroom.tools.condition import check_constraint
from stillroom.tools.feed import Feed

_WHERE: Final = r"(?:here|there|shown|included|(?:in|on) (?:here|there|(?:the|my|this|your) (?:feed|list)))"
_WHY_NOT: Final = re.compile(
    r"\b(?:why|y|how come)(?: (?:is|are|was|were|did|do|have|has|can|could))?(?: there| you| i)? (?:not|no)"
    r"(?: (?:you|i|been))?"
    r"(?: (?:show|shown|showing|see|seeing|recommend|recommended|suggest|suggested|include|included)(?: me)?)? "
    rf"(?P<item>.+?)(?: {_WHERE})?(?: (?:then|anymore|yet))?[?!.]*$"
    rf"|\bwhy (?:is|are|was|were) (?P<missed>.+?) not {_WHERE}[?!.]*$"
)


def give_absence(command: str, preferences: Preferences, feed: Feed, catalogue: Catalogue) -> str | None:
    """Return why the item that is missed is not shown, as a sentence; None where no item is missed by its title."""
    found = _WHY_NOT.search(plain(command))
    row = row_named(found["item"] or found["missed"], catalogue) if found else None
    if row is None:
        return None
    title = catalogue.titles[row]
    place = next((item.position for item in feed if item.row == row), None)
    if place is not None:
        return f"{title} is in the feed: it is number {place}."
    broken = tuple(item.constraint for item in preferences.remembered if _breaks(row, item, catalogue))
    if broken:
        return f"{title} is left out because of what you told me: {describe_all(broken, catalogue.schema)}."
    return f"{title} is not in the feed; others fit better, though nothing you told me rules it out."


def _breaks(row: int, item: Remembered, catalogue: Catalogue) -> bool:
    """Say whether an item breaks something that must hold."""
    if not item.constraint.is_hard:
        return False
    try:
        met = bool(check_constraint(catalogue, item).met[row])
    except ToolError:
        return False
    return met is not item.constraint.is_positive
