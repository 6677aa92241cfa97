"""Aggregator: s = s_match + s_att + wishes that can be checked, sort, top K, nothing shown twice (RecBot; DESIGN 5).

A wish weighs more than taste (the match part spans about 0.6) and never more than a hard constraint, which is a mask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.constraint import Op
from stillroom.data.preferences import Remembered
from stillroom.data.schema import FacetKind
from stillroom.tools.condition import degree_of, kind_of
from stillroom.tools.diversify import pick_diverse
from stillroom.tools.explain import Explainer
from stillroom.tools.feed import Feed, FeedItem
from stillroom.tools.filter import Filter, hard_constraints
from stillroom.tools.matcher import wishes
from stillroom.tools.state import Rows, Scores, ToolContext, ToolState, ToolStep

MUCH_ALIKE: Final = "much alike"
"""What the outcome says of a feed whose items hardly differ."""
_CHECKABLE = (
    FacetKind.CATEGORICAL,
    FacetKind.PERSON,
    FacetKind.NUMBER,
    FacetKind.POPULARITY,
    FacetKind.ITEM,
)
_SAMPLED: Final = 64


def checkable_wishes(context: ToolContext) -> tuple[Remembered, ...]:
    """Return the positive soft constraints that an item can be checked against (likeness to an item cannot)."""
    return tuple(item for item in wishes(context, *_CHECKABLE) if item.constraint.op is not Op.LIKE)


@dataclass(frozen=True)
class Aggregator:
    """Add up the parts and make the feed.

    `wish_weight`: what a fully met wish adds; `fame_weight`: the same for "well known" and "obscure", which every item
    meets to some degree. `prior`: what being the best known item adds, so that ties are sensible.
    `pool` candidates are looked at for variety, `relevance` being the share of the score against it. A feed is called
    much alike when the mean cosine of its items' texts is above `alike`.
    """

    wish_weight: float = 1.5
    fame_weight: float = 0.6
    prior: float = 0.2
    pool: int = 100
    relevance: float = 0.6
    alike: float = 0.5

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Rank the candidates; a plan that forgot the filter is filtered here, and the outcome says so."""
        notes = []
        if not state.filtered:
            state, _ = Filter()(context, state, None)
            notes = ["filtered first"] if hard_constraints(context.preferences, state.relaxed) else []
        state = self._with_wishes(context, state.completed())
        total = total_score(state)
        rows = self._pick(context, state, total)
        feed = _feed(context, state, total, rows)
        if is_alike(context.catalogue.text_vectors[rows], self.alike):
            notes.append(MUCH_ALIKE)
        return ToolStep(replace(state, feed=feed), ", ".join([f"{len(feed)} items", *notes]))

    def _with_wishes(self, context: ToolContext, state: ToolState) -> ToolState:
        items = checkable_wishes(context)
        catalogue = context.catalogue

        def met(rows: Rows) -> Scores:
            scores = np.zeros(catalogue.n_items if rows is None else len(rows), np.float32)
            for item in items:
                is_fame = kind_of(catalogue, item.constraint) is FacetKind.POPULARITY
                weight = self.fame_weight if is_fame else self.wish_weight
                scores += np.float32(weight) * degree_of(catalogue, item, rows)
            return scores

        if items:
            state = state.with_scores("wish", met)
        fame = catalogue.popularity
        return state.with_scores("known", lambda rows: np.float32(self.prior) * (fame if rows is None else fame[rows]))

    def _pick(self, context: ToolContext, state: ToolState, total: Scores) -> NDArray[np.intp]:
        if not state.diverse:
            return top_rows(total, state.candidates, context.n_feed)
        pool = top_rows(total, state.candidates, max(self.pool, context.n_feed))
        picked = pick_diverse(context.catalogue.text_vectors[pool], total[pool], context.n_feed, self.relevance)
        return pool[picked]


def is_alike(vectors: Scores, limit: float) -> bool:
    """Say whether the mean cosine over all pairs of at least three unit rows (m, d) is above the limit."""
    m = len(vectors)
    if m < 3:
        return False
    whole = vectors.sum(axis=0)
    return float(whole @ whole) - m > limit * m * (m - 1)


def total_score(state: ToolState) -> Scores:
    """Return the sum of the parts, shape (n,); where few candidates are left of many, 0 for the others."""
    rows, total = state.rows, np.zeros(state.candidates.size, np.float32)
    if rows is None:
        for part in state.parts.values():
            total += part
    else:
        total[rows] = np.sum([part[rows] for part in state.parts.values()], axis=0, dtype=np.float32)
    return total


def top_rows(scores: Scores, candidates: NDArray[np.bool_], n_rows: int) -> NDArray[np.intp]:
    """Return the best candidates, best first, ties by row; at most `n_rows`, exact without sorting everything."""
    rows = np.flatnonzero(candidates)
    own = scores[rows]
    if rows.size > _SAMPLED * n_rows:
        # The best of a sample are a lower bound of the best of all, which leaves little to look at.
        sample = own[::_SAMPLED]
        kept = own >= np.partition(sample, sample.size - n_rows)[sample.size - n_rows]
        rows, own = rows[kept], own[kept]
    if rows.size > n_rows:
        threshold = np.partition(own, rows.size - n_rows)[rows.size - n_rows]
        rows = rows[own >= threshold]
    return rows[np.argsort(-scores[rows], kind="stable")][:n_rows]


def _feed(context: ToolContext, state: ToolState, total: Scores, rows: NDArray[np.intp]) -> Feed:
    explainer = Explainer(context, state)
    catalogue = context.catalogue
    return tuple(
        FeedItem(
            position=position,
            row=row,
            id=catalogue.ids[row],
            title=catalogue.titles[row],
            score=float(total[row]),
            parts={name: float(part[row]) for name, part in state.parts.items()},
            reason=explainer.reason(row),
        )
        for position, row in enumerate(rows.tolist(), start=1)
    )
