"""Attenuator: s_att(i) = -beta * max over negative soft constraints of sim(i, constraint) (RecBot, section 3.3).

The similarity of a theme is that of text and keywords, of an item that of its vectors, and of a facet that can be
checked the degree to which the item has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillroom.data.constraint import Strength
from stillroom.data.preferences import Remembered
from stillroom.data.schema import FacetKind
from stillroom.tools.condition import degree_of, kind_of
from stillroom.tools.likeness import item_likeness, tag_likeness
from stillroom.tools.state import Scores, ToolContext, ToolState, ToolStep


def dislikes(context: ToolContext) -> tuple[Remembered, ...]:
    """Return the negative soft constraints, in order."""
    return tuple(
        item
        for item in context.preferences.remembered
        if not item.constraint.canonical().is_positive and item.constraint.canonical().strength is Strength.SOFT
    )


@dataclass(frozen=True)
class Attenuator:
    """Push down what the person would rather not see; `beta` is how far a perfect match is pushed."""

    beta: float = 1.5

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Add the part `attenuate`."""
        items = dislikes(context)
        worst = np.zeros(context.catalogue.n_items, np.float32)
        for item in items:
            np.maximum(worst, _similarity(context, item), out=worst)
        noun = "thing" if len(items) == 1 else "things"
        after = state.with_part("attenuate", np.float32(-self.beta) * worst)
        return ToolStep(after, f"pushed down by {len(items)} {noun}")


def _similarity(context: ToolContext, item: Remembered) -> Scores:
    kind = kind_of(context.catalogue, item.constraint)
    if kind is FacetKind.TAG:
        return tag_likeness(context.catalogue, context.encode((str(item.constraint.value),))[0])
    if kind is FacetKind.ITEM:
        row = context.catalogue.resolve_title(str(item.constraint.value))
        return np.zeros(context.catalogue.n_items, np.float32) if row is None else item_likeness(context.catalogue, row)
    return degree_of(context.catalogue, item)
