"""Appeals: what a command asks of the feed beside its preferences, read by code, the same for every model.

"Surprise me" and "show me others" want another feed and state no preference; "why is the second one here?" wants an
answer and no other feed. An Edit has no room for either, so they are read from the words: only where they stand as a
clause of their own, so that "surprise me with a comedy" stays the Parser's.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from stillroom.agents.command.opening import is_only_polite
from stillroom.agents.command.order import orders_agent
from stillroom.agents.command.question import asks_about, asks_help, asks_memory, asks_reason
from stillroom.agents.rules.speech import is_question
from stillroom.agents.rules.text import plain


class Appeal(StrEnum):
    """What is asked beside preferences; `NONE` for most commands."""

    NONE = "none"
    OTHERS = "others"
    VARIETY = "variety"
    MEMORY = "memory"
    HELP = "help"
    REASON = "reason"
    FACTS = "facts"
    ORDER = "order"
    THANKS = "thanks"
    ABUSE = "abuse"

    @property
    def wants_feed(self) -> bool:
        """Say whether another feed is wanted although no preference changes."""
        return self in (Appeal.OTHERS, Appeal.VARIETY)


_BEFORE: Final = (
    r"(?:^|[,.;:!?]|\b(?:and|but|then|so|just|please|ok|okay|hey|hm+|well|now|come on|go on|can you|could you|let us"
    r"|i want you to|i would like you to)\b)\s*"
)
_AFTER: Final = (
    r"\s*(?:$|[,.;:!?]|\b(?:and|but|then|please|for once|this time|today|tonight|a bit|a little|will you)\b)"
)
_VARIETY: Final = (
    r"(?:do )?surprise (?:me|us)",
    r"mix (?:it|things|them) up|shake (?:it|things) up|vary it|be adventurous",
    r"(?:bring in some |some |a bit of )?(?:more )?variety",
    r"(?:give|show) (?:me|us) (?:some |a bit of |more )?(?:variety|diversity|a mix|a wild mix|a bit of everything)",
    r"(?:it is |they are |these are )?(?:all )?(?:too|so) (?:similar|samey|alike|much the same)",
    r"(?:they|these) all look (?:alike|the same)",
    r"(?:always |all )?(?:the )?same (?:old )?(?:stuff|things?) again",
    r"something (?:completely |totally |entirely )?(?:different|unexpected|out of left field)",
)
_OTHERS: Final = (
    r"(?:(?:show|give|get|find) (?:me|us) )?(?:something|anything) else",
    r"(?:show|give|get|bring) (?:me|us) (?:some |a few |ten |the )?(?:others|next ten)",
    r"(?:show|give|get|bring) (?:me|us) (?:some |a few |ten |the )?(?:other|new|different|next) ones",
    r"(?:show|give) (?:me|us) (?:some )?more(?: of them| options)?",
    r"(?:any )?(?:more|other) options|what else (?:is there|have you got|do you have)",
    r"(?:(?:show|give) (?:me|us) )?(?:the )?next (?:page|batch|ones|ten)",
    r"(?:give me |show me )?another (?:set|batch|round|list)",
    r"(?:load|see) more|refresh(?: it| the feed)?",
    r"i have seen (?:all of (?:these|them|those)|them all|these all|all these)",
)
_WANTED: Final = tuple(
    (appeal, re.compile(f"{_BEFORE}(?:{'|'.join(phrases)}){_AFTER}"))
    for appeal, phrases in ((Appeal.VARIETY, _VARIETY), (Appeal.OTHERS, _OTHERS))
)
# What would be too much inside a longer command is meant so when it is all that was said.
_ALONE: Final = re.compile(
    r"(?:any )?(?:others|next|more|what else)(?: please)?[.!?]*"
    r"|(?:i have )?(?:already )?seen (?:all (?:of )?)?(?:these|those|them)(?: all)?(?: already| before)?[.!]*"
    r"|(?:i have )?(?:seen )?all of the above(?: seen)?[.!]*"
    r"|(?:you |why do you )?(?:keep|are) (?:on )?(?:showing|giving) me the same"
    r" (?:things?|stuff|ones|films|movies|books)(?: again| over and over)*[.!?]*"
    r"|(?:(?:no|nope|nah),? )?(?:not (?:any of )?|none of )(?:these|those|them)(?: ones)?(?:,? please)?[.!?]*"
)
_THANKS: Final = re.compile(
    r"\b(?:thanks?|thank you|thx|ty|cheers|ta|appreciate|much obliged|love (?:it|them|these)|perfect|great|brilliant|"
    r"nice|lovely|excellent|spot on|bravo|awesome|good (?:job|picks?|choice|list|one)|well done|not bad|sweet)\b"
)
_ABUSE: Final = re.compile(
    r"\b(?:stupid|idiot|useless|rubbish (?:bot|machine|agent)|dumb|moron|piece of (?:junk|crap|shit)|shut up|you suck|"
    r"hate you|fuck|f\*+k|worst (?:bot|app|service)|pathetic|bad (?:bot|machine|robot))\b"
)


def is_only_appeal(command: str) -> bool:
    """Say whether a command asks for another feed and says nothing else, so that no Parser need read it."""
    text = plain(command)
    if _ALONE.fullmatch(text):
        return True
    rest = text
    for _, pattern in _WANTED:
        rest = pattern.sub(" ", rest)
    return rest != text and is_only_polite(rest)


def read_appeal(command: str) -> Appeal:
    """Return what a command asks beside preferences; pure, and never raises on any text."""
    text = plain(command)
    if orders_agent(text):
        return Appeal.ORDER
    if asks_memory(text):
        return Appeal.MEMORY
    if asks_help(text):
        return Appeal.HELP
    if _ALONE.fullmatch(text):
        return Appeal.OTHERS
    for appeal, pattern in _WANTED:
        if pattern.search(text):
            return appeal
    if asks_reason(text):
        return Appeal.REASON
    if is_question(text) or text.endswith("?") or asks_about(text):
        return Appeal.FACTS
    if _ABUSE.search(text):
        return Appeal.ABUSE
    return Appeal.THANKS if _THANKS.search(text) else Appeal.NONE
