"""A chat with the feed agent, apart from any terminal: what a person types goes in, a ChatTurn comes out.

    session = ChatSession(catalogue, model="student:default", load=load, saver=saver)
    session.open()
    turn = session.turn("no horror, something slow-burn from the seventies")

Contract: whatever the text is, `turn` answers with a ChatTurn and never raises; the session is kept by its name in the
checkpointer, and every turn goes into the episode that `close` hands to `keep`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from stillroom.agents.appeal import n_undone
from stillroom.agents.describe import describe_all, describe_constraint
from stillroom.agents.feed_graph import build_feed_graph, shown_items
from stillroom.agents.models.error import ModelError
from stillroom.agents.requests import ShownItem
from stillroom.agents.state import FeedState
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import ConstraintError
from stillroom.data.edit import KEEP, Edit
from stillroom.data.preferences import Preferences, merge
from stillroom.data.trajectory import Episode, Turn
from stillroom.tools.feed import Feed

MAX_CHARACTERS: Final = 2000
MAX_UNREADABLE: Final = 0.1
MIN_LATIN: Final = 0.5
ONLY_ENGLISH: Final = "I only understand English so far, sorry; the feed stays as it is."
# Common words of French, German, Spanish, Italian, Portuguese and Dutch that no English command has (nor names: "los",
# "el"), and common English ones.
_FOREIGN: Final = (
    "je tu nous vous veux voudrais un une du des les et ou pas sans avec moins plus qui ich mir wir möchte bitte ein "
    "eine einen der das und oder nicht ohne mit kein keine keinen über etwas quiero yo una sin por para más menos que "
    "algo película películas vorrei voglio gli che senza per quero uma sem ik wil een het geen zonder niet met graag"
)
_ENGLISH: Final = (
    "a an the i me my we it and or but no not nothing something anything with without of from by for to in on is are "
    "be was like more less than only show give want please films movies movie"
)
FOREIGN, ENGLISH = frozenset(_FOREIGN.split()), frozenset(_ENGLISH.split())

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

    @property
    def reply(self) -> str:
        """Return the agent's reply."""
        return self.record.reply

    @property
    def chips(self) -> tuple[Chip, ...]:
        """Return what is remembered, oldest first."""
        return tuple(
            Chip(item.id, describe_constraint(item.constraint), item.constraint.is_positive, item.constraint.is_hard)
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
        refusal = refuse(text, command)
        if refusal:
            state = self._state()
            return self._record(state, state, command, refusal, 0.0, fallbacks=("chat: not asked of the model",))
        if n_changes := n_undone(command):
            return self.undo(command, n_changes)
        return self._run({"command": command}, command)

    def undo(self, typed: str = "/undo", n_changes: int = 1) -> ChatTurn:
        """Take the last changes back: preferences and feed become those before them."""
        before = self._state()
        earlier = before["preferences"]
        for _ in range(n_changes):
            earlier = earlier.undo()
        if earlier is before["preferences"]:
            return self._record(before, before, typed, "There is nothing to undo.", 0.0)
        past = self._last_state_with(earlier)
        values = {"preferences": earlier, "feed": past["feed"] if past else before["feed"]}
        self._graph.update_state(self._config, values, as_node="respond")
        return self._record(before, self._state(), typed, "Undone.", 0.0)

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
            # What is on the screen may stay: the person took back a wish, and did not ask for other items.
            "shown": tuple(row for row in before["shown"] if row not in shown_now),
        }
        return self._run(kept, typed, f"Forgotten: {describe_all((known[name],))}.", merged.edit)

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
        return ChatTurn(turn, feed, items, preferences)

    def _state(self) -> FeedState:
        values: FeedState = self._graph.get_state(self._config).values  # type: ignore[assignment]
        return values

    def _last_state_with(self, preferences: Preferences) -> FeedState | None:
        """Return the newest finished turn that remembered just this."""
        for snapshot in self._graph.get_state_history(self._config):
            held = snapshot.values.get("preferences")
            if snapshot.next or held is None:
                continue
            if (held.remembered, held.past) == (preferences.remembered, preferences.past):
                state: FeedState = snapshot.values  # type: ignore[assignment]
                return state
        return None

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


def clean_text(text: str) -> str:
    """Return the text without control characters and stray bytes, every run of white space one space."""
    readable = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or not _is_unreadable(sign))
    return " ".join(readable.split())


def refuse(text: str, command: str) -> str:
    """Return the polite reply to what is no command that the agent could read, or nothing."""
    if len(command) > MAX_CHARACTERS:
        return f"That is {len(command):,} characters; please tell me in a sentence or two ({MAX_CHARACTERS:,} at most)."
    if sum(map(_is_unreadable, text)) > MAX_UNREADABLE * len(text):
        return "That does not look like text, so the feed stays as it is."
    letters = [sign for sign in command if sign.isalpha()]
    if sum("LATIN" in unicodedata.name(sign, "") for sign in letters) < MIN_LATIN * len(letters):
        return ONLY_ENGLISH
    words = set(re.findall(r"\w+", command.casefold()))
    if len(words & FOREIGN) >= 2 and not words & ENGLISH:
        return ONLY_ENGLISH
    return ""


def _is_unreadable(sign: str) -> bool:
    # Control, surrogate, private and unassigned code points, and the mark that stands for bytes that are no text.
    return sign == "\N{REPLACEMENT CHARACTER}" or (
        unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") and not sign.isspace()
    )


def _ms_since(start: float) -> float:
    return (perf_counter() - start) * 1000
