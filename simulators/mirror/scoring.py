"""Scores of an answer: right or not after normalisation, numbers as numbers, and how many words it shares."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from pydantic import JsonValue

from stillroom.data.names import normal_name
from stillroom.data.trajectory import Score
from stillroom.simulators.tasks.task import CORRECT

F1: Final = "f1"
# One number, with a currency before it or a unit after it.
_NUMBER: Final = re.compile(
    r"\s*[$€£]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)(?:\s+[a-z ]+)?\.?\s*", re.IGNORECASE
)


def score_answer(gold: str, answer: JsonValue) -> tuple[Score, ...]:
    """Return `correct` (0 or 1) and `f1` over words (0 to 1; for a number the same as `correct`)."""
    wanted = _number(gold)
    if wanted is not None:
        correct = float(_number(answer) == wanted)
        return Score(CORRECT, correct), Score(F1, correct)
    said = normal_name(answer).split() if isinstance(answer, str) else []
    words = normal_name(gold).split()
    return Score(CORRECT, float(said == words)), Score(F1, _f1(words, said))


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return value
    found = _NUMBER.fullmatch(value)
    return float(found[1].replace(",", "")) if found else None


def _f1(words: list[str], said: list[str]) -> float:
    shared = sum((Counter(words) & Counter(said)).values())
    return 2 * shared / (len(words) + len(said)) if shared else 0.0
