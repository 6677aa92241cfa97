"""Relax: which hard constraint to give up when nothing is left, and say so (beyond RecBot; DESIGN 5).

Without an argument: first show again what was shown before, if that alone helps; else give up the fewest constraints
whose absence leaves something; of as few, those that leave a full feed (or as much of one as any), musts before bans,
older before newer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from stillroom.data.preferences import Remembered
from stillroom.tools.call import ToolError
from stillroom.tools.filter import hard_constraints, hard_groups, sieve
from stillroom.tools.state import ToolContext, ToolState, ToolStep

# As many as an integer has bits for; nobody has said so much.
_MAX_GROUPS: Final = 62


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
        hard = hard_constraints(context.preferences, state.relaxed)
        if not hard:
            raise ToolError("there is no hard constraint to give up")
        given_up = _least_loss(context, hard)
        after = _without(context, replace(state, repeats=False), given_up)
        return ToolStep(after, f"gave up {' '.join(given_up)}, {after.n_candidates} left")


def _without(context: ToolContext, state: ToolState, names: tuple[str, ...]) -> ToolState:
    relaxed = (*state.relaxed, *names)
    passed = sieve(context.catalogue, hard_constraints(context.preferences, relaxed)).passed
    return replace(state, candidates=state.pool(context) & passed, relaxed=relaxed, filtered=True)


def _least_loss(context: ToolContext, hard: tuple[Remembered, ...]) -> tuple[str, ...]:
    """Return the ids of the fewest constraints whose absence leaves something fresh; alternatives go together.

    Every item says what it fails; the sets of that are few, and each is a set that could be given up.
    """
    groups = hard_groups(context.catalogue, hard)
    if len(groups) > _MAX_GROUPS:
        return tuple(item.id for item in hard)
    failed = np.zeros(context.catalogue.n_items, np.int64)
    for place, group in enumerate(groups):
        failed |= (~sieve(context.catalogue, tuple(group)).passed).astype(np.int64) << place
    sets, n_items = np.unique(failed[context.fresh], return_counts=True)
    options = [_members(groups, int(code)) for code in sets]

    def loss(option: int) -> tuple[int, int]:
        """Order by how full a feed is left (more is no argument), and how many bans go."""
        n_left = int(n_items[(sets & ~sets[option]) == 0].sum())
        n_bans = sum(not item.constraint.canonical().is_positive for item in options[option])
        return -min(n_left, context.n_feed), n_bans

    fewest = min((len(members) for members in options if members), default=0)
    if not fewest:
        return tuple(item.id for item in hard)
    possible = [option for option, members in enumerate(options) if len(members) == fewest]
    # min() keeps the first of equals: codes ascend, so that is the one of older constraints.
    return tuple(item.id for item in options[min(possible, key=loss)])


def _members(groups: list[list[Remembered]], code: int) -> list[Remembered]:
    return [item for place, group in enumerate(groups) if code >> place & 1 for item in group]
