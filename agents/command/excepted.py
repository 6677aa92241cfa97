"""What is excepted: in "horror, no Saw" the ban is of Saw, whatever a model makes of it.

Contract: pure. Students that do not know a name repeat what they know and ban the horror that is wished, or a genre
that nobody named. Only where that happened is the reply put right, from the words: the wish stays, and each name that
is excepted is banned as the word lists, the titles or the themes know it.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.exceptions import is_title
from stillroom.agents.command.reference import resolve
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, parse_command, read_whole
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.schema import FacetKind

_NAME: Final = r"(?!not |one\b|more\b|less\b|need\b|way\b|thanks?\b|please\b)[\w'\u2019&-]+(?: [\w'\u2019&-]+){0,3}"
_EXCEPTION: Final = re.compile(
    rf"(?P<head>[^,.;:!?]+?),? (?:but )?(?P<what>(?:no|not) {_NAME}(?:(?:, | (?:and|or) |, (?:and|or) )no {_NAME})*?)"
    r"(?:,? please)?[.! ]*",
    re.IGNORECASE,
)
_NOT_WISHED: Final = re.compile(
    r"\b(?:no|not|never|nothing|none|without|avoid|hates?|skip|ban|hide|remove|drop|forget|stop|less|fewer|enough"
    r"|do|does|did|said|actually|instead|is|are|was)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(r"(?:, | (?:and|or) |, (?:and|or) )(?=no )", re.IGNORECASE)


def excepts(command: str) -> bool:
    """Say whether a command wishes for something and excepts something of it."""
    return _EXCEPTION.fullmatch(command) is not None


def ban_excepted(edit: Edit, request: ParseRequest, vocabulary: Vocabulary, catalogue: Catalogue) -> Edit:
    """Return the edit with a ban of what its command excepts in the place of one of what it wishes."""
    found = _EXCEPTION.fullmatch(request.command)
    if found is None or _NOT_WISHED.search(found["head"]) or is_title(request.command, catalogue):
        return edit
    if not _is_wish(found["head"], request, vocabulary, catalogue):
        return edit
    names = [re.sub(r"^(?:no|not) ", "", name, flags=re.IGNORECASE) for name in _SPLIT.split(found["what"])]
    excepted = tuple(constraint for name in names for constraint in _bans(name, request, vocabulary, catalogue))
    wished = _stated(found["head"], request, vocabulary)
    banned = {_meant(constraint) for constraint in excepted}
    heads = {_meant(constraint) for constraint in wished if constraint.is_positive} - banned
    named = banned | {_meant(constraint) for constraint in wished}
    is_known = all(_is_known(constraint, catalogue) for constraint in excepted)

    def is_wrong(constraint: Constraint) -> bool:
        kind = catalogue.schema.facets[constraint.facet].kind
        is_invented = is_known and kind is FacetKind.CATEGORICAL and _meant(constraint) not in named
        return not constraint.is_positive and (_meant(constraint) in heads or is_invented)

    if not excepted or not any(is_wrong(constraint) for constraint in edit.add):
        return edit
    kept = [constraint for constraint in edit.add if constraint.is_positive and _meant(constraint) not in banned]
    missing = [constraint for constraint in wished if _meant(constraint) not in {_meant(one) for one in kept}]
    return Edit.of((*kept, *missing, *excepted), edit.retract)


def _is_wish(head: str, request: ParseRequest, vocabulary: Vocabulary, catalogue: Catalogue) -> bool:
    """Say whether what stands before an exception is a wish that the word lists know whole, or a name."""
    return read_whole(request.alone(head), vocabulary) is not None or catalogue.resolve_person(head) is not None


def _bans(name: str, request: ParseRequest, vocabulary: Vocabulary, catalogue: Catalogue) -> tuple[Constraint, ...]:
    """Return what "no NAME" forbids: by the word lists, else by a whole title, else by a theme."""
    is_item = is_title(name, catalogue)
    stated = tuple(
        constraint for constraint in _stated(f"no {name}", request, vocabulary) if not constraint.is_positive
    )
    if not stated or (is_item and " " in name):
        facet = catalogue.schema.first(FacetKind.ITEM if is_item else FacetKind.TAG)
        strength = Strength.HARD if is_item else Strength.SOFT
        stated = (Constraint(Polarity.NEGATIVE, strength, facet.name, Op.EQ, name),) if facet is not None else ()
    return resolve(Edit.of(stated), request.feed, catalogue).edit.add


def _is_known(constraint: Constraint, catalogue: Catalogue) -> bool:
    column = catalogue.sets.get(constraint.facet)
    return column is None or column.column_of(str(constraint.value)) is not None


def _stated(text: str, request: ParseRequest, vocabulary: Vocabulary) -> tuple[Constraint, ...]:
    return parse_command(request.alone(text), vocabulary).add


def _meant(constraint: Constraint) -> tuple[str, object]:
    return constraint.facet, constraint.key[3]
