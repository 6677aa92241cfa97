"""What is kept of a conversation: its checkpoints between two starts, and its record as an episode in the store.

Contract: a saved session holds plain data and the dataclasses that `SAVED` names, nothing else is ever loaded from it;
an episode that the store cannot take is written beside it as JSON, so that no conversation is lost.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from stillroom.agents.command import Appeal
from stillroom.agents.requests import ToolReport
from stillroom.agents.solver.step import Step, StopReason, Trial
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit, Verdict
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.store import Store, StoreError
from stillroom.data.trajectory import Call, Episode, Json, ToolCallRecord
from stillroom.serve.refusals import CommandError
from stillroom.tools.call import ToolCall
from stillroom.tools.feed import FeedItem
from stillroom.tools.sandbox import HostCall, StepEnd

SAVED: Final[Sequence[type]] = (
    Appeal,
    Call,
    Constraint,
    Edit,
    FeedItem,
    HostCall,
    Op,
    Polarity,
    Preferences,
    Remembered,
    Step,
    StepEnd,
    StopReason,
    Strength,
    ToolCall,
    ToolCallRecord,
    ToolReport,
    Trial,
    Verdict,
)


class SessionError(CommandError):
    """A saved session that cannot be opened; the message is one sentence."""


class StateSerializer(JsonPlusSerializer):
    """Saves a graph's state, feed or solver; loads no other type than it saves; gives back tuples where tuples were."""

    def __init__(self) -> None:
        """Allow the types of `SAVED`."""
        super().__init__(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in SAVED])

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return what was saved; msgpack knows lists only, and the state is made of tuples."""
        found = super().loads_typed(data)
        if isinstance(found, dict) and "channel_values" in found:
            values = {name: _frozen(value) for name, value in found["channel_values"].items()}
            return {**found, "channel_values": values}
        return _frozen(found)


@contextmanager
def open_sessions(path: Path) -> Iterator[SqliteSaver]:
    """Open the file of saved sessions, making it where it is missing; raise SessionError when it is no such file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise SessionError(f"{path}: saved chats cannot be kept there ({error})") from error
    with closing(connection):
        saver = SqliteSaver(connection, serde=StateSerializer())
        try:
            saver.setup()
        except sqlite3.Error as error:
            raise SessionError(f"{path}: this is no file of saved chats ({error})") from error
        yield saver


def _frozen(value: Any) -> Any:
    """Return the value with every list in it, but for those inside plain dicts (JSON), as a tuple."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if is_dataclass(value) and not isinstance(value, type):
        held = {item: getattr(value, item.name) for item in fields(value)}
        # A field that is any JSON value keeps its lists.
        frozen = {
            item.name: _frozen(part)
            for item, part in held.items()
            if is_dataclass(part) or (isinstance(part, list) and str(item.type).startswith("tuple"))
        }
        return replace(value, **frozen)
    return value


@dataclass(frozen=True)
class EpisodeKeeper:
    """Writes finished conversations into a store, which is open only while it writes."""

    path: Path

    def __call__(self, episode: Episode) -> Path:
        """Write one episode and return the file that now holds it."""
        config: dict[str, Json] = {"kind": "chat", "world": episode.world}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with Store.open(self.path) as store:
                store.add_episode(store.start_run(config, run_id=f"chat-{episode.world}"), episode)
        except StoreError:
            # Another process may be writing to the store; the conversation must not depend on it.
            aside = self.path.with_name(f"{self.path.stem}-{episode.key}.json")
            aside.write_text(json.dumps(episode.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            return aside
        return self.path
