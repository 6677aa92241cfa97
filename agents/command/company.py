"""Company: what somebody beside the person hates is a ban, said as one: "my dad hates horror, pick something for us".

Contract: pure; only where what is said beside the dislike wishes for nothing. What the other loves and the person does
not is a ban, too.
"""

from __future__ import annotations

import re
from typing import Final

_WHO: Final = r"(?:(?:my|our) (?:[\w'\u2019-]+ ){1,2}|he |she |they |everyone |somebody |someone )"
_HATES: Final = (
    r"(?:(?:really |absolutely |just )?(?:hates?|dislikes?|detests?)"
    r"|(?:can['\u2019]?t|cannot|can not) (?:stand|bear|take)"
    r"|(?:does|do)(?: not|n['\u2019]?t) (?:really )?(?:like|enjoy)"
    r"|(?:is|are)(?: not|n['\u2019]?t) (?:into|a fan of|fans of|keen on))"
)
_WHAT: Final = r"(?P<what>(?!(?:it|this|that|these|them|him|her|me|when|to|how|the)\b)[^,.;:!?]{2,40}?)"
_WORDS: Final = """
we i us me you can could would will should please want wants need to watch see read buy find pick choose suggest
recommend show give get something anything a an film movie book one together for both of the two all with him her them
tonight now and so but let's lets let that works we'd we'll i'm we're are is looking what there everyone everybody
family can't good nice like enjoy too watching our my wife husband dad mum mom kids
"""
_IDLE: Final = _WORDS.split()
_REST: Final = rf"(?P<rest>(?:(?:{'|'.join(map(re.escape, _IDLE))})[ ,.!?]*)+)"
_BESIDE: Final = re.compile(rf"{_WHO}{_HATES} {_WHAT}(?:[,.;!] ?|(?= so | and ) )(?:so |and )?{_REST}", re.IGNORECASE)
_FOR: Final = re.compile(
    rf"(?P<before>[^,.;:!?]*\b(?:with|for) (?:my|our|the) [^,.;:!?]{{2,30}})(?:, | and | but |[.;] )(?:who |and |but )?"
    rf"(?:he|she|they)?(?<! ) ?{_HATES} {_WHAT}(?P<rest>[.! ]*)",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    rf"{_WHO}(?:really )?(?:loves?|likes?|adores?) {_WHAT}(?:[,;.]? (?:but )?| - )"
    r"i (?:really )?(?:do(?: not|n['\u2019]?t)|(?:hate|can['\u2019]?t (?:stand|bear)) (?:it|him|her|them|that))"
    r"[.! ]*",
    re.IGNORECASE,
)
_NOT: Final = re.compile(r"\b(?:no|not|never|without|hates?)\b|n['\u2019]t\b", re.IGNORECASE)
_AND: Final = re.compile(r" (?:and|or) (?!white\b)", re.IGNORECASE)


def name_dislikes(command: str) -> str:
    """Return the command with what somebody else dislikes said as a ban."""
    if found := _BESIDE.fullmatch(command) or _ALONE.fullmatch(command):
        return _banned(found["what"])
    if (found := _FOR.fullmatch(command)) and not _NOT.search(found["before"]):
        return f"{found['before']}, {_banned(found['what'])}{found['rest']}"
    return command


def _banned(what: str) -> str:
    names = (re.sub(r"^(?:any|all|watching|reading) ", "", name, flags=re.IGNORECASE) for name in _AND.split(what))
    return ", ".join(f"no {name}" for name in names)
