"""What is said between the host and a child that is not trusted, on one clock.

Contract: whatever the child does or says (nothing, too much, no JSON, calls without end), `hold` returns within the
time that the child was given, and how it ended; it raises nothing but what a host function failed with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum, auto
from time import perf_counter
from typing import Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from stillroom.tools.call import ToolError
from stillroom.tools.sandbox.execution import CRASHED, SandboxLimits, StepEnd, too_long
from stillroom.tools.sandbox.host_calls import MAX_TEXT, HostCalls, plain

# Python starts, and then runs earlier steps again, before a step's clock runs.
START_S: Final = 30.0
GRACE_S: Final = 1.0
_MAX_LINE: Final = 2 * 2**20
# What a program may go on to call after it has been refused, before it is taken for one that will not stop.
_MOST_REFUSED: Final = 1000
# Files take memory of the kernel, which no size of /tmp bounds.
_MOST_FILES: Final = 2000
_LOOK_S: Final = 0.1


class _Message(BaseModel):
    """A line from the child, which is not trusted: everything is checked, nothing else is read."""

    model_config = ConfigDict(extra="ignore", strict=True)

    started: bool = False
    ready: bool = False
    call: str = ""
    arguments: list[JsonValue] = []
    named: dict[str, JsonValue] = {}
    end: StepEnd | None = None
    printed: str = ""
    value: str = ""
    error: str = ""
    answer: JsonValue = None


class Child(Protocol):
    """A process to speak with; see `IsolatedProcess`."""

    @property
    def n_files(self) -> int:
        """Return how many files it has made."""
        ...

    def write(self, data: bytes, deadline: float) -> bool:
        """Write all of it, or return False when it is not read in time."""
        ...

    def read(self, deadline: float) -> bytes | None:
        """Return what it has said, empty when it has ended, None when it says nothing until then."""
        ...

    def find(self) -> bool:
        """Learn which process it is."""
        ...

    def pause(self) -> bool:
        """Have it not run; return whether that was possible."""
        ...

    def resume(self) -> bool:
        """Have it go on; return whether it is there."""
        ...

    def end(self) -> None:
        """Kill it."""
        ...


class _Phase(Enum):
    """Where a dialogue stands: the interpreter starts, runs earlier steps again, runs the step."""

    STARTING = auto()
    REPEATING = auto()
    RUNNING = auto()


class ChildGoneError(Exception):
    """A child that was kept is not there any more, or does not listen: another one must take its place."""


class _StoppedError(Exception):
    """Ends the dialogue, since the child is to be killed."""

    def __init__(self, end: StepEnd, error: str) -> None:
        super().__init__(error)
        self.end, self.error = end, error


class StepReport(BaseModel):
    """How a step ended, in bounds; `ran_s` is how long it ran without its calls."""

    model_config = ConfigDict(frozen=True)

    end: StepEnd
    printed: str = ""
    value: str = ""
    error: str = ""
    answer: JsonValue = None
    ran_s: float = 0.0


class Dialogue:
    """The host's side, with one child for as many steps as it lives."""

    def __init__(self, child: Child, limits: SandboxLimits) -> None:
        """Speak with a child that has just been started."""
        self.child, self._limits = child, limits
        self._buffer = b""
        self._deadline = 0.0

    @property
    def is_quiet(self) -> bool:
        """Say whether the child has said nothing that was not asked for."""
        return not self._buffer and self.child.read(0.0) is None

    def begin(self, order: Mapping[str, Any], again_s: float, calls: HostCalls) -> StepReport:
        """Give a fresh child its first order, with earlier steps that may take so long, and return the report."""
        self._allow(START_S)
        return self._hold(order, _Phase.STARTING, calls, again_s)

    def go_on(self, code: str, calls: HostCalls) -> StepReport:
        """Give a child that was kept its next step; raise ChildGoneError when it does not take it."""
        self._allow(GRACE_S)
        if not self.is_quiet or not self.child.resume():
            raise ChildGoneError
        return self._hold({"code": code}, _Phase.REPEATING, calls, 0.0)

    def _hold(self, order: Mapping[str, Any], phase: _Phase, calls: HostCalls, again_s: float) -> StepReport:
        is_kept = phase is _Phase.REPEATING
        n_refused = 0
        try:
            self._send(order, phase)
            while True:
                message = self._receive(phase)
                if phase is _Phase.STARTING and message.started:
                    self.child.find()
                    self._allow(again_s)
                    phase = _Phase.REPEATING
                elif phase is _Phase.REPEATING and message.ready:
                    self._allow(self._limits.step_s + GRACE_S)
                    phase = _Phase.RUNNING
                elif phase is _Phase.RUNNING and message.end is not None:
                    ran_s = self._limits.step_s + GRACE_S - (self._deadline - perf_counter())
                    return self._report(message, max(0.0, ran_s))
                elif phase is _Phase.RUNNING and message.call:
                    reply = self._answer(message, calls)
                    n_refused += "error" in reply
                    if n_refused > _MOST_REFUSED or calls.failure is not None:
                        raise _StoppedError(StepEnd.CRASHED, _REFUSED)
                    self._send(reply, phase)
                else:
                    raise _StoppedError(StepEnd.CRASHED, CRASHED)
        except (_StoppedError, OSError, ValueError, RecursionError) as error:
            if is_kept and phase is not _Phase.RUNNING:
                raise ChildGoneError from error
            stopped = error if isinstance(error, _StoppedError) else _StoppedError(StepEnd.CRASHED, CRASHED)
            return StepReport(end=stopped.end, error=stopped.error)

    def _report(self, message: _Message, ran_s: float) -> StepReport:
        assert message.end is not None
        error = {StepEnd.TIMEOUT: too_long(self._limits.step_s), StepEnd.CRASHED: CRASHED}.get(message.end)
        return StepReport(
            end=message.end,
            printed=message.printed[: self._limits.output_bytes],
            value=message.value[:MAX_TEXT],
            error=error or message.error[:MAX_TEXT],
            answer=plain(message.answer),
            ran_s=ran_s,
        )

    def _answer(self, message: _Message, calls: HostCalls) -> dict[str, JsonValue]:
        """Return what a call came to; the function's own time is not the child's."""
        before = calls.ms
        try:
            return {"result": calls.call(message.call, message.arguments, message.named)}
        except ToolError as error:
            return {"error": str(error) or "refused"}
        finally:
            self._deadline += (calls.ms - before) / 1000

    def _allow(self, seconds: float) -> None:
        self._deadline = perf_counter() + seconds

    def _send(self, message: Mapping[str, Any], phase: _Phase) -> None:
        if not self.child.write(json.dumps(message).encode() + b"\n", self._deadline):
            raise self._late(phase)

    def _receive(self, phase: _Phase) -> _Message:
        """Return the next line; raise ValueError when it is too long or cut or no message."""
        while b"\n" not in self._buffer:
            part = self.child.read(min(self._deadline, perf_counter() + _LOOK_S))
            if self.child.n_files > _MOST_FILES:
                raise _StoppedError(StepEnd.MEMORY, f"MemoryError: a step may not leave more than {_MOST_FILES} files")
            if perf_counter() > self._deadline:
                raise self._late(phase)
            if part is None:
                continue
            self._buffer += part
            if not part or len(self._buffer) > _MAX_LINE:
                raise ValueError("the child says nothing, or too much")
        if perf_counter() > self._deadline:
            raise self._late(phase)
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            return _Message.model_validate_json(line)
        except ValidationError as error:
            raise ValueError("the child says what is no message") from error

    def _late(self, phase: _Phase) -> _StoppedError:
        if phase is _Phase.RUNNING:
            return _StoppedError(StepEnd.TIMEOUT, too_long(self._limits.step_s))
        what = "the interpreter did not start in time" if phase is _Phase.STARTING else _REPEATED
        return _StoppedError(StepEnd.TIMEOUT, f"TimeoutError: {what}")


_REFUSED: Final = "the step was stopped and undone: it went on and on to call what it was refused"
_REPEATED: Final = (
    "the earlier steps had to be run again, and take much longer than they did: put what is still needed into this step"
)
