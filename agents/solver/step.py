"""A step of a solver: what the model wrote, what running it came to, and the other candidates, if there were any."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from stillroom.data.trajectory import Call
from stillroom.tools.sandbox import VALID, HostCall, StepEnd


class StopReason(StrEnum):
    """Why a solver stopped."""

    ANSWERED = "answered"
    OUT_OF_STEPS = "out_of_steps"


@dataclass(frozen=True)
class Trial:
    """One candidate and what became of it; `end` is None for a reply that holds no action."""

    reply: str
    thought: str = ""
    code: str = ""
    end: StepEnd | None = None
    observation: str = ""
    answer: JsonValue = None
    calls: tuple[HostCall, ...] = ()
    ms: float = 0.0
    host_ms: float = 0.0

    @property
    def is_final(self) -> bool:
        """Say whether it gave the final answer."""
        return self.end is StepEnd.ANSWERED

    @property
    def is_valid(self) -> bool:
        """Say whether it was an action that ran through."""
        return self.end in VALID


@dataclass(frozen=True)
class Step:
    """One step: the trial that was adopted, the model calls behind it, and all trials (the adopted one among them).

    The first step's calls begin with the chain of thought that it goes on from, if there was one.
    """

    number: int
    adopted: Trial
    calls: tuple[Call, ...] = ()
    trials: tuple[Trial, ...] = ()
    votes: int = 1
