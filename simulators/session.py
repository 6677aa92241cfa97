"""One session: a simulated user with one agent, until satisfied, out of patience or out of rounds; a pure function.

    runner = SessionRunner(catalogue, user, seat)
    episode = runner.run(card, Setting.MULTI_ROUND, seed=7)

The user looks at the feed, says what is wrong with it, and the graph acts. Everything that happened is in the Episode.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Any, cast

from langgraph.graph.state import CompiledStateGraph

from stillroom.agents.feed_graph import shown_items
from stillroom.agents.models.expert import Oracle
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP, Verdict
from stillroom.data.preferences import merge
from stillroom.data.trajectory import Alternative, Episode, Json, Outcome, Turn
from stillroom.simulators.binder import Scene
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.drift import DRIFT_TURNS, MindChange, change_mind, drift_scores
from stillroom.simulators.session_scores import session_scores, target_rank
from stillroom.simulators.user import Spoken, User
from stillroom.tools.feed import anchors

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


@dataclass
class _Play:
    """A session under way: what its user is after now, and what has happened."""

    card: UserCard
    setting: Setting
    name: str
    seed: int
    state: FeedState
    turns: list[Turn]
    rng: Random
    drift_rng: Random
    drift_after: int
    change: MindChange | None = None
    n_ignored: int = 0
    outcome: Outcome = Outcome.OUT_OF_ROUNDS

    @property
    def may_end(self) -> bool:
        """Say whether the user may be satisfied or give up: not before its mind has changed, where it will."""
        return self.setting is not Setting.DRIFT or self.change is not None

    @property
    def turns_now(self) -> MindChange | None:
        """Return the change of mind that is told in the next turn."""
        return self.change if self.change is not None and self.change.turn == len(self.turns) else None


@dataclass(frozen=True)
class SessionRunner:
    """Runs sessions of one kind of user with one agent."""

    catalogue: Catalogue
    user: User
    seat: Seat
    config: SessionConfig = field(default_factory=SessionConfig)

    def run(self, card: UserCard, setting: Setting, seed: int, *, key: str = "", split: str = "") -> Episode:
        """Return the whole record of one session; the same arguments give the same commands to the same feeds."""
        start, started_at = perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
        play = self._open(card, setting, seed)
        n_rounds = 1 if setting is Setting.SINGLE_ROUND else self.config.n_rounds
        while play.outcome is Outcome.OUT_OF_ROUNDS and len(play.turns) <= n_rounds:
            self._step(play)
        now, passed = play.card, play.outcome is Outcome.SATISFIED
        scores = session_scores(self.catalogue, now, play.state, play.turns, n_rounds, passed)
        return Episode(
            key=key or f"{setting.value}:{play.name}:{seed}",
            world=self.catalogue.schema.name,
            setting=setting.value,
            model=self.seat.model,
            user=self.user.name,
            user_id=card.user,
            split=split,
            target_id=self.catalogue.ids[now.target],
            target_title=self.catalogue.titles[now.target],
            seed=seed,
            started_at=started_at,
            latency_ms=(perf_counter() - start) * 1000,
            outcome=play.outcome,
            history=tuple(self.catalogue.ids[row] for row in card.history),
            state=self._hidden(play),
            turns=tuple(play.turns),
            scores=scores + (drift_scores(play.turns, play.change) if play.change else ()),
        )

    def _open(self, card: UserCard, setting: Setting, seed: int) -> _Play:
        name = f"{card.user}:{card.target}"
        drift_rng = Random(f"{seed}:{name}:drift")
        state = cast(FeedState, self.seat.graph.invoke({"command": None, "history": card.history}))
        return _Play(
            card=card,
            setting=setting,
            name=name,
            seed=seed,
            state=state,
            turns=[self._opening(state)],
            rng=Random(f"{seed}:{name}:{setting.value}"),
            drift_rng=drift_rng,
            drift_after=drift_rng.choice(DRIFT_TURNS),
        )

    def _step(self, play: _Play) -> None:
        """Play one turn: the user looks and speaks, the agent acts, the user looks again."""
        before, number = play.state, len(play.turns)
        scene = self._scene(play)
        if play.setting is Setting.DRIFT and play.change is None and self._is_due(play):
            play.change = change_mind(self.user, scene, play.card, before["shown"], play.drift_rng)
        turning = play.turns_now
        if turning is not None:
            play.card = turning.card
            scene = replace(scene, target=turning.card.target)
        spoken = turning.spoken if turning else self.user.speak(scene, play.setting, play.rng)
        start = perf_counter()
        play.state = self._act(before, spoken, play.card)
        turn = self._turn(number, before, play.state, spoken, (perf_counter() - start) * 1000, play.card)
        aside = Random(f"{play.seed}:{play.name}:{number}")
        turn = replace(turn, alternatives=self._alternatives(scene, play.setting, turning, aside))
        play.turns.append(turn)
        play.n_ignored += _was_ignored(turn)
        if play.may_end and _is_found(play.state, play.card):
            play.outcome = Outcome.SATISFIED
        elif play.may_end and play.n_ignored >= min(self.config.patience, self.user.patience or self.config.patience):
            play.outcome = Outcome.GAVE_UP

    def _is_due(self, play: _Play) -> bool:
        return len(play.turns) > play.drift_after or _is_found(play.state, play.card)

    def _hidden(self, play: _Play) -> dict[str, Json]:
        hidden: dict[str, Json] = {"essentials": [constraint.to_json() for constraint in play.card.essentials]}
        return hidden | ({"drift": play.change.to_json(self.catalogue)} if play.change else {})

    def _scene(self, play: _Play) -> Scene:
        feed = play.state["feed"]
        rows = tuple(item.row for item in feed)
        return Scene(
            play.card.target,
            shown_items(feed, self.catalogue),
            rows,
            play.state["preferences"],
            anchors(self.catalogue, rows),
            tuple(play.turns),
        )

    def _alternatives(
        self, scene: Scene, setting: Setting, change: MindChange | None, rng: Random
    ) -> tuple[Alternative, ...]:
        """Return what else the user might say here; drawn apart, so that the session goes on as it would without."""
        spoken: dict[str, Alternative] = {}
        for _ in range(self.config.n_alternatives):
            if change is None:
                found: Spoken | None = self.user.speak(scene, setting, rng)
            else:
                found = self.user.change_mind(scene, change.truth, change.revoked, rng)
            if found is None or found.said is None:
                continue
            said = found.utterance
            spoken[said.text] = Alternative(said.text, found.said, said.act, said.pattern_ids)
        return tuple(spoken.values())

    def _act(self, state: FeedState, spoken: Spoken, card: UserCard) -> FeedState:
        self.seat.oracle.edit = spoken.said or KEEP
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
        gold = None if spoken.gold is None else merge(before["preferences"], spoken.gold).edit
        rank = target_rank(after.get("tool_state"), card.target)
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
            gold_said=spoken.said,
            gold_edit=gold,
            plan=tuple(call.call for call in after["tool_calls"]),
            fallbacks=spoken.notes + after["fallbacks"],
            act=spoken.utterance.act,
            wording_ids=spoken.utterance.pattern_ids,
            latency_ms=latency_ms,
            calls=spoken.calls + after["calls"],
            tool_calls=after["tool_calls"],
            state={"target_rank": rank, **spoken.state},
        )


def _is_found(state: FeedState, card: UserCard) -> bool:
    return any(item.row == card.target for item in state["feed"])


def _was_ignored(turn: Turn) -> bool:
    wanted = turn.gold_edit is not None and turn.gold_edit.verdict is Verdict.CHANGE
    return wanted and turn.edit_effective is not None and turn.edit_effective.verdict is Verdict.KEEP
