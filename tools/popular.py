"""Popular: score by how well known an item is, for people of whom nothing is known yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillroom.tools.state import ToolContext, ToolState, ToolStep


@dataclass(frozen=True)
class Popular:
    """Add `weight` times the percentile of popularity."""

    weight: float = 0.5

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Add the part `popular`."""
        scores = np.float32(self.weight) * context.catalogue.popularity
        return ToolStep(state.with_part("popular", scores), "scored by popularity")
