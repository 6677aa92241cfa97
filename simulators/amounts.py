"""Numbers that a person says of a target whose own number is known: bounds near it, and round."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from stillroom.data.constraint import Op
from stillroom.data.schema import Facet
from stillroom.simulators.wording_bank import AddTemplate

POSITIVE_TONES = ("must", "wish")
_ROUND = 5
_ROUND_STEPS = (1, 5, 10, 50, 100, 500, 1000, 5000)


def propose_number(facet: Facet, mine: float, add: AddTemplate, rng: Random) -> int | float:
    """Return a value for a template, with which a target of the number `mine` agrees (to be checked: it is round)."""
    speech = facet.speech
    if add.value and add.value.startswith("{decade"):
        return _decade(mine, add, rng)
    if speech.levels:
        return _level(mine, add.op, speech.levels, rng)
    near, step = speech.near, speech.step
    round_to = _ROUND
    if speech.spread is not None:
        near = max(2, round(mine * speech.spread))
        step = round_to = max(step for step in _ROUND_STEPS if step <= max(1, near / 3))
    if add.op is Op.EQ:
        exact = speech.calendar or (add.tone == "must" and speech.spread is None)
        return int(mine) if exact else max(int(round(mine / round_to) * round_to), 1)
    side = 1 if add.op.is_upper == (add.tone in POSITIVE_TONES) else -1
    value = int(mine) + side * rng.randint(1, near)
    return int(round(value / step) * step) if rng.random() < 0.6 or speech.spread is not None else value


def _decade(mine: float, add: AddTemplate, rng: Random) -> int:
    decade = int(mine // 10 * 10)
    if add.op is Op.GE or add.op is Op.EQ:
        return decade if "start" in (add.value or "") else decade - 10
    if add.op is Op.LE and "end" in (add.value or ""):
        return decade
    return decade + (10 if add.op.is_upper else -10) * rng.randint(1, 2)


def _level(mine: float, op: Op, levels: Sequence[float], rng: Random) -> float:
    fitting = [level for level in levels if (level >= mine if op.is_upper else level <= mine)]
    return rng.choice(fitting[-2:] if not op.is_upper else fitting[:2]) if fitting else levels[len(levels) // 3]
