"""Matcher: s_match = alpha * s_sem + (1 - alpha) * s_aia (RecBot, arXiv 2509.21317, section 3.3; DESIGN 5).

s_sem is the cosine of an item's text with the positive intent; s_aia the likeness to the history attended by that
intent. Themes that the person asked for score once more, each by the best of an item's keywords (part `tag`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillroom.data.constraint import Strength
from stillroom.data.preferences import Remembered
from stillroom.data.schema import FacetKind
from stillroom.tools.condition import kind_of
from stillroom.tools.likeness import history_likeness, keyword_likeness, text_likeness
from stillroom.tools.state import Scores, ToolContext, ToolState, ToolStep


def wishes(context: ToolContext, *kinds: FacetKind) -> tuple[Remembered, ...]:
    """Return the positive soft constraints on facets of these kinds, in order."""
    return tuple(
        item
        for item in context.preferences.remembered
        if item.constraint.canonical().is_positive
        and item.constraint.canonical().strength is Strength.SOFT
        and kind_of(context.catalogue, item.constraint) in kinds
    )


def intent_text(context: ToolContext) -> str:
    """Return the positive intent in words: everything wanted that is a theme, a category or a person; may be empty."""
    kinds = (FacetKind.TAG, FacetKind.CATEGORICAL, FacetKind.PERSON)
    constraints = (item.constraint.canonical() for item in context.preferences.remembered)
    return ", ".join(
        str(constraint.value)
        for constraint in constraints
        if constraint.is_positive and kind_of(context.catalogue, constraint) in kinds
    )


@dataclass(frozen=True)
class Matcher:
    """Score by intent and history.

    `alpha`: the share of the intent against the history. `temperature` of the attention to past items: at 0.1 a past
    item nearer to the intent by 0.1 cosine weighs e times as much. `tag_weight`: what a perfect keyword adds.
    """

    alpha: float = 0.6
    temperature: float = 0.1
    tag_weight: float = 1.5

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Add the parts `match` and, if any theme is wanted, `tag`."""
        catalogue = context.catalogue
        intent, tags = intent_text(context), wishes(context, FacetKind.TAG)
        themes = tuple(str(item.constraint.value) for item in tags)
        vectors = context.encode((*((intent,) if intent else ()), *themes))
        aim: Scores | None = vectors[0] if intent else None
        semantic = np.zeros(catalogue.n_items, np.float32) if aim is None else text_likeness(catalogue, aim)
        attended = history_likeness(catalogue, context.profile.history, aim, self.temperature)
        after = state.with_part("match", np.float32(self.alpha) * semantic + np.float32(1 - self.alpha) * attended)
        if themes:
            by_keyword = sum((keyword_likeness(catalogue, vector) for vector in vectors[1:]), np.float32(0))
            after = after.with_part("tag", np.float32(self.tag_weight) * np.asarray(by_keyword, np.float32))
        sources = [intent or "no stated intent", f"{len(context.profile.history)} past items"]
        return ToolStep(after, f"scored by {' and '.join(sources)}")
