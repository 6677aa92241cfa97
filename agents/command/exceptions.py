"""Exceptions: "horror except zombies" is a wish and a ban, said as a model reads both: "horror, no zombies".

Contract: pure; what is excepted from nothing wished, or is a comparison, a place or a clause, stays word for word.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.data.catalogue import Catalogue
from stillroom.data.names import normal_name
from stillroom.data.preferences import Preferences
from stillroom.data.schema import FacetKind

_EXCEPT: Final = re.compile(
    r"(?P<head>[^,.;:!?\"]*?)(?:,? |^)"
    r"(?P<sign>except(?:ing)?(?: for| with| by)?|excluding|(?:apart|aside) from|other than(?: with| by)?|save for|minus"
    r"|unless (?:it|they)(?:(?: is|['\u2019]s| are|['\u2019]re) (?:by|with|starring|directed by)| stars?| features?)"
    r"|but(?: not| no)(?: the (?:film|movie|book))?) (?:any |the one called )?(?P<what>[^.;:!?\"]+?)"
    r"(?P<rest>(?:,? (?:please|though|thanks))*[.!? ]*)",
    re.IGNORECASE,
)
# "War movies no vietnam", which is said without a comma.
_NO_COMMA: Final = re.compile(
    r"(?P<head>[\w'-]+ (?:films|movies|flicks|books)) (?P<sign>no) (?P<what>[\w'-]+(?: [\w'-]+)?)(?P<rest>[.!? ]*)",
    re.IGNORECASE,
)
_NOT_WISHED: Final = re.compile(
    r"^i (?!want\b|need\b|love\b|enjoy\b|feel\b|fancy\b)"
    r"|\b(?:no|not|never|nor|nothing|none|nobody|without|avoid|hates?|skip|ban|banned|hide|remove|drop|lose|forget|clear"
    r"|delete|reset|keep|stop|fewer|less|out|off|enough|tired|sick|fed|is|are|was|were|if|who|what|which|why|but|only"
    r"|liked?|loved?|seen|read|bought|own)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_ANYTHING: Final = re.compile(
    r"(?:(?:please|i want|i would like|i['\u2019]d like|give me|show me|i['\u2019]m up for|ok with|happy with) )*"
    r"(?:(?:any|every|some)thing(?: at all)?|any (?:film|movie|book|product|genre)s?|all|whatever|anyone|everyone)?",
    re.IGNORECASE,
)
# A place, a number, a measure or a clause is excepted in other words.
_NO_NAME: Final = re.compile(
    r"(?:too|so|very|that|this|these|those|it|them|him|her|the|my|your|me|you|us|when|where|if|what|over|under|above"
    r"|below|more|less|most|as|just|only|really|necessarily|because|before|after|since|until|much|many|quite|such|like"
    r"|for|from|in|on|at|to|of|all|always|never|no|not|one|ones|\#?\d.*|\w{2,}er|first|second|last)\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"\b(?:from|since|with|under|over|before|after|that|which|who|but|is|are|was|if|please|no|not|i|we|you|it|only|by)\b"
    r"|n['\u2019]t\b|[^\w\s'\u2019&.-]",
    re.IGNORECASE,
)
_AND: Final = re.compile(r",? (?:and|or|nor)(?: also)? (?:no )?|, (?:no )?|/", re.IGNORECASE)
_EXCUSE: Final = re.compile(
    r"\s*(?:well |ok |but )?(?:except|unless|apart from|aside from|other than) [^,;:!?]{2,40}[.! ]*", re.IGNORECASE
)
_MAX_HEAD, _MAX_NAME = 7, 4


def name_exceptions(command: str, catalogue: Catalogue) -> str:
    """Return the command with what is excepted from a wish said as a ban of its own."""
    found = _EXCEPT.fullmatch(command) or _NO_COMMA.fullmatch(command)
    if found is None or is_title(command, catalogue):
        return command
    head, sign = found["head"].strip(), found["sign"].lower()
    names = _names(found["what"], catalogue)
    if not names or len(head.split()) > _MAX_HEAD or _NOT_WISHED.search(head):
        return command
    is_work = is_title(names[0], catalogue) and _is_person(head, catalogue)
    # One theme after "but" is read rightly as it is said.
    if sign.startswith("but") and not is_work and not (len(names) > 1 and " or " in found["what"]):
        return command
    banned = ", ".join(f"no {name}" for name in names)
    if _ANYTHING.fullmatch(head):
        if not head and not sign.startswith("other"):
            return command
        is_read = not head or not sign.startswith(("other", "apart", "aside"))
        return command if is_read and head else f"{banned}{found['rest']}"
    if is_work:
        head = f"{catalogue.schema.noun}s by {head}"
    return f"{head}, {banned}{found['rest']}"


def excuses(command: str, preferences: Preferences) -> bool:
    """Say whether a command only excuses something from the ban that was said last, which no constraint can hold."""
    newest = preferences.remembered[-1].constraint if preferences.remembered else None
    return newest is not None and not newest.is_positive and _EXCUSE.fullmatch(command) is not None


def is_title(words: str, catalogue: Catalogue) -> bool:
    """Say whether words are a whole title of the catalogue."""
    return catalogue.find_title(words) is not None


def _is_person(words: str, catalogue: Catalogue) -> bool:
    """Say whether words are somebody's whole name or surname, and nothing else that the catalogue knows."""
    facets = catalogue.schema.facets
    others = (column for name, column in catalogue.sets.items() if facets[name].kind is not FacetKind.PERSON)
    if any(column.column_of(words) is not None for column in others):
        return False
    name, said = normal_name(catalogue.resolve_person(words) or ""), normal_name(words)
    return bool(said) and said in (name, name.rpartition(" ")[2])


def _names(what: str, catalogue: Catalogue) -> list[str]:
    """Return the names that are listed, none where one of them is no name."""
    what = re.sub(r"^(?:the )(?=[\w-]+ ones$)", "", what, flags=re.IGNORECASE)
    whole = is_title(what, catalogue) or any(column.column_of(what) is not None for column in catalogue.sets.values())
    names = [what] if whole else [re.sub(r"^an? ", "", name.strip()) for name in _AND.split(what)]
    return names if all(name and _can_be_named(name, catalogue) for name in names) else []


def _can_be_named(name: str, catalogue: Catalogue) -> bool:
    if _NO_NAME.match(name) or _CLAUSE.search(name) or len(name.split()) > _MAX_NAME:
        return is_title(name, catalogue)
    return True
