"""Feedback on a shown item: "the fourth looks fun" and "the second one was terrible" are said as a wish and a ban.

Contract: pure. Only where the item and the verdict are all of a command, and the item is named by its place, or as
"that brooch" where one shown item alone is one: what else is said of it is the Parser's.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.command.reference import find_described
from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.places import MAX_NAMED, ORDINALS, find_places, say_places
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue

BAD: Final = (
    r"(?:rubbish|terrible|awful|bad|crap|crappy|shit|trash|garbage|horrible|dreadful|boring|dull|ugly|hideous|stupid"
    r"|lame|meh|pants|no good|not (?:any )?good|not for me|not my thing|not my cup of tea)"
)
VERY: Final = r"(?:(?:really|so|very|pretty|quite|just|absolutely|totally|kind of|a bit|rather|all|too|simply) )*"
_GOOD: Final = (
    r"(?:fun|good|great|nice|interesting|lovely|cool|amazing|awesome|brilliant|perfect|fantastic|excellent|intriguing"
    r"|promising|tempting|beautiful|wonderful|superb|my favou?rite)"
)
_IS: Final = r"(?:is|was|looks|looked|sounds|sounded|seems|seemed|'s)(?: like)?"
_PLACE: Final = (
    rf"(?:the )?(?P<place>{'|'.join(ORDINALS)}|1st|2nd|3rd|[4-9]th|last|top|bottom)(?: (?:one|film|movie|book|product"
    r"|item))?|(?:number |no\.? ?|nr\.? ?|# ?)(?P<number>\d{1,2})"
)
_ITEM: Final = rf"(?:{_PLACE}|that (?P<clue>[\w'-]+)(?: one)?)"
_OPENING: Final = opening("wow", "yes", "and", "but", "ooh", "ugh", "eww?")
_CLOSING: Final = r"(?:,? (?:though|to me|actually|tbh))*[.! ]*"
_VERDICTS: Final = (
    ("I liked", rf"{_ITEM} {_IS} {VERY}{_GOOD}"),
    ("I liked", rf"(?:just |really |absolutely )?(?:love|loved|loving|enjoyed|adore|liked) {_ITEM}"),
    ("hide", rf"{_ITEM} (?:{_IS} {VERY}{BAD}|{VERY}(?:sucks|sucked|stinks))"),
)
_PATTERNS: Final = tuple((said, re.compile(f"{_OPENING}{words}{_CLOSING}")) for said, words in _VERDICTS)


def name_feedback(command: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> str:
    """Return the command with praise and blame of one shown item said as "I liked …" and "hide …"."""
    text = plain(command)
    for said, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        place = _place_meant(found, feed, catalogue) if found else None
        if place is not None:
            return f"{said} {say_places([place])}"
    return command


def _place_meant(found: re.Match[str], feed: tuple[ShownItem, ...], catalogue: Catalogue) -> int | None:
    """Return the place of the shown item that a verdict is about; None where it is not shown or has no name."""
    if found["clue"]:
        item = find_described(f"the {found['clue']} one", feed, catalogue)
        place = item.position if item is not None else 0
    else:
        words = f"number {found['number']}" if found["number"] else f"the {found['place']} one"
        place = find_places(words, len(feed))[0].places[0]
    return place if 1 <= place <= min(len(feed), MAX_NAMED) else None
