"""Filter: I' = { i : i meets P+hard and violates no P-hard } (RecBot, arXiv 2509.21317, section 3.3; DESIGN 4 and 5).

Musts of one categorical, person or item facet are alternatives, bounds are conjunctive, bans are all enforced. An item
whose facet is unknown is dropped by a must and kept by a ban; both are counted in the outcome.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, replace

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.schema import FacetKind
from stillroom.tools.condition import Condition, check_constraint, kind_of
from stillroom.tools.state import Mask, ToolContext, ToolState, ToolStep


@dataclass(frozen=True)
class Sieve:
    """What passes the hard constraints, and where only an unknown facet decided: three masks of shape (n,)."""

    passed: Mask
    unknown_dropped: Mask
    unknown_kept: Mask


def hard_constraints(preferences: Preferences, without: Container[str] = ()) -> tuple[Remembered, ...]:
    """Return the constraints that a filter enforces, in order, without those of the given ids."""
    return tuple(
        item for item in preferences.remembered if item.constraint.canonical().is_hard and item.id not in without
    )


def sieve(catalogue: Catalogue, hard: tuple[Remembered, ...]) -> Sieve:
    """Return which items pass these hard constraints; raise ToolError for a constraint that makes no sense here."""
    n_items = catalogue.n_items
    passed = np.ones(n_items, np.bool_)
    met_if_known = np.ones(n_items, np.bool_)
    kept = np.zeros(n_items, np.bool_)
    for group in hard_groups(catalogue, hard):
        conditions = [check_constraint(catalogue, item) for item in group]
        if group[0].constraint.canonical().is_positive:
            met, known = _alternatives(conditions)
            passed &= met
            met_if_known &= met | ~known
        else:
            passed &= ~conditions[0].met
            met_if_known &= ~conditions[0].met
            kept |= ~conditions[0].known
    return Sieve(passed, met_if_known & ~passed, kept & passed)


def hard_groups(catalogue: Catalogue, hard: tuple[Remembered, ...]) -> list[list[Remembered]]:
    """Put musts that are alternatives together; every bound and every ban stands alone."""
    groups: dict[object, list[Remembered]] = defaultdict(list)
    for item in hard:
        constraint = item.constraint.canonical()
        together = constraint.is_positive and kind_of(catalogue, constraint) is not FacetKind.NUMBER
        groups[constraint.facet if together else (item.id, constraint)].append(item)
    return list(groups.values())


def _alternatives(conditions: list[Condition]) -> tuple[Mask, Mask]:
    met = np.logical_or.reduce([condition.met for condition in conditions])
    return met, conditions[0].known


@dataclass(frozen=True)
class Filter:
    """Keep the candidates that meet every hard constraint which was not given up."""

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Narrow the candidates down and count what is left and what was unknown."""
        hard = hard_constraints(context.preferences, state.relaxed)
        sifted = sieve(context.catalogue, hard)
        pool = state.pool(context)
        after = replace(state, candidates=pool & sifted.passed, filtered=True)
        notes = [f"{after.n_candidates} left"]
        counts = {
            "unknown dropped": pool & sifted.unknown_dropped,
            "unknown kept": pool & sifted.unknown_kept,
            "seen before": sifted.passed & ~pool,
        }
        for label, mask in counts.items():
            # Items seen before matter to the Planner only when nothing else is left.
            n_items = int(np.count_nonzero(mask)) if label != "seen before" or not after.n_candidates else 0
            notes += [f"{n_items} {label}"] if n_items else []
        return ToolStep(after, ", ".join(notes))
