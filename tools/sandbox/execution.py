"""One step of model-written code: what it may use up, how it can end, and what it leaves behind.

Contract of every Sandbox: the code sees nothing of the host but the functions, whose arguments and results are copied
as plain values; it is over within its limits; a step that was cut off leaves the state that it started from. A state
is a value that only the sandbox reads: whatever else runs from it, it stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final, Protocol, Self

from pydantic import JsonValue

from stillroom.tools.sandbox.host_calls import HostCall

State = bytes
HostFunction = Callable[..., JsonValue]
EMPTY: Final[State] = b""
FINAL_ANSWER: Final = "final_answer"
ANSWER_USE: Final = "final_answer takes one value, as in final_answer(42)"
CRASHED: Final = "the interpreter crashed, and the step was undone: do it in another way, with less at a time"


class SandboxError(RuntimeError):
    """A sandbox that cannot be had or trusted on this machine; the message says why and what to do."""


class StepEnd(StrEnum):
    """How a step ended."""

    DONE = "done"
    ANSWERED = "answered"
    SYNTAX = "syntax"
    RAISED = "raised"
    IMPORT = "import"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    CRASHED = "crashed"


# The ends of code that did what it meant to do.
VALID: Final = frozenset({StepEnd.DONE, StepEnd.ANSWERED})
# The ends after which a step's state is what it was before: it was stopped where it happened to stand.
CUT_OFF: Final = frozenset({StepEnd.TIMEOUT, StepEnd.MEMORY, StepEnd.OUTPUT, StepEnd.CRASHED})


@dataclass(frozen=True)
class SandboxLimits:
    """What one step may use up: seconds of its own running, memory, stack, printed bytes, calls of host functions."""

    step_s: float = 2.0
    memory_bytes: int = 64 * 2**20
    recursion: int = 300
    output_bytes: int = 20_000
    n_calls: int = 20


def too_long(seconds: float) -> str:
    """Return what a step is told that was stopped after so many seconds."""
    return (
        f"TimeoutError: the step was stopped after {seconds:g} s and undone: do less in one step, or find a way that "
        "takes fewer operations"
    )


@dataclass(frozen=True)
class Execution:
    """What a step came to: its end, what it printed, its last expression as text, its error, its final answer.

    `state` is the session after it; `calls` are the host functions that it called, in order; `ms` is the whole step's
    time, of which `host_ms` went by in host functions.
    """

    end: StepEnd
    state: State
    printed: str = ""
    value: str = ""
    error: str = ""
    answer: JsonValue = None
    calls: tuple[HostCall, ...] = ()
    ms: float = 0.0
    host_ms: float = 0.0

    @property
    def is_valid(self) -> bool:
        """Say whether the code did what it meant to do."""
        return self.end in VALID

    @property
    def observation(self) -> str:
        """Return what the step shows: printed text, then the last expression's value or the error."""
        return "\n".join(part for part in (self.printed.rstrip(), self.value, self.error) if part)


class Sandbox(Protocol):
    """Runs steps of code under limits; a context manager, since it may keep processes warm."""

    @property
    def name(self) -> str:
        """Return the name that it is chosen by."""
        ...

    @property
    def modules(self) -> tuple[str, ...]:
        """Return the modules that a prompt says can be imported."""
        ...

    def run(self, code: str, state: State = EMPTY, functions: Mapping[str, HostFunction] | None = None) -> Execution:
        """Run a step from a state, with host functions by name; `final_answer(x)` is always there and ends it.

        An error of a host function other than ToolError is raised here, not shown to the code.
        """
        ...

    def __enter__(self) -> Self:
        """Start what is kept warm."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        ...
