"""A chat with the feed agent, apart from any terminal: what a person types goes in, a ChatTurn comes out.

    session = ChatSession(catalogue, model="student:default", load=load, saver=saver)
    session.open()
    turn = session.turn("no horror, something slow-burn from the seventies")

Contract: whatever the text is, `turn` answers with a ChatTurn and never raises; the session is kept by its name in the
checkpointer, and every turn goes into the episode that `close` hands to `keep`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from stillroom.agents.command import clean_text, refuse
from stillroom.agents.feed_graph import build_feed_graph, feeds_before, shown_items
from stillroom.agents.models.error import ModelError
from stillroom.agents.reply import describe_all, describe_constraint
from stillroom.agents.requests import ShownItem
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import ConstraintError
from stillroom.data.edit import KEEP, Edit
from stillroom.data.preferences import Preferences, merge
from stillroom.data.schema import CatalogueSchema
from stillroom.data.trajectory import Episode, Turn
from stillroom.tools.feed import Feed

LoadModel = Callable[[str], BaseChatModel]
KeepEpisode = Callable[[Episode], object]


@dataclass(frozen=True)
class Chip:
    """A remembered preference as the person sees it: the id to take it back by, and a few words."""

    id: str
    text: str
    is_positive: bool
    is_hard: bool


@dataclass(frozen=True)
class ChatTurn:
    """What one command came to: its full record, and what the person now sees."""

    record: Turn
    feed: Feed
    items: tuple[ShownItem, ...]
    preferences: Preferences
    schema: CatalogueSchema | None = None

    @property
    def reply(self) -> str:
        """Return the agent's reply."""
        return self.record.reply

    @property
    def chips(self) -> tuple[Chip, ...]:
        """Return what is remembered, oldest first."""
        return tuple(
            Chip(
                item.id,
                describe_constraint(item.constraint, self.schema),
                item.constraint.is_positive,
                item.constraint.is_hard,
            )
            for item in self.preferences.remembered
        )


class ChatSession:
    """One person's session; kept under `name` in the checkpointer, and a later start goes on where this one ended."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        model: str,
        load: LoadModel,
        saver: BaseCheckpointSaver[Any],
        name: str = "default",
        keep: KeepEpisode = lambda _: None,
    ) -> None:
        """Load the model; raise ModelError when there is none of this name."""
        self.catalogue, self.name = catalogue, name
        self._load, self._saver, self._keep = load, saver, keep
        self._config: RunnableConfig = {"configurable": {"thread_id": f"{catalogue.schema.name}/{name}"}}
        self._turns: list[Turn] = []
        self._started = datetime.now(UTC)
        self.use_model(model)

    def use_model(self, name: str) -> None:
        """Put another model in the seat; what is remembered and shown stays. Raise ModelError, changing nothing."""
        graph = build_feed_graph(self.catalogue, model=self._load(name), checkpointer=self._saver)
        self._graph, self.model = graph, name

    def open(self) -> ChatTurn:
        """Return the feed that the session stood at, or a first one."""
        state = self._state()
        if state.get("feed"):
            return self._record(state, state, None, "Here is where we left off.", 0.0)
        return self._run({"command": None, "history": ()}, None)

    def turn(self, text: str) -> ChatTurn:
        """Return what the agent made of the text; whatever cannot be read as a command changes nothing."""
        command = clean_text(text)
        if refusal := refuse(text):
            state = self._state()
            return self._record(state, state, command, refusal, 0.0, fallbacks=("chat: not asked of the model",))
        return self._run({"command": command}, command)

    def undo(self, typed: str = "/undo") -> ChatTurn:
        """Take the last change back: preferences and feed become those before it."""
        return self._run({"command": "undo"}, typed)

    def forget(self, name: str) -> ChatTurn:
        """Forget one preference by its id and rank again."""
        before = self._state()
        known = {item.id: item.constraint for item in before["preferences"].remembered}
        typed = f"/forget {name}".rstrip()
        if name not in known:
            choice = f"say which of {', '.join(known)}" if known else "nothing is remembered yet"
            reply = f"{f'I remember no {name[:40]}' if name else 'Forget what'}: {choice}."
            return self._record(before, before, typed, reply, 0.0)
        merged = merge(before["preferences"], Edit.of((), (name,)), words=typed, turn=before["turn"])
        shown_now = {item.row for item in before["feed"]}
        kept: FeedState = {
            "command": None,
            "preferences": merged.preferences,
            "earlier": feeds_before(before),
            # What is on the screen may stay: the person took back a wish, and did not ask for other items.
            "shown": tuple(row for row in before["shown"] if row not in shown_now),
        }
        return self._run(kept, typed, f"Forgotten: {describe_all((known[name],), self.catalogue.schema)}.", merged.edit)

    def start_over(self) -> ChatTurn:
        """End this conversation, keep its record, and begin a new one with nothing remembered."""
        self.close()
        self._saver.delete_thread(self._config["configurable"]["thread_id"])
        return self.open()

    def close(self) -> None:
        """Hand the turns so far to `keep` as one episode; a session in which nothing was said leaves no episode."""
        turns, self._turns = tuple(self._turns), []
        started, self._started = self._started, datetime.now(UTC)
        if any(turn.command is not None for turn in turns):
            self._keep(self._episode(turns, started))

    def _run(self, values: FeedState, command: str | None, reply: str = "", edit: Edit | None = None) -> ChatTurn:
        before, start = self._state(), perf_counter()
        try:
            after: FeedState = self._graph.invoke(values, self._config)  # type: ignore[assignment]
        except (ModelError, ConstraintError) as error:
            reply = f"I could not work that out ({error}); the feed stays as it is."
            return self._record(before, before, command, reply, _ms_since(start), fallbacks=(f"chat: {error}",))
        if edit is not None:
            after = {**after, "edit": edit}
        return self._record(before or after, after, command, reply or after["reply"], _ms_since(start), ran=True)

    def _record(
        self,
        before: FeedState,
        after: FeedState,
        command: str | None,
        reply: str,
        latency_ms: float,
        *,
        fallbacks: tuple[str, ...] = (),
        ran: bool = False,
    ) -> ChatTurn:
        feed, preferences = after.get("feed", ()), after.get("preferences", Preferences())
        items = shown_items(feed, self.catalogue)
        shown = shown_items(before.get("feed", ()), self.catalogue) if command is not None else ()
        turn = Turn(
            number=len(self._turns),
            command=command,
            reply=reply,
            feed_shown=tuple(item.to_json() for item in shown),
            feed=tuple(item.to_json() for item in feed),
            preferences_before=tuple(before.get("preferences", Preferences()).to_json()),
            preferences_after=tuple(preferences.to_json()),
            edit_said=after["said"] if ran else None,
            edit_proposed=after["proposed"] if ran else None,
            edit_effective=after["edit"] if ran else KEEP,
            plan=tuple(call.call for call in after["tool_calls"]) if ran else (),
            fallbacks=after["fallbacks"] if ran else fallbacks,
            latency_ms=latency_ms,
            calls=after["calls"] if ran else (),
            tool_calls=after["tool_calls"] if ran else (),
            state={"model": self.model},
        )
        self._turns.append(turn)
        return ChatTurn(turn, feed, items, preferences, self.catalogue.schema)

    def _state(self) -> FeedState:
        values: FeedState = self._graph.get_state(self._config).values  # type: ignore[assignment]
        return values

    def _episode(self, turns: tuple[Turn, ...], started: datetime) -> Episode:
        return Episode(
            key=f"{self.name}-{started:%Y%m%d-%H%M%S-%f}",
            world=self.catalogue.schema.name,
            setting="chat",
            model=self.model,
            user="person",
            started_at=started.isoformat(timespec="seconds"),
            latency_ms=sum(turn.latency_ms for turn in turns),
            turns=turns,
            state={"session": self.name},
        )


def _ms_since(start: float) -> float:
    return (perf_counter() - start) * 1000
