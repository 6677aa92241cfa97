"""Pointing words: "more like these" are shown items, "not that one" and "without her" what was wished for last.

Contract: pure. Only where they are all of a command; what points at nothing that is known is None, so that the person
can be asked which one is meant: a model would find a title that begins with "That".
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.rules.places import say_places
from stillroom.agents.rules.text import plain
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema, FacetKind

_OPENING: Final = opening("yes", "yeah", "yep", "omg", "and", "but", "wow", "great", "nice")
_CLOSING: Final = r"(?:,? (?:please|then|instead|now|thanks))*[.! ]*"
_WANTED: Final = r"(?:(?:i want|i would like|give me|show me|can i have|find me|let us have) )?"
_NOUN: Final = r"(?: (?:ones?|films?|movies?|books?|products?|items?|kinds?|sorts?|stuff))?"
_THESE: Final = re.compile(
    rf"{_OPENING}{_WANTED}(?:some )?more (?:(?:stuff|things|films|movies|books) )?"
    rf"(?:like (?:these|those|them)|of (?:these|those|them|this)){_NOUN}{_CLOSING}"
)
_IT: Final = r"(?:it|that one|this one|that (?:film|movie|book|product|item))"
_LIKE_IT: Final = re.compile(
    rf"{_OPENING}{_WANTED}(?:more like (?:that|this) one|(?:another|others?|something)"
    rf"(?: (?:one|ones|film|movie|book))? (?:like|similar to) {_IT}){_CLOSING}"
)
_NOT_IT: Final = re.compile(
    rf"{_OPENING}(?:no,? )?(?:(?:not|hide) (?:it|that one|this one)"
    rf"|(?:i have |i )?(?:already )?(?:seen|watched|saw|read) {_IT}"
    rf"(?: already| before)?){_CLOSING}"
)
_NOT_WHO: Final = re.compile(
    rf"{_OPENING}(?:no, )?(?:(?:(?:something|anything|ones?|films|movies) )?(?:not|without)|no more|no more of"
    rf"|anyone but|anybody but|nothing with) (?:him|her){_CLOSING}"
)
_NOT_BOTH: Final = re.compile(
    rf"{_OPENING}(?:not|nothing|none) (?:like )?(?:(?:those|these) (?:two|2|three|3)|both(?: of (?:them|those|these))?)"
    rf"{_NOUN}{_CLOSING}"
)
_N_LIKED: Final = 3


def name_these(command: str, feed: tuple[ShownItem, ...]) -> str:
    """Return the command with "more like these" said by the places of the first shown items."""
    if not feed or not _THESE.fullmatch(plain(command)):
        return command
    return f"more like {say_places([item.position for item in feed[:_N_LIKED]])}"


def name_last(request: ParseRequest, schema: CatalogueSchema) -> str | None:
    """Return the command with the item or person of the newest wish named; None where words point at nothing known."""
    text = plain(request.command)
    if _NOT_BOTH.fullmatch(text):
        return None
    if _LIKE_IT.fullmatch(text):
        return _said("more like", _newest(request.preferences, schema, FacetKind.ITEM) or _lone(request.feed))
    if _NOT_IT.fullmatch(text):
        return _said("hide", _newest(request.preferences, schema, FacetKind.ITEM) or _lone(request.feed))
    if _NOT_WHO.fullmatch(text):
        return _said("no", _newest(request.preferences, schema, FacetKind.PERSON))
    return request.command


def _said(words: str, name: str) -> str | None:
    return f"{words} {name}" if name else None


def _lone(feed: tuple[ShownItem, ...]) -> str:
    return feed[0].title if len(feed) == 1 else ""


def _newest(preferences: Preferences, schema: CatalogueSchema, kind: FacetKind) -> str:
    """Return the name that the newest wish is about, where it is of a kind and is wanted; else nothing."""
    newest = preferences.remembered[-1].constraint if preferences.remembered else None
    facet = schema.facets.get(newest.facet) if newest is not None else None
    if newest is None or facet is None or facet.kind is not kind or not newest.is_positive:
        return ""
    return str(newest.value)
