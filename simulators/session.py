"""One session: a simulated user with one agent, until satisfied, out of patience or out of rounds; a pure function.

    runner = SessionRunner(catalogue, user, seat)
    episode = runner.run(card, Setting.MULTI_ROUND, seed=7)

The user looks at the feed, says what is wrong with it, and the graph acts. Everything that happened is in the Episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Any, cast

import numpy as np
from langgraph.graph.state import CompiledStateGraph

from stillroom.agents.feed_graph import shown_items
from stillroom.agents.models.expert import Oracle
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import Edit, Verdict
from stillroom.data.preferences import Preferences, Remembered, merge
from stillroom.data.trajectory import Alternative, Episode, Outcome, Score, Turn
from stillroom.simulators.agenda import AgendaUser, Spoken
from stillroom.simulators.binder import Scene
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.metrics import ndcg_at, rank_of, recall_at, rounds_used
from stillroom.tools.aggregator import total_score
from stillroom.tools.condition import check_constraint
from stillroom.tools.feed import anchors
from stillroom.tools.state import ToolState

Graph = CompiledStateGraph[Any, Any, Any, Any]


@dataclass(frozen=True)
class Seat:
    """Where an agent sits: the graph, its model's name, and the oracle through which an expert sees (else unused)."""

    graph: Graph
    model: str
    oracle: Oracle = field(default_factory=Oracle)


@dataclass(frozen=True)
class SessionConfig:
    """When a session ends: after `n_rounds` commands, or when `patience` commands were ignored.

    `n_alternatives` are further commands noted at every turn, unanswered: what else this user might have typed.
    """

    n_rounds: int = 8
    patience: int = 4
    n_alternatives: int = 0


@dataclass(frozen=True)
class SessionRunner:
    """Runs sessions of one kind of user with one agent."""

    catalogue: Catalogue
    user: AgendaUser
    seat: Seat
    config: SessionConfig = field(default_factory=SessionConfig)

    def run(self, card: UserCard, setting: Setting, seed: int, *, key: str = "", split: str = "") -> Episode:
        """Return the whole record of one session; the same arguments give the same commands to the same feeds."""
        rng = Random(f"{seed}:{card.user}:{card.target}:{setting.value}")
        start, started_at = perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
        state = cast(FeedState, self.seat.graph.invoke({"command": None, "history": card.history}))
        turns = [self._opening(state)]
        n_rounds = 1 if setting is Setting.SINGLE_ROUND else self.config.n_rounds
        outcome, ignored = Outcome.OUT_OF_ROUNDS, 0
        while outcome is Outcome.OUT_OF_ROUNDS and len(turns) <= n_rounds:
            before = state
            scene = self._scene(state, card)
            spoken = self.user.speak(scene, setting, rng)
            turn_start = perf_counter()
            state = self._act(state, spoken, card)
            latency_ms = (perf_counter() - turn_start) * 1000
            turn = self._turn(len(turns), before, state, spoken, latency_ms, card)
            aside = Random(f"{seed}:{card.user}:{card.target}:{len(turns)}")
            turns.append(replace(turn, alternatives=self._alternatives(scene, setting, aside)))
            ignored += _was_ignored(turns[-1])
            if _is_found(state, card):
                outcome = Outcome.SATISFIED
            elif ignored >= self.config.patience:
                outcome = Outcome.GAVE_UP
        return Episode(
            key=key or f"{setting.value}:{card.user}:{card.target}:{seed}",
            world=self.catalogue.schema.name,
            setting=setting.value,
            model=self.seat.model,
            user="agenda",
            user_id=card.user,
            split=split,
            target_id=self.catalogue.ids[card.target],
            target_title=self.catalogue.titles[card.target],
            seed=seed,
            started_at=started_at,
            latency_ms=(perf_counter() - start) * 1000,
            outcome=outcome,
            history=tuple(self.catalogue.ids[row] for row in card.history),
            state={"essentials": [constraint.to_json() for constraint in card.essentials]},
            turns=tuple(turns),
            scores=self._scores(card, state, turns, n_rounds, outcome),
        )

    def _scene(self, state: FeedState, card: UserCard) -> Scene:
        rows = tuple(item.row for item in state["feed"])
        return Scene(
            card.target,
            shown_items(state["feed"], self.catalogue),
            rows,
            state["preferences"],
            anchors(self.catalogue, rows),
        )

    def _alternatives(self, scene: Scene, setting: Setting, rng: Random) -> tuple[Alternative, ...]:
        """Return what else the user might say here; drawn apart, so that the session goes on as it would without."""
        spoken: dict[str, Alternative] = {}
        for _ in range(self.config.n_alternatives):
            said = self.user.speak(scene, setting, rng).utterance
            spoken[said.text] = Alternative(said.text, said.said, said.act, said.pattern_ids)
        return tuple(spoken.values())

    def _act(self, state: FeedState, spoken: Spoken, card: UserCard) -> FeedState:
        self.seat.oracle.edit = spoken.utterance.said
        kept: FeedState = {
            "command": spoken.utterance.text,
            "preferences": state["preferences"],
            "feed": state["feed"],
            "shown": state["shown"],
            "history": card.history,
            "turn": state["turn"],
        }
        return cast(FeedState, self.seat.graph.invoke(kept))

    def _opening(self, state: FeedState) -> Turn:
        return Turn(
            number=0,
            reply=state["reply"],
            feed=tuple(item.to_json() for item in state["feed"]),
            plan=tuple(call.call for call in state["tool_calls"]),
            calls=state["calls"],
            tool_calls=state["tool_calls"],
            fallbacks=state["fallbacks"],
        )

    def _turn(
        self, number: int, before: FeedState, after: FeedState, spoken: Spoken, latency_ms: float, card: UserCard
    ) -> Turn:
        gold = merge(before["preferences"], spoken.gold).edit
        rank = _rank(after.get("tool_state"), card.target)
        return Turn(
            number=number,
            command=spoken.utterance.text,
            reply=after["reply"],
            feed_shown=tuple(item.to_json() for item in shown_items(before["feed"], self.catalogue)),
            feed=tuple(item.to_json() for item in after["feed"]),
            preferences_before=tuple(before["preferences"].to_json()),
            preferences_after=tuple(after["preferences"].to_json()),
            edit_said=after["said"],
            edit_proposed=after["proposed"],
            edit_effective=after["edit"],
            gold_said=spoken.utterance.said,
            gold_edit=gold,
            plan=tuple(call.call for call in after["tool_calls"]),
            fallbacks=after["fallbacks"],
            act=spoken.utterance.act,
            wording_ids=spoken.utterance.pattern_ids,
            latency_ms=latency_ms,
            calls=after["calls"],
            tool_calls=after["tool_calls"],
            state={"target_rank": rank},
        )

    def _scores(
        self, card: UserCard, state: FeedState, turns: Sequence[Turn], n_allowed: int, outcome: Outcome
    ) -> tuple[Score, ...]:
        """Score the session by what the user wanted; CSR counts the true hard wishes over the last feed."""
        passed = outcome is Outcome.SATISFIED
        rows = [item.row for item in state["feed"]]
        ranks = [turn.state["target_rank"] for turn in turns if turn.state.get("target_rank")]
        rank = float(ranks[-1]) if ranks and isinstance(ranks[-1], int) else float(self.catalogue.n_items)
        scores = {
            "passed": float(passed),
            "rounds": float(rounds_used(passed, len(turns) - 1, n_allowed)),
            "would_do": float(card.would_do(self.catalogue, rows)),
            "target_rank": rank,
            "recall_at_10": recall_at([rank], 10),
            "ndcg_at_10": ndcg_at([rank], 10),
        }
        satisfied, pairs = self._satisfied(turns, rows)
        if pairs:
            scores["csr_at_10"] = satisfied / pairs
        return tuple(Score(name, value) for name, value in scores.items())

    def _satisfied(self, turns: Sequence[Turn], rows: list[int]) -> tuple[int, int]:
        """Count satisfied (item, hard constraint) pairs over the true preferences, as code would have merged them."""
        truth = true_preferences(turns)
        satisfied = pairs = 0
        for item in truth.remembered:
            if not item.constraint.is_hard or item.constraint.op.is_relative:
                continue
            met = check_constraint(self.catalogue, item).met[rows]
            satisfied += int(np.count_nonzero(met == item.constraint.is_positive))
            pairs += len(rows)
        return satisfied, pairs


def true_preferences(turns: Sequence[Turn]) -> Preferences:
    """Return what a faultless agent would remember of what was said in these turns.

    What a turn retracts is named by the agent's own ids, so it is carried over by the constraint, not by the id.
    """
    truth = Preferences()
    for turn in turns:
        if turn.gold_edit is None or turn.gold_edit.verdict is Verdict.KEEP:
            continue
        said = {str(item["id"]): Remembered.from_json(dict(item)).constraint.key for item in turn.preferences_before}
        gone = {said[name] for name in turn.gold_edit.retract if name in said}
        retract = tuple(item.id for item in truth.remembered if item.constraint.key in gone)
        truth = merge(truth, Edit.of(turn.gold_edit.add, retract)).preferences
    return truth


def _is_found(state: FeedState, card: UserCard) -> bool:
    return any(item.row == card.target for item in state["feed"])


def _was_ignored(turn: Turn) -> bool:
    wanted = turn.gold_edit is not None and turn.gold_edit.verdict is Verdict.CHANGE
    return wanted and turn.edit_effective is not None and turn.edit_effective.verdict is Verdict.KEEP


def _rank(state: ToolState | None, target: int) -> int | None:
    """Return the target's place in the full ranking of a turn, from 1; None when nothing was ranked or it fell out."""
    if state is None or not state.candidates[target]:
        return None
    return rank_of(np.where(state.candidates, total_score(state), -np.inf), target)
