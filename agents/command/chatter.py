"""Chatter: what neither wishes nor points at anything, however many words it has ("these suck", "no thanks").

Contract: pure, from the words alone. Only where it is all of a command; what it is decides the answer, and the feed
stays as it is.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from stillroom.agents.command.feedback import BAD, VERY
from stillroom.agents.command.opening import opening
from stillroom.agents.rules.text import plain


class Chatter(StrEnum):
    """What a command is that states nothing; `NONE` for most commands."""

    NONE = "none"
    COMPLAINT = "complaint"
    START = "start"
    PRAISE = "praise"
    REFUSAL = "refusal"
    SERVICE = "service"


_NOUN: Final = r"(?:films?|movies?|flicks?|books?|products?|things?|stuff|items?)"
_THESE: Final = rf"(?:(?:all )?(?:of )?(?:these|those|they|this|them|(?:this|the) list)(?: {_NOUN})?)"
_SERVICES: Final = (
    r"(?:netflix|amazon(?: prime)?|prime(?: video)?|hulu|hbo(?: max)?|disney ?(?:\+|plus)|apple tv|youtube|kindle"
    r"|audible|streaming|dvds?|blu-?rays?|discounts?|coupons?|vouchers?|gift cards?"
    r"|(?:free |fast |next day |express )?(?:shipping|delivery|returns?|refunds?))"
)
_KINDS: Final = {
    Chatter.COMPLAINT: (
        rf"{_THESE} (?:all )?(?:is|are|look|looks|seem|seems|sound) {VERY}{BAD}"
        rf"|{_THESE} (?:all )?{VERY}(?:sucks?|stinks?)|{VERY}(?:boring|rubbish|terrible|awful|meh|lame|yawn|dull)"
        r"|i (?:do not|don't|dont) (?:really )?(?:like|want|care for|fancy) (?:any|either|all) of (?:these|those|them)"
        r"|i (?:do not|don't|dont) (?:really )?(?:like|fancy) (?:these|those|them)"
        r"|i (?:really )?(?:hate|dislike) (?:all of |all )?(?:these|those|them)(?: all)?"
        rf"|none of (?:these|those|them)(?: {_NOUN})?"
        r" (?:appeals?(?: to me)?|interests? me|(?:looks?|is|are)(?: any)? good)"
    ),
    Chatter.START: (
        r"(?:(?:can|could|will|would) you )?(?:please )?(?:recommend|suggest)(?: me| us)? "
        rf"(?:(?:a|an|any|some|something|anything)\b ?)(?:(?:good|nice) ?)?{_NOUN}?(?: ?to (?:watch|read))?(?: for me)?"
        r"|what (?:should|shall|can|could) (?:i|we) (?:watch|read|see)|what do you (?:recommend|suggest)"
        r"|i (?:really |just )?(?:love|like|enjoy|adore) (?:the )?(?:cinema|movies|films|books|reading|shopping"
        r"|watching (?:films|movies))"
    ),
    Chatter.PRAISE: (
        r"(?:(?:very|really|such) )?(?:nice|lovely|great|beautiful|pretty|cool|awesome|gorgeous) (?:colou?rs?|pictures?"
        r"|posters?|design|layout|app|site|website|selection|choices?|covers?|photos?)"
    ),
    Chatter.REFUSAL: r"(?:no|nah|nope),? (?:thanks?(?: you)?|thx|ta|cheers)",
    Chatter.SERVICE: (
        r"(?:do you (?:have|offer|do|give)|have you got|is there|are there|what is|show me|give me|i want)? ?"
        rf"(?:(?:anything|something|stuff|{_NOUN}|any|a)\b ?)*(?:(?:that is |available )?(?:on|from|with) )?{_SERVICES}"
        r"|(?:is|are) (?:it|any of (?:these|those|them)|these|those|they|this) (?:available )?(?:on|for) "
        rf"{_SERVICES}|where can i (?:watch|stream|buy|get) (?:it|these|this|that|them|those)"
    ),
}  # fmt: skip
_OPENING: Final = opening("um+", "yes", "ugh", "wow", "so", "and", "but", "god", "omg")
_CLOSING: Final = r"(?:,? (?:please|then|tonight|today|now|though|tbh|to me|so much))*[.!? ]*"
_PATTERNS: Final = tuple((kind, re.compile(f"{_OPENING}(?:{words}){_CLOSING}")) for kind, words in _KINDS.items())


def read_chatter(command: str) -> Chatter:
    """Return what a command is that states nothing, `NONE` where it may state something."""
    text = plain(command)
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text)), Chatter.NONE)


def is_chatter(command: str) -> bool:
    """Say whether a command states nothing that a model could read."""
    return read_chatter(command) is not Chatter.NONE
