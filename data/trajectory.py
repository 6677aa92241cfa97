"""The complete record of an episode: its turns, and in each the model calls and the tool calls; and its scores.

Contract: every record is frozen and survives `to_json` -> JSON text -> `from_json` unchanged. State is structured (the
feed, the preferences, the edits), so that any prompt can be rendered again for another profile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from stillroom.data.edit import Edit

Json = JsonValue


class TrajectoryError(ValueError):
    """A record that cannot be read back; the message says which part is wrong."""


class Outcome(StrEnum):
    """How an episode ended."""

    SATISFIED = "satisfied"
    ANSWERED = "answered"
    GAVE_UP = "gave_up"
    OUT_OF_ROUNDS = "out_of_rounds"
    FAILED = "failed"


class Form(StrEnum):
    """How a question is answered: by an agent's actions, or by a chain of thought in words."""

    AGENT = "agent"
    COT = "cot"


@dataclass(frozen=True)
class Score:
    """One named number about an episode."""

    name: str
    value: float


@dataclass(frozen=True)
class Call:
    """One model call, by a node of the graph or by a simulated user: what went in, what came out, and under what."""

    node: str
    model: str
    reply: str
    messages: tuple[dict[str, Json], ...] = ()
    n_tokens_in: int = 0
    n_tokens_out: int = 0
    latency_ms: float = 0.0
    adapter: str = ""
    prompt_profile: str = ""
    prompt_hash: str = ""
    sampling: dict[str, Json] = field(default_factory=dict)
    finish_reason: str = ""
    candidates: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class ToolCallRecord:
    """One tool call: what was asked, what came of it, and the class of the error if it could not be done."""

    tool: str
    argument: str | None = None
    outcome: str = ""
    error: str = ""
    latency_ms: float = 0.0

    @property
    def call(self) -> str:
        """Return the call as one line of a plan."""
        return self.tool if self.argument is None else f"{self.tool} {self.argument}"


@dataclass(frozen=True)
class Maker:
    """Who made a wording that is not of the bank: the model, the hash of its prompt, the voice, what it had to pass."""

    model: str
    prompt_hash: str = ""
    voice: str = ""
    check: str = ""

    @property
    def label(self) -> str:
        """Return the maker in one phrase, as a training row names it."""
        return f"{self.model} prompt {self.prompt_hash} check {self.check}"


@dataclass(frozen=True)
class Alternative:
    """Another command that the simulated user might have typed at a turn's moment, and the edit in its words.

    `maker` says who made the words, where they are not the wording bank's.
    """

    command: str
    gold_said: Edit
    act: str = ""
    wording_ids: tuple[str, ...] = ()
    maker: Maker | None = None


@dataclass(frozen=True)
class Turn:
    """One command and all that it set off; `number` counts from 1, and 0 is the opening feed without a command.

    `feed_shown` is what the person saw when typing, `feed` what came of it. An edit stands here in four forms: as the
    model said it ("#2"), as resolved, as it took effect, and as the simulator meant it (in both forms). `alternatives`
    were never answered by an agent: they are what else could have been said here.
    """

    number: int
    command: str | None = None
    reply: str = ""
    feed_shown: tuple[dict[str, Json], ...] = ()
    feed: tuple[dict[str, Json], ...] = ()
    preferences_before: tuple[dict[str, Json], ...] = ()
    preferences_after: tuple[dict[str, Json], ...] = ()
    edit_said: Edit | None = None
    edit_proposed: Edit | None = None
    edit_effective: Edit | None = None
    gold_said: Edit | None = None
    gold_edit: Edit | None = None
    plan: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    act: str = ""
    wording_ids: tuple[str, ...] = ()
    latency_ms: float = 0.0
    calls: tuple[Call, ...] = ()
    tool_calls: tuple[ToolCallRecord, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    state: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Episode:
    """One user with one agent until satisfied or out of rounds; `key` is unique within its run.

    `state` holds what the simulated user hides (tastes, goals); `history` the ids of the items in the user's past.
    """

    key: str
    world: str
    setting: str
    model: str
    user: str = ""
    user_id: str = ""
    split: str = ""
    target_id: str | None = None
    target_title: str | None = None
    seed: int = 0
    started_at: str = ""
    latency_ms: float = 0.0
    outcome: Outcome = Outcome.OUT_OF_ROUNDS
    error: str = ""
    history: tuple[str, ...] = ()
    state: dict[str, Json] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    scores: tuple[Score, ...] = ()

    @property
    def n_rounds(self) -> int:
        """Return how many commands the user gave."""
        return sum(turn.command is not None for turn in self.turns)

    def score(self, name: str) -> float | None:
        """Return one score's value, or None when the episode has no such score."""
        return next((score.value for score in self.scores if score.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        data: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return data

    @classmethod
    def from_json(cls, data: object) -> Episode:
        """Read the record from JSON values; raise TrajectoryError naming the part that is wrong."""
        try:
            return _ADAPTER.validate_python(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the record"
            raise TrajectoryError(f"an episode cannot be read: {where}: {first['msg']}") from error


_ADAPTER = TypeAdapter(Episode)
