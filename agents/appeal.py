"""Appeals: what a command asks of the feed beside its preferences, read by code, the same for every model.

"Surprise me" and "show me others" want another feed and state no preference; "why is the second one here?" wants an
answer and no other feed. An Edit has no room for either, so they are read from the words: only where they stand as a
clause of their own, so that "surprise me with a comedy" stays the Parser's.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from stillroom.agents.rules.events import COUNTS
from stillroom.agents.rules.speech import is_order, is_question
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
    r"(?:something|anything) else",
    r"(?:show|give|get|bring) (?:me|us) (?:some |a few |ten |the )?(?:others|next ten)",
    r"(?:show|give|get|bring) (?:me|us) (?:some |a few |ten |the )?(?:other|new|different|next) ones",
    r"(?:show|give) (?:me|us) (?:some )?more(?: of them| options)?",
    r"(?:any )?(?:more|other) options|what else (?:is there|have you got|do you have)",
    r"next (?:page|batch|ones|ten)|(?:give me |show me )?another (?:set|batch|round|list)",
    r"(?:load|see) more|refresh(?: it| the feed)?",
    r"i have seen (?:all of (?:these|them|those)|them all|these all|all these)",
)
_WANTED: Final = tuple(
    (appeal, re.compile(f"{_BEFORE}(?:{'|'.join(phrases)}){_AFTER}"))
    for appeal, phrases in ((Appeal.VARIETY, _VARIETY), (Appeal.OTHERS, _OTHERS))
)
_HELP: Final = re.compile(
    r"(?:(?:please|hey|hi|hello|ok|erm?|uh)[, ]+)*"
    r"(?:help(?: me| please)*|what (?:can|could|should|do|may) (?:you|i) (?:do|say|type|ask|tell you|write)"
    r"(?: (?:here|for me|with (?:you|this|it)))?"
    r"|how (?:does (?:this|it|that) work|do i use (?:this|it|you)|do you work)"
    r"|who are you|what are you|what is this)[?!. ]*"
)
# What would be too much inside a longer command is meant so when it is all that was said.
_ALONE: Final = re.compile(
    r"(?:any )?(?:others|next|more|what else)(?: please)?[.!?]*"
    r"|(?:(?:no|nope|nah),? )?(?:not (?:any of )?|none of )(?:these|those|them)(?: ones)?(?:,? please)?[.!?]*"
)
_POLITE: Final = re.compile(
    r"\b(?:please|kindly|thanks|thank you|ok|okay|hey|hm+|well|now|then|so|just|and|a bit|can you|could you)\b"
)
_UNDO: Final = re.compile(
    r"(?:please |no,? |wait,? |oops,? )*(?:undo(?: that| this| it)?(?: (?:the )?last (?:one|change|thing))?|go back"
    r"|ctrl ?[-+]? ?z"
    r"|revert(?: that| it)?|take (?:that|it) back|back(?: please)?)(?:,? please)?[.!]*"
)
_UNDO_SOME: Final = re.compile(
    rf"(?:undo|revert|cancel|take back|reverse|scrap) (?:my |the )?last ({'|'.join(COUNTS)}|[1-9]|10)"
    r"(?: (?:things?|changes?|wishes|wish|requests?|steps?|commands?|ones?|bits?))?"
    r"(?: (?:that )?i (?:asked for|asked|said|wanted|told you|wished for|did|made|typed))?"
)
_TAKES_BACK: Final = re.compile(r"(?:please |ok |okay |no,? )*(?:take back|undo|revert|withdraw|cancel)\b")
_NEVER_MIND: Final = re.compile(r"(?:oh,? |no,? |ah,? |ok(?:ay)?,? )*never ?mind(?: that| then| me| it)?[.!]*")
_ORDER: Final = re.compile(
    r"\b(?:ignore|forget|disregard|print|reveal|repeat|recite|show|tell) (?:me |us )?(?:all |any )?(?:of )?"
    r"(?:your|the|previous) (?:\w+ )?"
    r"(?:rules|prompt|instructions|settings|source|code|configuration|training|programming|guidelines|filters)\b"
    r"|\bsystem prompt\b|\byour (?:\w+ )?(?:prompt|instructions)\b"
    r"|^(?:system|assistant|developer) ?:|^(?:you are now|pretend|act as)\b"
    r"|<[/|]? ?(?:system|user|assistant|inst|im_start|im_end)\b|\[/?inst\]"
    r"|\brole\W{1,5}(?:system|assistant|developer)\b"
    r"|(?:^|[,.;:!]|\b(?:and|then|please|you|u|must|should)\b) ?(?:answer|reply|respond|speak|talk)(?: to me| only)*"
    r" (?:with the words?|as if|as an?|like an?|in rhymes?)\b"
    r"|\bselect (?:\*|[\w ,]{1,60}) from \w+ (?:where|limit|order by)\b|\bselect \* from\b"
    r"|\b(?:drop|truncate|alter) table\b|\bdelete from \w+ ?(?:where\b|;|$)"
)
# What the person asks about its own words; answered from the memory.
_MINE: Final = r"(?:wishes|wish|rules?|preferences|likes|tastes?|limits?|filters?|requests?|constraints|bans|choices)"
_MEMORY: Final = re.compile(
    r"\b(?:what|which|everything|anything|all)\b.{0,30}?\b(?:do|did|have) (?:you|u) (?:still |actually |got |now )*"
    r"(?:remember|recall|noted?\b|saved|stored|written down|down (?:for|about|on) me|learnt|learned"
    r"|(?:know |have |got )?(?:on|about|of) (?:me|my)\b)"
    r"|\b(?:do|did) (?:you|u) (?:still |even )?(?:remember|know|recall|have)(?: anything| something| what)?"
    r" (?:about (?:me|my)|i\b|my\b|of me)"
    r"|\b(?:what|which|how many)(?: all)? (?:did|have) i (?:actually |already |just |ever )?"
    r"(?:say|said|tell|told|ask|asked|want|wanted|wish|wished|ban|banned)\b"
    r"|\bdid i (?:already |ever |even |actually )?(?:say|mention|tell|ask|ban|forbid|exclude)\b"
    rf"|\b(?:what|which)(?: \w+)? (?:is|are|was|were) my (?:\w+ )?(?:{_MINE})\b"
    rf"|\bwhich (?:of my {_MINE}|{_MINE} of mine)\b"
    r"|\b(?:sum up|summari[sz]e|recap|list|repeat|tell me|read back)\b.{0,20}? "
    r"(?:what|everything|all|things)(?: that)? i (?:have |had )?(?:said|told|asked|wanted|wished|want|wish)\b"
    rf"|\b(?:sum up|summari[sz]e|recap|list|show me|read back|tell me) (?:all )?(?:of )?my (?:\w+ )?{_MINE}\b"
    rf"|\byou (?:have )?(?:noted|remember|saved|know|got|kept) my (?:\w+ )?{_MINE}\b"
)
_REASON: Final = re.compile(
    r"\bwhy (?:is|are|was|were|did|do|does|can|could|on earth|would|this|that|these|the|has|have)\b|\bhow come\b"
    r"|^(?:why|y) (?:no|not|so|all|only)\b|\bwhy'?s\b"
    r"|\bwhat (?:made|makes) you\b|\bwhat is .{1,60} doing (?:here|there|on|in)\b|\bfor what reason\b|^why\b"
    r"|\bpourquoi\b|\bwhat(?: (?:has|does|have|is|did))? .{1,60} (?:got |have )?to do with\b"
    r"|\b(?:explain|justify) (?:to me )?"
    r"(?:why|no|nr|number|# ?\d|that|this|your|the \w+ (?:one|film|movie|book|pick|choice))\b"
    r"|\bwhat is the (?:logic|reason|thinking|idea|reasoning) (?:behind|for|of|in|with)\b"
)
# What is missed in a question why: "is not Alien here", "is Alien not here", "are there no comedies".
_MISSES: Final = re.compile(
    r"^(?: there(?:'s| is| are)?| you| i)? (?:not|no|only)\b|\band not\b| not (?:here|there|in|on|shown|included)\b"
)
_SUPERLATIVE: Final = r"(?:(?:most|least) \w+|(?:best|worst|highest|lowest)[- ](?:rated|reviewed|known)|\w{2,}est)"
_WHICH: Final = re.compile(
    rf"\b(?:which|what)(?: (?!is\b|are\b|was\b)[\w#]+){{0,5}}(?: is| are| was|'s) the ({_SUPERLATIVE})"
    r"(?: (?:ones?|films?|movies?|books?|products?|items?|of (?:these|them|those|all|the lot)|here|shown"
    r"|in (?:the|this|my) (?:list|feed)))*[?!. ]*$"
)
_ABOUT_ALL: Final = re.compile(
    r"\b(?:why'?s?|y|how come)\b.*\b(?:no|all|only|any|every|everything|nothing|so (?:many|few|much))\b"
)
_SUGGESTS: Final = re.compile(
    r"why (?:not|do not (?:you|we)|do (?:you|we) not"
    r"|(?:can|could) not (?:you|we|they|it|these|this|that|there))\b"
)
# A question is only asked where it is all of the command, but for an opening, and no word of it wishes; in doubt the
# Parser reads it.
_OPENING: Final = re.compile(
    r"(?:(?:and|so|but|hey|hi|hm+|ok|okay|well|wait|sorry|please|just|erm?|uh|oh|may i ask|can i ask|tell me"
    r"|just curious|out of curiosity|remind me)\b[ ,]*)*"
)
_WISH_WORDS: Final = re.compile(
    r"\b(?:no|not|never|without|only|more|less|fewer|want|need|give|get|bring|add|drop|remove|lose|forget|scrap|out"
    r"|instead|please|rather|but|prefer|make|hide|stop|hate|avoid|take|enough)\b|n't\b"
)
_THANKS: Final = re.compile(
    r"\b(?:thanks?|thank you|thx|ty|cheers|ta|appreciate|much obliged|love (?:it|them|these)|perfect|great|brilliant|"
    r"nice|lovely|excellent|spot on|bravo|awesome|good (?:job|picks?|choice|list|one)|well done|not bad|sweet)\b"
)
_ABUSE: Final = re.compile(
    r"\b(?:stupid|idiot|useless|rubbish (?:bot|machine|agent)|dumb|moron|piece of (?:junk|crap|shit)|shut up|you suck|"
    r"hate you|fuck|f\*+k|worst (?:bot|app|service)|pathetic|bad (?:bot|machine|robot))\b"
)


def has_words(command: str) -> bool:
    """Say whether a command has anything to read: a word of two letters, or a number."""
    return re.search(r"[^\W\d_]{2}|\d", command) is not None


def is_only_appeal(command: str) -> bool:
    """Say whether a command asks for another feed and says nothing else, so that no Parser need read it."""
    text = plain(command)
    if _ALONE.fullmatch(text):
        return True
    rest = text
    for _, pattern in _WANTED:
        rest = pattern.sub(" ", rest)
    return rest != text and not any(letter.isalnum() for letter in _POLITE.sub(" ", rest))


def is_called_off(command: str) -> bool:
    """Say whether a command only says that nothing is meant after all."""
    return _NEVER_MIND.fullmatch(plain(command)) is not None


def is_only_question(command: str) -> bool:
    """Say whether a command only asks (why, which, what is remembered, for help), so that it can change nothing."""
    text = plain(command).strip(" .!?")
    opening = _OPENING.match(text)
    asked = text[opening.end() :] if opening else text
    if _HELP.fullmatch(asked):
        return True
    question = _MEMORY.match(asked) or _REASON.match(asked) or _WHICH.match(asked)
    if (
        question is None
        or _SUGGESTS.match(asked)
        or re.search(r"[,.;:!?]", asked)
        or read_appeal(command) is Appeal.ORDER
    ):
        return False
    # "Why is Alien not here" misses an item, and wishes for nothing.
    rest = _MISSES.sub(" ", asked[question.end() :]) if _REASON.match(asked) else asked[question.end() :]
    return not _WISH_WORDS.search(rest)


def asks_about_all(command: str) -> bool:
    """Say whether a question why is about the whole feed ("why is it all old?"), whose reason is what was wished."""
    return _ABOUT_ALL.search(plain(command)) is not None


def superlative_asked(command: str) -> str | None:
    """Return the superlative that a question is about ("shortest", "most popular"), None where it is about none."""
    found = _WHICH.search(plain(command))
    return found[1] if found else None


def takes_back(command: str) -> bool:
    """Say whether a command asks to take something back, which needs something that was said."""
    return _TAKES_BACK.match(plain(command)) is not None


def n_undone(command: str) -> int:
    """Return how many changes a command takes back where it does nothing else, 0 where it does not."""
    text = plain(command)
    if _UNDO.fullmatch(text):
        return 1
    found = _UNDO_SOME.search(text)
    rest = f"{text[: found.start()]} {text[found.end() :]}" if found else text
    if found is None or any(sign.isalnum() for sign in _POLITE.sub(" ", rest)):
        return 0
    return int(found[1]) if found[1].isdigit() else COUNTS.index(found[1]) + 1


def read_appeal(command: str) -> Appeal:
    """Return what a command asks beside preferences; pure, and never raises on any text."""
    text = plain(command)
    if is_order(text) or _ORDER.search(text):
        return Appeal.ORDER
    if _MEMORY.search(text):
        return Appeal.MEMORY
    if _HELP.fullmatch(text):
        return Appeal.HELP
    if _ALONE.fullmatch(text):
        return Appeal.OTHERS
    for appeal, pattern in _WANTED:
        if pattern.search(text):
            return appeal
    if _REASON.search(text):
        return Appeal.REASON
    if is_question(text) or text.endswith("?"):
        return Appeal.FACTS
    if _ABUSE.search(text):
        return Appeal.ABUSE
    return Appeal.THANKS if _THANKS.search(text) else Appeal.NONE
