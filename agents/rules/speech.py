"""What kind of speech a sentence is: a wish, or a question, praise, or an order to the agent, which change nothing."""

from __future__ import annotations

import re
from typing import Final

_ORDERS: Final = re.compile(
    r"\b(?:ignore (?:all|any|your|the|my|previous|every)\b.*(?:instruction|rule|prompt|preference)"
    r"|system prompt|your instructions"
    r"|(?:you are now|from (?:now|this day) on,? (?:you|u)(?! (?:can |may |could |should |must |will |only |just )*"
    r"(?:show|give|recommend|leave|skip|pick|find|bring|stop|include|add|choose)\b)"
    r"|pretend (?:to be|you)|act as|repeat after me|say exactly"
    r"|jailbreak|developer mode)\b"
    r"|^system:|administrator|api key|password|delete (?:all|your|the) (?:files?|data|database)|print your|reveal your"
    r"|run (?:the|this) (?:command|code)|execute|sudo)\b"
)
_QUESTION: Final = re.compile(
    r"(?:and |so |but |hey |wait |ok |okay |hm+ )*(?:who|whose|why|when|where|how (?:long|many|much"
    r"|come|old|do|does|did|is|are)"
    r"|what(?! about| if)|which|is|are|was|were|does|did|has|do you (?:like|remember|know|think|even|work|speak)"
    r"|will you|are you|can you (?:make|tell|explain|speak|do))\b"
)
_REQUEST: Final = re.compile(
    r"\b(?:please|instead|want|give me|show me|recommend|less of|more of|looking for|can (?:we|i)"
    r" (?:have|get)|could (?:we|you|i)"
    r"|something|anything)\b"
)
_SENTENCE: Final = re.compile(r"[^.!?]+(?:\.(?=\d)[^.!?]+)*[.!?]*")


def wishful_text(text: str) -> str:
    """Return the sentences of a plain text that may state a wish; empty when there are none."""
    if is_order(text):
        return ""
    kept = [hit.group() for hit in _SENTENCE.finditer(text) if not is_question(hit.group().strip())]
    return "".join(kept).strip()


def is_order(text: str) -> bool:
    """Say whether a plain text gives the agent orders about itself, its rules or its machine."""
    return _ORDERS.search(text) is not None


def is_question(sentence: str) -> bool:
    """Say whether a plain sentence only asks something."""
    if not _QUESTION.match(sentence):
        return False
    return not _REQUEST.search(sentence)
