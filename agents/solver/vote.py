"""Self-consistent actions: of several candidates that ran, the one whose outcome most of them share.

From Agent Distillation (arXiv 2505.17612, section 3.3), but with final answers voting by value, and every candidate
run in a fork of its own, so that a loser leaves nothing behind.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from stillroom.agents.solver.step import Trial

# So many digits of a float are more than noise; a thousandth always is, and nothing beyond ten decimals.
_DIGITS: Final = 10
_FEWEST_DECIMALS: Final = 3
_MOST_DECIMALS: Final = 10
# 1,234,567.5 is a number; 3,4 and 1,2,3 are lists, and what has other commas is neither.
_IN_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)


@dataclass(frozen=True)
class Vote:
    """Which trial is adopted, and how many of the valid ones came to the same."""

    chosen: int
    n_votes: int


def vote(trials: Sequence[Trial]) -> Vote:
    """Return the choice: the first of the largest group of equal outcomes; the first trial where none is valid.

    Groups of one size are decided by which began first, so all different outcomes choose the first valid trial.
    """
    outcomes = {at: outcome_of(trial) for at, trial in enumerate(trials) if trial.is_valid}
    if not outcomes:
        return Vote(0, 0)
    counts = Counter(outcomes.values())
    chosen = max(outcomes, key=lambda at: (counts[outcomes[at]], -at))
    return Vote(chosen, counts[outcomes[chosen]])


def outcome_of(trial: Trial) -> tuple[bool, str]:
    """Return what a trial came to: whether it is final, and its answer or observation, normalised."""
    if trial.is_final:
        return True, normal(trial.answer)
    return False, " ".join(trial.observation.split())


def normal(value: JsonValue) -> str:
    """Return a value as one text for all that mean the same: 12, 12.0 and "12"; "Lyon" and " lyon."."""
    if isinstance(value, str):
        text = " ".join(value.split()).rstrip(" .").casefold()
        number = _number(text.replace(",", "") if _IN_THOUSANDS.fullmatch(text) else text)
        if number is None:
            return text
        value = number
    if isinstance(value, float):
        return _rounded(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _number(text: str) -> int | float | None:
    """Return what a text says as a number; underscores are Python's, nobody writes an answer so."""
    if "_" in text:
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def _rounded(value: float) -> str:
    """Return a float without its noise, as finely as scorers do (simulators/tasks/numeric_answer.py)."""
    if not math.isfinite(value):
        return str(value)
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
    rounded = round(value, min(max(digits, _FEWEST_DECIMALS), _MOST_DECIMALS))
    return str(int(rounded)) if rounded.is_integer() else str(rounded)
