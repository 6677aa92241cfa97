"""A rival in an agent's seat: the interface of the feed graph, with a ranking where the graph has Parser and Planner.

    seat = Seat(seat_graph(catalogue, rival, n_feed=10), "bm25")

The opening feed is the graph's own, as for every agent (decision 004). From then on the rival ranks, what is in the
history or was shown is left out, and the first ten are the feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, cast

import numpy as np

from stillroom.agents.feed_graph import FeedGraphConfig, build_feed_graph
from stillroom.agents.models.expert import ExpertModel, Oracle
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.trajectory import ToolCallRecord
from stillroom.simulators.rivals.rival import Memory, Question, Ranking, Rival
from stillroom.simulators.session import Graph
from stillroom.tools.aggregator import Aggregator
from stillroom.tools.state import ToolContext, ToolState, UserProfile

# So little that it only parts items of equal score, and the better known comes first.
_TIES: Final = Aggregator(wish_weight=0.0, prior=1e-4)


@dataclass(frozen=True)
class RivalGraph:
    """Answers `invoke` as the feed graph does."""

    catalogue: Catalogue
    rival: Rival
    name: str
    opening: Graph
    n_feed: int = 10

    def invoke(self, state: Mapping[str, Any]) -> FeedState:
        """Carry out one turn; a command of None opens a session."""
        if state.get("command") is None:
            opened = cast(FeedState, self.opening.invoke(dict(state)))
            return {**opened, "preferences": Memory()}
        memory = Memory.of(state.get("preferences"))
        commands = (*memory.commands, str(state["command"]))
        question = Question(state["history"], commands, state["feed"], state["shown"], memory.profile)
        start = perf_counter()
        ranking = self.rival.rank(question)
        latency_ms = (perf_counter() - start) * 1000
        tool_state = self._ranked(question, ranking)
        feed = tool_state.feed or state["feed"]
        record = ToolCallRecord("rank", self.name, f"{len(feed)} items", latency_ms=latency_ms)
        turn = {
            # Not an edit that keeps everything: simulated people would take that for being ignored, and leave.
            **dict.fromkeys(("said", "proposed", "edit")),
            "command": state["command"],
            "preferences": Memory(commands=commands, profile=ranking.profile),
            "feed": feed,
            "shown": tuple(dict.fromkeys((*state["shown"], *(item.row for item in feed)))),
            "history": state["history"],
            "turn": state.get("turn", 0) + 1,
            "plan": (),
            "reports": (),
            "calls": ranking.calls,
            "tool_calls": (*ranking.tool_calls, record),
            "fallbacks": ranking.fallbacks,
            "reply": f"Here are {len(feed)} more {self.catalogue.schema.noun}s.",
            "tool_state": tool_state,
        }
        return cast(FeedState, turn)

    def _ranked(self, question: Question, ranking: Ranking) -> ToolState:
        """Return the ranked candidates and the feed; when all that is allowed was shown, the rest is open again."""
        context = ToolContext(
            self.catalogue, Memory(), UserProfile(question.history), frozenset(question.shown), self.n_feed
        )
        candidates = context.fresh if ranking.allowed is None else context.fresh & ranking.allowed
        if not candidates.any():
            candidates = context.fresh
        scores = _spread(np.asarray(ranking.scores, np.float32))
        state = ToolState(candidates, {self.name: scores}, filtered=True)
        return _TIES(context, state, None).state


def _spread(scores: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the scores over [0, 1], so that ties are broken alike whatever a rival's scale is."""
    low, high = float(scores.min()), float(scores.max())
    return (scores - np.float32(low)) / np.float32(high - low) if high > low else np.zeros_like(scores)


def seat_graph(catalogue: Catalogue, rival: Rival, name: str, config: FeedGraphConfig) -> Graph:
    """Return the rival as what a Seat takes for a graph."""
    # No model is asked for an opening feed, so any will do.
    opening = build_feed_graph(catalogue, model=ExpertModel(oracle=Oracle()), config=config)
    return cast(Graph, RivalGraph(catalogue, rival, name, opening, config.tools.n_feed))
