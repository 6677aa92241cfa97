"""The default sandbox: pydantic-monty, a Python interpreter of its own in worker processes, with no way to the host.

Contract: as of every Sandbox. A step takes a worker from the pool, loads the state, runs, and dumps the state again
(some 20 kB and well under a millisecond each); a worker that crashed or hangs is replaced by the pool.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self

import pydantic_monty
from pydantic import JsonValue
from pydantic_monty._binary import find_monty_binary

from stillroom.tools.call import ToolError
from stillroom.tools.sandbox.execution import (
    ANSWER_USE,
    CRASHED,
    CUT_OFF,
    EMPTY,
    FINAL_ANSWER,
    Execution,
    HostFunction,
    SandboxError,
    SandboxLimits,
    State,
    StepEnd,
    too_long,
)
from stillroom.tools.sandbox.host_calls import MAX_TEXT, HostCalls, plain

NAME: Final = "monty"
# A worker is replaced after so many steps, whatever they were.
_STEPS_A_WORKER: Final = 200
# Beyond its own limit a step may hang for so long before its worker is ended.
_GRACE_S: Final = 1.0
_ENDS: Final = {
    "TimeoutError": StepEnd.TIMEOUT,
    "MemoryError": StepEnd.MEMORY,
    "SyntaxError": StepEnd.SYNTAX,
    "ModuleNotFoundError": StepEnd.IMPORT,
    "ImportError": StepEnd.IMPORT,
}
# A byte of a dumped state stands for at most so many of memory, once it is loaded: a list of empty lists, say.
_MOST_EXPANSION: Final = 64
_TOO_LARGE: Final = (
    "MemoryError: the variables that the step leaves take too much memory, so it was undone: keep only what is needed, "
    "and set large values to None at the end"
)
# All modules that pydantic-monty has.
MODULES: Final = (
    "asyncio", "base64", "binascii", "bisect", "collections", "copy", "csv", "dataclasses", "datetime", "decimal",
    "functools", "hashlib", "itertools", "json", "math", "os", "pathlib", "posixpath", "random", "re", "sys", "time",
    "tomllib", "typing", "unicodedata",
)  # fmt: skip
_NO_MODULE: Final = re.compile(r"No module named '(\w+)")


class MontySandbox:
    """A pool of workers; open it with `with`."""

    name = NAME
    # Of all that it has, what tasks need.
    modules = ("math", "re", "datetime", "itertools", "collections")

    def __init__(self, limits: SandboxLimits | None = None, n_workers: int = 2) -> None:
        """Say what a step may use up, and how many may run at once."""
        self._limits = limits or SandboxLimits()
        self._n_workers = n_workers
        self._open = ExitStack()
        self._pool: pydantic_monty.Monty | None = None

    def __enter__(self) -> Self:
        """Start the first worker."""
        with ExitStack() as opening:
            try:
                self._pool = pydantic_monty.Monty(
                    binary_path=opening.enter_context(_quiet_worker()),
                    min_processes=1,
                    max_processes=self._n_workers,
                    max_checkouts_per_worker=_STEPS_A_WORKER,
                    request_timeout=self._limits.step_s + _GRACE_S,
                    feed_duration_limit_grace=_GRACE_S,
                )
                opening.enter_context(self._pool)
            except (OSError, RuntimeError, pydantic_monty.MontyError) as error:
                raise SandboxError(f"the sandbox's worker cannot be started: {error}") from error
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the workers."""
        self._open.close()

    def run(self, code: str, state: State = EMPTY, functions: Mapping[str, HostFunction] | None = None) -> Execution:
        """Run a step; see `Sandbox.run`."""
        start = perf_counter()
        step = _Step(functions or {}, self._limits)
        with self._session() as session:
            found = step.run(session, code, state)
        if step.calls.failure is not None:
            raise step.calls.failure
        if found["state"] != state and not self._can_load(found["state"]):
            found = _without_state(found, state)
        return Execution(
            **found, calls=tuple(step.calls.done), ms=(perf_counter() - start) * 1000, host_ms=step.calls.ms
        )

    @contextmanager
    def _session(self) -> Iterator[pydantic_monty.MontySession]:
        """Yield a fresh session on a worker; raise SandboxError where the worker cannot be had."""
        if self._pool is None:
            raise SandboxError("the sandbox is not open: use it as `with open_sandbox(...) as sandbox`")
        try:
            with self._pool.checkout(limits=self._resources(), os_policy={"sleep": "zero"}) as session:
                yield session
        except pydantic_monty.MontyError as error:
            raise SandboxError(f"the sandbox's worker failed: {_first_line(error)}") from error

    def _can_load(self, state: State) -> bool:
        """Say whether the next step can begin from a state: a large one may take more memory to load than to dump."""
        if len(state) * _MOST_EXPANSION < self._limits.memory_bytes:
            return True
        with self._session() as session:
            return _load(session, state, self._limits) is None

    def _resources(self) -> pydantic_monty.ResourceLimits:
        limits = self._limits
        return {
            "max_feed_duration_secs": limits.step_s,
            "max_memory": limits.memory_bytes,
            "max_recursion_depth": limits.recursion,
            "max_suspensions": 100 * limits.n_calls + 1000,
        }


@contextmanager
def _quiet_worker() -> Iterator[str]:
    """Yield a worker's program that says nothing on this process's stderr (of what it cannot allocate, say)."""
    program = find_monty_binary()
    if os.name != "posix":
        yield program
        return
    with tempfile.TemporaryDirectory(prefix="stillroom-monty-") as folder:
        quiet = Path(folder) / "monty"
        quiet.write_text(f'#!/bin/sh\nexec {shlex.quote(program)} "$@" 2>/dev/null\n')
        quiet.chmod(0o700)
        # On a file system that runs no programs, a noisy worker is better than none.
        yield str(quiet) if os.access(quiet, os.X_OK) else program


class _Answered(SystemExit):
    """What `final_answer` raises in the code: nothing that `except Exception` could catch."""


class _Step:
    """One step on one worker."""

    def __init__(self, functions: Mapping[str, HostFunction], limits: SandboxLimits) -> None:
        self.calls = HostCalls(functions, limits.n_calls)
        self._answers: list[JsonValue] = []
        self._limits = limits
        self._lookup: dict[str, Any] = {name: partial(self._call, name) for name in functions}
        self._lookup[FINAL_ANSWER] = self._answer

    def run(self, session: pydantic_monty.MontySession, code: str, state: State) -> dict[str, Any]:
        """Return the fields of an Execution; raise SandboxError for bytes that are no state."""
        unloaded = _load(session, state, self._limits) if state else None
        if unloaded is not None:
            return unloaded
        printed = pydantic_monty.CollectString(max_bytes=self._limits.output_bytes)
        found: dict[str, Any] = {"end": StepEnd.DONE}
        try:
            value = session.feed_run(code, external_lookup=self._lookup, print_callback=printed)
            found["value"] = "" if value is None else text_of(value)
        except pydantic_monty.MontyError as error:
            found |= _failure(error, self._limits)
            if found["end"] is StepEnd.MEMORY and f"> {self._limits.output_bytes} bytes" in found["error"]:
                found |= {"end": StepEnd.OUTPUT, "error": "OutputError: too much was printed"}
        if self._answers:
            found |= {"end": StepEnd.ANSWERED, "error": "", "answer": self._answers[0]}
        found["printed"] = printed.output
        if found["end"] in CUT_OFF:
            return {**found, "state": state}
        try:
            return {**found, "state": session.dump()}
        except pydantic_monty.MontyError:
            return _without_state(found, state)

    def _call(self, name: str, *arguments: object, **named: object) -> JsonValue:
        try:
            return self.calls.call(name, arguments, named)
        except ToolError as error:
            raise ValueError(str(error)) from None

    def _answer(self, *arguments: object, **named: object) -> None:
        given = [*arguments, *named.values()]
        if len(given) != 1 or named.keys() - {"answer"}:
            raise ValueError(ANSWER_USE)
        self._answers.append(plain(given[0]))
        raise _Answered


def _load(session: pydantic_monty.MontySession, state: State, limits: SandboxLimits) -> dict[str, Any] | None:
    """Load a state; return how the step ends where it takes too much, raise SandboxError where it is none."""
    try:
        session.load_session(state)
    except pydantic_monty.MontyError as error:
        found = _failure(error, limits)
        if found["end"] not in CUT_OFF:
            raise SandboxError(f"the session cannot be gone on with: {_first_line(error)}") from error
        return {"end": StepEnd.MEMORY, "error": _TOO_LARGE, "printed": "", "state": state}
    return None


def _without_state(found: dict[str, Any], state: State) -> dict[str, Any]:
    """Return what a step came to whose variables cannot be kept: an answer counts, anything else is undone."""
    if found["end"] is StepEnd.ANSWERED:
        return {**found, "state": state}
    return {"end": StepEnd.MEMORY, "error": _TOO_LARGE, "printed": found["printed"], "state": state}


def _first_line(error: pydantic_monty.MontyError) -> str:
    return str(error).partition("\n")[0][:MAX_TEXT]


def _failure(error: pydantic_monty.MontyError, limits: SandboxLimits) -> dict[str, Any]:
    if isinstance(error, pydantic_monty.MontyCrashedError):
        if error.timed_out:
            return {"end": StepEnd.TIMEOUT, "error": too_long(limits.step_s)}
        return {"end": StepEnd.CRASHED, "error": CRASHED}
    if isinstance(error, pydantic_monty.MontyRuntimeError | pydantic_monty.MontySyntaxError):
        kind = error.display("type-msg").partition(":")[0].strip()
        end = _ENDS.get(kind, StepEnd.RAISED)
        text = _readable(error)
        return {"end": end, "error": text + _import_hint(text) if end is StepEnd.IMPORT else text}
    return {"end": StepEnd.RAISED, "error": str(error)[:MAX_TEXT]}


def _import_hint(error: str) -> str:
    """Return what else can be imported where there is no such module."""
    missing = _NO_MODULE.search(error)
    if missing is None:
        return ""
    return f" (what can be imported: {', '.join(name for name in MODULES if name != missing[1])})"


def _readable(error: pydantic_monty.MontyRuntimeError | pydantic_monty.MontySyntaxError) -> str:
    """Return the error in a line, with the line of code where it arose."""
    frames = error.traceback()
    where = f"line {frames[-1].line}: " if frames else ""
    return f"{where}{error.display('type-msg')}"[:MAX_TEXT]


def text_of(value: object) -> str:
    """Return the value of a last expression as text."""
    return value[:MAX_TEXT] if isinstance(value, str) else str(plain(value))[:MAX_TEXT]
