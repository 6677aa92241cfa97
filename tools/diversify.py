"""Diversify: pick the feed by maximal marginal relevance, so that its items differ (Carbonell and Goldstein, 1998)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stillroom.tools.likeness import cosines
from stillroom.tools.state import Scores, ToolContext, ToolState, ToolStep


@dataclass(frozen=True)
class Diversify:
    """Ask the aggregator for a varied feed."""

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Mark the feed to be picked for variety."""
        return ToolStep(replace(state, diverse=True), "the feed will be varied")


def pick_diverse(vectors: Scores, scores: Scores, n_items: int, relevance: float) -> NDArray[np.intp]:
    """Return positions of the items picked, in order; `vectors` (m, d) of unit length, `scores` (m,).

    Each pick maximises relevance * score - (1 - relevance) * (cosine with the nearest item picked before), scores being
    spread over [0, 1] first. With relevance 1 this is the order by score.
    """
    spread = float(scores.max() - scores.min()) if scores.size else 0.0
    scaled = (scores - scores.min()) / np.float32(spread) if spread > 0 else np.zeros_like(scores)
    nearest = np.zeros(scores.size, np.float32)
    picked: list[int] = []
    for _ in range(min(n_items, scores.size)):
        gain = np.float32(relevance) * scaled - np.float32(1 - relevance) * nearest
        gain[picked] = -np.inf
        best = int(np.argmax(gain))
        picked.append(best)
        nearest = np.maximum(nearest, cosines(vectors, vectors[best]))
    return np.asarray(picked, np.intp)
