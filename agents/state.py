"""The feed graph's state: what one session remembers, and what one turn has done so far."""

from __future__ import annotations

from typing import Annotated, TypedDict

from langgraph.channels.untracked_value import UntrackedValue

from stillroom.agents.command import Appeal
from stillroom.agents.requests import ToolReport
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences
from stillroom.data.trajectory import Call, ToolCallRecord
from stillroom.tools.call import ToolCall
from stillroom.tools.feed import Feed
from stillroom.tools.state import ToolState


class FeedState(TypedDict, total=False):
    """Session: preferences, feed, shown, earlier, history, turn. Turn: everything else, reset when a command comes in.

    `command` None opens a session: the first feed is planned without a command. `plan` holds the tool calls that are
    still to run; `tool_state` (arrays over the catalogue) lives within a turn and is not checkpointed; `earlier` holds
    the feeds before the last changes of the preferences, in step with the end of `preferences.past`.
    """

    preferences: Preferences
    feed: Feed
    shown: tuple[int, ...]
    earlier: tuple[Feed, ...]
    history: tuple[int, ...]
    turn: int

    command: str | None
    said: Edit
    proposed: Edit
    edit: Edit
    plan: tuple[ToolCall, ...]
    reports: tuple[ToolReport, ...]
    plan_rounds: int
    calls: tuple[Call, ...]
    tool_calls: tuple[ToolCallRecord, ...]
    fallbacks: tuple[str, ...]
    reply: str
    appeal: Appeal
    n_wanted: int
    n_undone: int
    tool_state: Annotated[ToolState | None, UntrackedValue]
