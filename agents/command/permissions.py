"""Permissions: "horror is fine" and "I don't mind gore" take back what is remembered against a thing, and no more.

Contract: pure. A permission neither wishes nor bans: with nothing against the thing it changes nothing. What is said
beside it is read as if it stood alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.command.reference import resolve
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.rules.text import plain, words
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.preferences import Remembered, displaces
from stillroom.data.schema import FacetKind

_OPENING: Final = opening("but", "and", "also", "though", "honestly", "really", "no", "yeah", "yes", "nah")
_THING: Final = (
    r"(?P<thing>(?!(?:that|this|it|they|these|those|you|what|all|everything|anything|any|which|the|others?|both|most)\b)"
    r"[^,.;:!?]{2,40}?)"
)
_AFTER: Final = r"(?: (?:too|as well|by me|with me|for me|though|then|now|again|actually|either|also|tbh))*"
_ANY_MORE: Final = re.compile(
    r"(?: (?:any ?more|at all|really|so much|that much|too much|either|actually|though|too|tbh))*$"
)
_FINE: Final = (
    r"(?:totally |perfectly |absolutely |all |also |actually |quite )?"
    r"(?:fine|ok|okay|alright|all right|acceptable|allowed|no problem|no big deal)"
)
_REALLY: Final = r"(?:really |actually |honestly |also |totally |perfectly )*"
_MIND: Final = re.compile(
    rf"{_OPENING}(?:(?:i |we )?{_REALLY}do not {_REALLY}(?:mind|hate|dislike)"
    rf"|(?:i am |we are )?{_REALLY}(?:ok|okay|fine|cool|good) with) (?:(?:a bit of|some|a) )?{_THING}"
)
_IS_FINE: Final = re.compile(
    rf"{_OPENING}(?:(?:a bit of|a little|some) )?{_THING} (?:"
    r"(?:do|does) not (?:really )?(?:bother|scare|upset) (?:me|us)"
    rf"(?: at all| much| any ?more)?|(?:is|are|'s) {_FINE}{_AFTER})"
)
_NOT_ONLY: Final = re.compile(rf"{_OPENING}(?:it )?not (?:necessarily|only|just) (?:an? )?{_THING}")
# What need not be is wished no more, however softly it was.
_NEED_NOT: Final = re.compile(
    rf"{_OPENING}(?:it )?(?:(?:do|does) not (?:have|need) to be|need not be) (?:an? )?{_THING}"
    r"(?: any ?(?:more|longer))?"
)
# "I never said comedy" takes back the wish, and bans nothing.
_NEVER_SAID: Final = re.compile(
    rf"{opening('no', 'but')}i (?:never|did not) (?:said|say|asked for|ask for|mentioned|mention|wanted)"
    rf" (?:i wanted )?(?:an? )?(?!no |not |any){_THING}"
)
_NO_THING: Final = re.compile(
    r"\b(?:no|not|never|nothing|none|without|only|one|ones|if|when|long as|yet|today|tonight|now|yes"
    r"|what|why|how|who|more|less|but|because"
    r"|like|similar|first|second|third|last|list|feed|selection|choice|which)\b|#|\?|^(?!over |above )\D*\d"
)
# "Dune is fine, drop the rest" keeps what is shown.
_OF_ALL: Final = re.compile(r"\b(?:rest|others?|n['\u2019]t|it|them|that|this)\b|\bnot[.! ]*$", re.IGNORECASE)
_AND: Final = re.compile(r" (?:and|or|nor) ")
_BUT: Final = re.compile(r"(?:but|just|show|give|i|we|no|find|pick)\b", re.IGNORECASE)
_PARTS: Final = re.compile(r"\s*[,;.](?:\s+|$)|\s+(?=but )|\s+-+\s+")


@dataclass(frozen=True)
class Permission:
    """What is permitted, and what else is said; `frees` where a must is loosened, `disowns` a wish."""

    things: tuple[str, ...]
    rest: str
    frees: bool = False
    disowns: bool = False


def read_permission(command: str) -> Permission | None:
    """Return what a command permits, None where it permits nothing."""
    if "?" in command or '"' in command:
        return None
    parts = [part for part in _PARTS.split(command) if part.strip()]
    disowned = _NEVER_SAID.fullmatch(plain(command).strip(" .!"))
    if disowned and not _NO_THING.search(disowned["thing"]):
        return Permission((disowned["thing"],), "", disowns=True)
    read = [(part, *_permitted(part)) for part in parts]
    things = tuple(thing for _, thing, _ in read if thing)
    if not things:
        return None
    rest = ", ".join(part for part, thing, _ in read if not thing)
    frees = any(pattern in (_NOT_ONLY, _NEED_NOT) for _, _, pattern in read)
    disowns = any(pattern is _NEED_NOT for _, _, pattern in read)
    # In "I don't mind gore, sex and swearing" more is permitted than one part says.
    is_list = rest and (any(_AND.search(thing) for thing in things) or (read[0][1] and not _BUT.match(parts[1])))
    if _OF_ALL.search(rest) or (frees and rest) or is_list:
        return None
    return Permission(things, re.sub(r"^(?:but|and|so)\s+", "", rest.strip(" .!")), frees, disowns)


def _permitted(part: str) -> tuple[str, re.Pattern[str] | None]:
    text = plain(part).strip(" .!")
    text = re.sub(r"(?<=\w)'s (?=(?:totally |perfectly |also )?(?:fine|ok|okay|alright|good|cool)\b)", " is ", text)
    for pattern in (_MIND, _IS_FINE, _NOT_ONLY, _NEED_NOT):
        found = pattern.fullmatch(text)
        if found and not _NO_THING.search(found["thing"]):
            return _ANY_MORE.sub("", found["thing"]), pattern
    return "", None


def lifted(
    permission: Permission, request: ParseRequest, vocabulary: Vocabulary, catalogue: Catalogue
) -> tuple[str, ...]:
    """Return the ids of what is remembered against the permitted things."""
    ids: list[str] = []
    for thing in permission.things:
        stated = parse_command(request.alone(thing), vocabulary)
        theme = catalogue.schema.first(FacetKind.TAG)
        as_theme = (Constraint(Polarity.POSITIVE, Strength.SOFT, theme.name, Op.EQ, thing),) if theme else ()
        named = resolve(Edit.of((*stated.add, *as_theme)), request.feed, catalogue).edit.add
        ids += [item.id for item in request.preferences.remembered if _goes(item, thing, named, permission)]
    return tuple(name for name in request.preferences.ids if name in ids)


def _goes(item: Remembered, thing: str, named: tuple[Constraint, ...], permission: Permission) -> bool:
    """Say whether a remembered constraint stands against a thing, or, where that is loosened, demands it."""
    known = item.constraint.canonical()
    if known.is_positive and not isinstance(known.value, str):
        return any(displaces(constraint, known) and constraint.key != known.key for constraint in named)
    if known.is_positive and not (permission.disowns or (permission.frees and known.is_hard)):
        return False
    same = any((constraint.facet, constraint.key[3]) == (known.facet, known.key[3]) for constraint in named)
    return same or (isinstance(known.value, str) and words(thing) == words(known.value))
