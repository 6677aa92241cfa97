"""Replacements: "actually japanese", "no, romance" and "a western instead" put a value in the place of its kind's last.

Contract: pure. Only where the word lists know what is put there whole, and something of that kind is wished for: any
other second thought is read by a model.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, read_whole
from stillroom.agents.rules.text import plain
from stillroom.data.constraint import Op, Strength
from stillroom.data.edit import Edit

_RATHER: Final = re.compile(
    r"(?:(?:oh|hm+|um+|sorry|well|ok|okay|no|nah|wait)\b[,. ]+)*"
    r"(?:(?:actually|no wait|i meant?|or rather|rather|make (?:it|that)|let us (?:make it|do|go for))[,:]? "
    r"|no, |wait, )"
    r"(?P<what>[^,;:!?]+?)(?:,? (?:instead|then|please))*[.! ]*"
)
_INSTEAD: Final = re.compile(r"(?:(?:ok|okay|no)[,. ]+)*(?P<what>[^,;:!?]+?),? instead(?:,? please)?[.! ]*")


def read_replacement(request: ParseRequest, vocabulary: Vocabulary) -> Edit | None:
    """Return the wish that takes the place of one of its kind, a must that of a must; None where none does."""
    text = plain(request.command)
    found = _INSTEAD.fullmatch(text) or _RATHER.fullmatch(text)
    if found is None:
        return None
    edit = read_whole(request.alone(found["what"]), vocabulary)
    if edit is None or not all(constraint.is_positive for constraint in edit.add):
        return None
    kinds = {constraint.facet for constraint in edit.add if constraint.op is Op.EQ} & vocabulary.closed
    said = {constraint.value for constraint in edit.add}
    gone = [
        item
        for item in request.preferences.remembered
        if item.constraint.facet in kinds and item.constraint.is_positive and item.constraint.value not in said
    ]
    musts = {item.constraint.facet for item in gone if item.constraint.is_hard}
    put = tuple(
        replace(constraint, strength=Strength.HARD) if constraint.facet in musts else constraint
        for constraint in edit.add
    )
    return Edit.of(put, tuple(item.id for item in gone)) if gone else None
