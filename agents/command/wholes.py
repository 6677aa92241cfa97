"""Wholes: "everything by Hitchcock" and "all comedies" wish for what a model reads as "everything, all" banned.

Contract: pure; a title ("All the King's Men"), and a whole of which more is said ("all comedies are out"), stay.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.exceptions import is_title
from stillroom.data.catalogue import Catalogue

_ASKED: Final = (
    r"(?P<asked>(?:(?:please|ok|just|i want|i would like|show me|give me|get me|let me see|i['\u2019]ll take) )*)"
)
_BY: Final = re.compile(
    rf"{_ASKED}(?:absolutely )?everything (?P<by>(?:by|with|from|starring)"
    r" (?:(?!(?:is|are|was|except|but|out|off|gone|and)\b)[^,.;:!?])+)(?P<rest>[.! ]*)",
    re.I,
)
_MADE: Final = re.compile(
    rf"{_ASKED}everything (?:that )?(?P<who>[\w.'\u2019-]+(?: [\w.'\u2019-]+){{0,3}}?)"
    r"(?: has| had|['\u2019]s)? (?:ever )?(?:wrote|written|directed|made|did|shot|filmed)(?P<rest>[.! ]*)",
    re.I,
)
_NOT_MANY: Final = (
    r"(?!(?:the )?(?:others|ones|ages|times|years|genres|kinds|sorts|yours|this|is|was|has|these|those|thanks|always"
    r"|languages|countries|decades|types|colou?rs|prices|lists|filters|rules|preferences|wishes|bans|limits|changes"
    r"|sizes|brands|authors|actors|reviews|ratings|stars|seasons|days|nights)\b)"
)
_WORD: Final = (
    r"(?!(?:of|the|my|your|our|his|her|that|which|but|about|is|are|in|at|over|for|no|not|other)\b)[\w'\u2019-]+"
)


def name_wholes(command: str, catalogue: Catalogue) -> str:
    """Return the command without the "all" or "everything" that opens a wish."""
    noun = re.escape(catalogue.schema.noun)
    things = rf"(?:{noun}s?|films?|movies?|flicks?|books?|novels?|things|stuff)"
    by = r"(?P<by> (?:by|with|from|starring) (?:(?!(?:is|are|was|except|but|out|off|gone|and)\b)[^,.;:!?])+)?"
    every = re.compile(
        rf"{_ASKED}(?:all|every)(?: of)?(?: the| those)? {_NOT_MANY}"
        rf"(?P<what>(?:{_WORD} ){{0,3}}{things}(?: {_WORD})?|(?:{_WORD} ){{0,2}}[\w-]+(?<!s)s){by}(?P<rest>[.! ]*)",
        re.I,
    )
    if not re.search(r"\b(?:all|every|everything)\b", command, re.I) or is_title(command, catalogue):
        return command
    for pattern in (_BY, _MADE, every):
        if found := pattern.fullmatch(command):
            said = found.groupdict()
            what = said.get("what") or f"{catalogue.schema.noun}s"
            made = f" by {said['who']}" if said.get("who") else f" {(said.get('by') or '').strip()}"
            return f"{found['asked']}{what}{made.rstrip()}{found['rest']}"
    return command
