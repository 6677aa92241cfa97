"""What a session is scored by: whether its user was satisfied, how soon, and how well the last feed fits the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.trajectory import Score, Turn
from stillroom.simulators.card import UserCard
from stillroom.simulators.metrics import ndcg_at, rank_of, recall_at, rounds_used
from stillroom.simulators.truth import true_preferences
from stillroom.tools.aggregator import total_score
from stillroom.tools.condition import check_constraint
from stillroom.tools.filter import hard_groups
from stillroom.tools.state import ToolState


def session_scores(
    catalogue: Catalogue, card: UserCard, state: FeedState, turns: Sequence[Turn], n_allowed: int, passed: bool
) -> tuple[Score, ...]:
    """Score a session by what the user wanted in the end; CSR counts the true hard wishes over the last feed."""
    rows = [item.row for item in state["feed"]]
    ranks = [turn.state["target_rank"] for turn in turns if turn.state.get("target_rank")]
    rank = float(ranks[-1]) if ranks and isinstance(ranks[-1], int) else float(catalogue.n_items)
    scores = {
        "passed": float(passed),
        "rounds": float(rounds_used(passed, len(turns) - 1, n_allowed)),
        "would_do": float(card.would_do(catalogue, rows)),
        "target_rank": rank,
        "recall_at_10": recall_at([rank], 10),
        "ndcg_at_10": ndcg_at([rank], 10),
    }
    satisfied, pairs = satisfied_pairs(catalogue, turns, rows)
    if pairs:
        scores["csr_at_10"] = satisfied / pairs
    return tuple(Score(name, value) for name, value in scores.items())


def target_rank(state: ToolState | None, target: int) -> int | None:
    """Return the target's place in the full ranking of a turn, from 1; None when nothing was ranked or it fell out."""
    if state is None or not state.candidates[target]:
        return None
    return rank_of(np.where(state.candidates, total_score(state), -np.inf), target)


def satisfied_pairs(catalogue: Catalogue, turns: Sequence[Turn], rows: Sequence[int]) -> tuple[int, int]:
    """Count satisfied (item, hard constraint) pairs over the true preferences, as code would have merged them.

    Musts of one facet that are alternatives ("comedy or drama") count as one; relative wishes do not count.
    """
    hard = tuple(
        item
        for item in true_preferences(turns).remembered
        if item.constraint.is_hard and not item.constraint.op.is_relative
    )
    satisfied = pairs = 0
    for group in hard_groups(catalogue, hard):
        met = np.logical_or.reduce([check_constraint(catalogue, item).met[list(rows)] for item in group])
        satisfied += int(np.count_nonzero(met == group[0].constraint.is_positive))
        pairs += len(rows)
    return satisfied, pairs
