"""What is forbidden for good: "no horror at all" bans horror, also where horror was wished before.

Contract: pure. Students take such a command for the end of the wish and no more. Where a reply only takes back, and
what it takes back is what the command forbids, the ban is added, as the word lists read it.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.rules.text import plain
from stillroom.data.edit import Edit

_THING: Final = (
    r"(?!need\b|longer\b|only\b|just\b|necessarily\b|too\b|so\b|that\b|this\b|than\b)(?P<{name}>[^,.;:!?]{{2,40}}?)"
)
_FORBIDS: Final = re.compile(
    rf"{opening('no', 'and', 'but')}(?:"
    rf"(?:absolutely |definitely )?no (?:more )?{_THING.format(name='no')}"
    r" (?:at all|whatsoever|ever(?: again)?|period|full stop)"
    rf"|(?:absolutely|definitely) no {_THING.format(name='surely')}"
    rf"|not {_THING.format(name='not')}"
    rf"|{_THING.format(name='out')} (?:is|are) (?:right |definitely )?out(?: actually| now| then| after all)?"
    r")(?:,? please)?[.! ]*"
)


def forbids(command: str) -> bool:
    """Say whether a command forbids something for good."""
    return _FORBIDS.fullmatch(plain(command)) is not None


def ban_forbidden(edit: Edit, request: ParseRequest, vocabulary: Vocabulary) -> Edit:
    """Return the edit with a ban of what its command forbids and the edit only takes back."""
    found = None if edit.add or not edit.retract else _FORBIDS.fullmatch(plain(request.command))
    if found is None:
        return edit
    thing = next(words for words in found.groups() if words)
    bans = tuple(
        constraint
        for constraint in parse_command(request.alone(f"no {thing}"), vocabulary).add
        if not constraint.is_positive
    )
    banned = {(constraint.facet, constraint.key[3]) for constraint in bans}
    gone = [item.constraint for item in request.preferences.remembered if item.id in edit.retract]
    if not all((old.facet, old.key[3]) in banned for old in gone):
        return edit
    return Edit.of(bans, edit.retract)
