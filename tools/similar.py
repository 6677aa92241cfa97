"""Similar: score by likeness to the item that a constraint names ("more like the second one")."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stillroom.data.constraint import Op
from stillroom.data.preferences import Remembered
from stillroom.data.schema import FacetKind
from stillroom.tools.call import ToolError
from stillroom.tools.condition import kind_of
from stillroom.tools.likeness import item_likeness
from stillroom.tools.matcher import wishes
from stillroom.tools.state import ToolContext, ToolState, ToolStep


def liked_items(context: ToolContext) -> tuple[Remembered, ...]:
    """Return the wishes for items like a named one, in order."""
    return tuple(item for item in wishes(context, FacetKind.ITEM) if item.constraint.op is Op.LIKE)


@dataclass(frozen=True)
class Similar:
    """Add likeness to a named item, found by the constraint's id; `weight` is what the item itself would get."""

    weight: float = 2.0

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Add to the part `similar`, and take the named item itself out of the candidates: it is known already."""
        item = context.remembered(argument)
        constraint = item.constraint
        if kind_of(context.catalogue, constraint) is not FacetKind.ITEM or not constraint.is_positive:
            raise ToolError(f"{item.id} names no item to be like")
        row = context.catalogue.resolve_title(str(constraint.value))
        if row is None:
            raise ToolError(f"there is no {context.catalogue.schema.noun} called {constraint.value!r}")
        if item.id in state.anchors:
            return ToolStep(state, f"{item.id} was scored before")
        scores = np.float32(self.weight) * item_likeness(context.catalogue, row)
        if "similar" in state.parts:
            scores = scores + state.parts["similar"]
        candidates = state.candidates.copy()
        candidates[row] = False
        after = replace(
            state,
            candidates=candidates,
            anchors=(*state.anchors, item.id),
            excluded=state.excluded | {row},
        )
        return ToolStep(after.with_part("similar", scores), f"near {context.catalogue.titles[row]}")
