"""A list of one element counts as the element, in every scorer."""

from __future__ import annotations

from pydantic import JsonValue


def single(answer: JsonValue) -> JsonValue:
    """Return what is left when lists of one element are opened."""
    while isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    return answer
