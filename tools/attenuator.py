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
from stillroom.tools.state import Rows, Scorer, Scores, ToolContext, ToolState, ToolStep


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
        similar = [_similarity(context, item) for item in items]

        def score(rows: Rows) -> Scores:
            worst = np.zeros(context.catalogue.n_items if rows is None else len(rows), np.float32)
            for similarity in similar:
                np.maximum(worst, similarity(rows), out=worst)
            worst *= np.float32(-self.beta)
            return worst

        noun = "thing" if len(items) == 1 else "things"
        return ToolStep(state.with_scores("attenuate", score), f"pushed down by {len(items)} {noun}")


def _similarity(context: ToolContext, item: Remembered) -> Scorer:
    """Return what gives every item's (or some rows') similarity with a constraint."""
    catalogue = context.catalogue
    kind = kind_of(catalogue, item.constraint)
    if kind is FacetKind.TAG:
        vector = context.encode((str(item.constraint.value),))[0]
        return lambda rows: tag_likeness(catalogue, vector, rows)
    if kind is FacetKind.ITEM:
        named = catalogue.rows_named(str(item.constraint.value))
        if not named:
            return lambda rows: np.zeros(catalogue.n_items if rows is None else len(rows), np.float32)
        return lambda rows: item_likeness(catalogue, named[0], rows)
    return lambda rows: degree_of(catalogue, item, rows)
