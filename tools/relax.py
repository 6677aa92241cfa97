"""Relax: which hard constraint to give up when nothing is left, and say so (beyond RecBot; DESIGN 5).

Without an argument: first show again what was shown before, if that alone helps; else give up the constraint whose
absence leaves a full feed (or as much of one as any), musts before bans, older before newer, until something is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stillroom.data.preferences import Remembered
from stillroom.tools.call import ToolError
from stillroom.tools.filter import hard_constraints, sieve
from stillroom.tools.state import ToolContext, ToolState, ToolStep


@dataclass(frozen=True)
class Relax:
    """Give up a hard constraint: the one named, or the one that is the least loss."""

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Widen the candidates again and name what was given up."""
        if argument is not None:
            if argument not in {item.id for item in hard_constraints(context.preferences, state.relaxed)}:
                raise ToolError(f"{argument!r} is no hard constraint that is still in force")
            after = _without(context, state, (argument,))
            return ToolStep(after, f"gave up {argument}, {after.n_candidates} left")
        if not state.repeats:
            again = _without(context, replace(state, repeats=True), ())
            if again.n_candidates:
                return ToolStep(again, f"showing again what was seen before, {again.n_candidates} left")
        after = replace(state, repeats=False)
        while hard := hard_constraints(context.preferences, after.relaxed):
            after = _without(context, after, (_least_loss(context, hard).id,))
            if after.n_candidates:
                break
        given_up = [name for name in after.relaxed if name not in state.relaxed]
        if not given_up:
            raise ToolError("there is no hard constraint to give up")
        return ToolStep(after, f"gave up {' '.join(given_up)}, {after.n_candidates} left")


def _without(context: ToolContext, state: ToolState, names: tuple[str, ...]) -> ToolState:
    relaxed = (*state.relaxed, *names)
    passed = sieve(context.catalogue, hard_constraints(context.preferences, relaxed)).passed
    return replace(state, candidates=state.pool(context) & passed, relaxed=relaxed, filtered=True)


def _least_loss(context: ToolContext, hard: tuple[Remembered, ...]) -> Remembered:
    """Return the constraint to give up; beyond a full feed, more items left are no argument."""

    def worth(item: Remembered) -> tuple[int, bool]:
        rest = tuple(other for other in hard if other is not item)
        n_left = int(np.count_nonzero(sieve(context.catalogue, rest).passed & context.fresh))
        return min(n_left, context.n_feed), item.constraint.canonical().is_positive

    # max() keeps the first of equals, which is the older.
    return max(hard, key=worth)
