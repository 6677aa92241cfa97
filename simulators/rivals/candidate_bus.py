"""The candidate bus of `interecagent:`: what a plan's tools narrow down and score, one after the other.

Contract: immutable; each tool returns a new bus with one more record. A filter that leaves nothing new to show is
given up, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.data.trajectory import ToolCallRecord
from stillroom.simulators.rivals.item_table import ItemTable
from stillroom.simulators.rivals.rival import Question
from stillroom.simulators.rivals.tool_plan import ToolPlan
from stillroom.tools.likeness import history_likeness, item_likeness
from stillroom.tools.state import Mask, Scores

_N_SIMILAR: Final = 300


@dataclass(frozen=True)
class CandidateBus:
    """The candidates left, (n,), the scores, (n,), and what was done."""

    catalogue: Catalogue
    question: Question
    candidates: Mask
    scores: Scores
    records: tuple[ToolCallRecord, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def start(cls, catalogue: Catalogue, question: Question) -> CandidateBus:
        """Return the bus of a new turn: whatever is neither in the history nor was shown."""
        fresh = np.ones(catalogue.n_items, np.bool_)
        fresh[[*question.history, *question.shown]] = False
        return cls(catalogue, question, fresh, catalogue.popularity)

    def run(self, plan: ToolPlan, table: ItemTable) -> CandidateBus:
        """Carry out a plan; raise ToolPlanError for a condition that makes no sense."""
        bus = self.filter(plan, table) if plan.where else self
        liked, unwanted = self._rows(plan.similar_to), self._rows(plan.unwanted)
        if liked:
            bus = bus.keep_similar(liked)
        return bus.rank(plan, liked, unwanted)

    def filter(self, plan: ToolPlan, table: ItemTable) -> CandidateBus:
        """Keep what meets the conditions."""
        start = perf_counter()
        words = "; ".join(f"{item.column} {item.op} {item.value}" for item in plan.where)
        return self._narrowed("sql", words, table.select(plan.where), start)

    def keep_similar(self, rows: tuple[int, ...]) -> CandidateBus:
        """Keep the candidates that are most like some items, 300 of them."""
        start = perf_counter()
        likeness = np.where(self.candidates, self._likeness(rows), -np.inf)
        near = np.zeros(self.candidates.size, np.bool_)
        near[np.argsort(-likeness, kind="stable")[:_N_SIMILAR]] = True
        near[list(rows)] = False
        return self._narrowed("similar", self._titles(rows), near, start)

    def rank(self, plan: ToolPlan, liked: tuple[int, ...], unwanted: tuple[int, ...]) -> CandidateBus:
        """Score the candidates as the plan says; what is like an unwanted item loses that much."""
        start = perf_counter()
        prefer = self._rows(plan.prefer)
        if plan.rank_by == "similarity" and (liked or prefer):
            scores = self._likeness(liked or prefer)
        elif plan.rank_by == "popularity" or not (self.question.history or prefer):
            scores = self.catalogue.popularity
        else:
            scores = history_likeness(self.catalogue, (*self.question.history, *prefer), None, 1.0)
            scores = scores + self._likeness(prefer) if prefer else scores
        candidates = self.candidates
        if unwanted:
            scores = scores - self._likeness(unwanted)
            candidates = candidates.copy()
            candidates[list(unwanted)] = False
        latency_ms = (perf_counter() - start) * 1000
        words = f"by {plan.rank_by}, prefer {self._titles(prefer)}, unwanted {self._titles(unwanted)}"
        record = ToolCallRecord("rank", words, f"{np.count_nonzero(candidates)} ranked", latency_ms=latency_ms)
        return replace(self, candidates=candidates, scores=scores, records=(*self.records, record))

    def _narrowed(self, tool: str, words: str, kept: Mask, start: float) -> CandidateBus:
        left = self.candidates & kept
        n_left = int(np.count_nonzero(left))
        latency_ms = (perf_counter() - start) * 1000
        records = (*self.records, ToolCallRecord(tool, words, f"{n_left} left", latency_ms=latency_ms))
        if n_left:
            return replace(self, candidates=left, records=records)
        return replace(self, records=records, notes=(*self.notes, f"{tool}: nothing left by {words}, given up"))

    def _rows(self, titles: tuple[str, ...]) -> tuple[int, ...]:
        """Return the items that are named, by their place in the feed or by title; unknown names are left out."""
        places = {f"#{item.position}": item.row for item in self.question.feed}
        found = (places.get(title, self.catalogue.resolve_title(title)) for title in titles)
        return tuple(dict.fromkeys(row for row in found if row is not None))

    def _likeness(self, rows: tuple[int, ...]) -> Scores:
        """Return the likeness to the nearest of some items."""
        return np.asarray(np.maximum.reduce([item_likeness(self.catalogue, row) for row in rows]), np.float32)

    def _titles(self, rows: tuple[int, ...]) -> str:
        return ", ".join(self.catalogue.titles[row] for row in rows) or "nothing"
