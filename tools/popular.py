"""Popular: score by how well known an item is, for people of whom nothing is known yet.

Who wishes for what is less well known gets the best known of that half: hidden gems, and not what nobody has heard of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillroom.data.constraint import Op
from stillroom.data.schema import FacetKind
from stillroom.tools.condition import check_constraint
from stillroom.tools.matcher import wishes
from stillroom.tools.state import ToolContext, ToolState, ToolStep


@dataclass(frozen=True)
class Popular:
    """Add `weight` times the percentile of popularity."""

    weight: float = 0.5

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Add the part `popular`."""
        scores = np.float32(self.weight) * context.catalogue.popularity
        for item in wishes(context, FacetKind.POPULARITY):
            if item.constraint.op is Op.LESS:
                scores = np.where(check_constraint(context.catalogue, item).met, scores, np.float32(0))
        return ToolStep(state.with_part("popular", scores), "scored by popularity")
