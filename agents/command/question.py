"""Questions: what a command asks about the feed, the memory or the agent, and whether it asks and does nothing else.

Contract: pure, from the words alone; in doubt a command is no mere question, and the Parser reads it.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.command.order import orders_agent
from stillroom.agents.rules.text import plain

# No "no": before a question it answers another one, or refuses something.
_OPENING: Final = opening(
    *("and", "so", "but", "just curious", "just", "may i ask", "can i ask", "tell me", "out of curiosity", "remind me")
)
_OPENS: Final = re.compile(rf"^{_OPENING}")
_TELL: Final = re.compile(
    rf"{_OPENING}(?:tell (?:me|us) |(?:can|could) you tell (?:me|us) )?(?:something |more |a bit more |a bit )?about "
    r"(?:the )?(?:(?:number |no\.? |nr\.? |# ?)\d{1,2}|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
    r"|tenth|last)(?: (?:one|film|movie|book|product|item))?)(?: please)?[?!. ]*"
)
_HELP: Final = re.compile(
    rf"{_OPENING}(?:help(?: me| please)*|what (?:can|could|should|do|may) (?:you|i) (?:do|say|type|ask|tell you|write)"
    r"(?: (?:here|for me|with (?:you|this|it)))?"
    r"|how (?:does (?:this|it|that) work|do i use (?:this|it|you)|do you work)"
    r"|who are you|what are you|what is this)[?!. ]*"
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
    rf"|\bwhat(?: do i (?:like|want)|(?: is|'s) my list(?: of {_MINE})?)(?=[?!. ]*$)"
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
    rf"\b(?:which|what)(?: (?!is\b|are\b|was\b)[\w#]+){{0,5}}(?: is| are| was|'s) (?:the )?({_SUPERLATIVE})"
    r"(?: (?:ones?|films?|movies?|books?|products?|items?|of (?:these|them|those|all|the lot)|here|shown"
    r"|in (?:the|this|my) (?:list|feed)))*[?!. ]*$"
)
_ABOUT_ALL: Final = re.compile(
    r"^why are (?:these|they|those)(?: all)? (?:so|too) \w+[?. ]*$"
    r"|\b(?:why'?s?|y|how come)\b.*\b(?:no|all|only|any|every|everything|nothing|so (?:many|few|much))\b"
)
_SUGGESTS: Final = re.compile(
    r"why (?:not|do not (?:you|we)|do (?:you|we) not"
    r"|(?:can|could) not (?:you|we|they|it|these|this|that|there))\b"
)
_WISH_WORDS: Final = re.compile(
    r"\b(?:no|not|never|without|only|more|less|fewer|want|need|give|get|bring|add|drop|remove|lose|forget|scrap|out"
    r"|instead|please|rather|but|prefer|make|hide|stop|hate|avoid|take|enough)\b|n't\b"
)


def asks_memory(text: str) -> bool:
    """Say whether a plain text asks what the person said or wished; that is answered from the memory."""
    return _MEMORY.search(text) is not None


def asks_help(text: str) -> bool:
    """Say whether a plain text asks what the agent is and can do, and nothing else."""
    return _HELP.fullmatch(text) is not None


def asks_about(text: str) -> bool:
    """Say whether a plain text asks to be told about an item at a place, and nothing else."""
    return _TELL.fullmatch(text) is not None


def asks_reason(text: str) -> bool:
    """Say whether a plain text asks why something is in the feed, or is not."""
    return _REASON.search(text) is not None


def is_only_question(command: str) -> bool:
    """Say whether a command only asks (why, which, what is remembered, for help), so that it can change nothing."""
    text = plain(command)
    asked = _OPENS.sub("", text.strip(" .!?"))
    if asks_help(asked) or asks_about(text):
        return True
    question = _MEMORY.match(asked) or _REASON.match(asked) or _WHICH.match(asked)
    if question is None or _SUGGESTS.match(asked) or re.search(r"[,.;:!?]", asked) or orders_agent(text):
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
