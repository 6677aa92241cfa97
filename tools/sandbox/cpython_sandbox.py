"""Full CPython with numpy and sympy, for tasks that need them: each session in a process of its own under bubblewrap.

Contract: as of every Sandbox, and refused (SandboxError) where bubblewrap is missing or does not isolate; there is no
lesser mode. A state is the list of earlier steps with the results of their calls and the time that they took. The
process that ran the last of them is kept, stopped, for the next step, which goes on in it; where there is none (another
step went on from that state, the last one was cut off, too many are kept), the earlier steps are run again in a new
one, with the same random numbers (random, numpy, os.urandom, hashes; clocks differ) and in a time of their own.
Isolation: see bubblewrap.py; beside that rlimits, and a filter of system calls without new processes, programs,
sockets and uncounted memory. What a session can hold is its `memory_bytes`, what an interpreter with numpy and sympy
takes, and a quarter of `memory_bytes` in /tmp.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Lock
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from stillroom.tools.sandbox.bubblewrap import Interpreter, IsolatedProcess, find_bubblewrap, find_interpreter
from stillroom.tools.sandbox.cpython_dialogue import GRACE_S, ChildGoneError, Dialogue, StepReport
from stillroom.tools.sandbox.execution import (
    CUT_OFF,
    EMPTY,
    Execution,
    HostFunction,
    SandboxError,
    SandboxLimits,
    State,
    StepEnd,
)
from stillroom.tools.sandbox.host_calls import HostCalls

NAME: Final = "cpython"
# What was run once may take so many times as long, and so much more, on a machine that is busier by then.
_SLOWER: Final = 2.0
_AGAIN_S: Final = 2.0
# Between steps so many processes are kept, each for so many steps.
_MOST_KEPT: Final = 4
_MOST_STEPS: Final = 32
# What an interpreter works with beyond what it has imported, and the addresses that it maps without filling them.
_WORK_BYTES: Final = 48 * 2**20
_ADDRESS_BYTES: Final = 700 * 2**20
_PROBE: Final = """
import os, socket
found = []
try: socket.create_connection(("127.0.0.1", 9), 0.2)
except OSError as error: found.append(error.errno)
try: open("/probe", "x").close(); os.remove("/probe")
except OSError: found.append("read-only")
try: os.fork()
except OSError: found.append("no fork")
if not os.path.exists("/etc") and not os.path.exists("/dev/shm"): found.append("nothing else")
(len(found), os.getuid(), os.path.exists("/proc/1/root/etc/passwd"))
"""


class _Past(BaseModel):
    """An earlier step: its code, what its calls came to, and how many seconds it ran."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    calls: list[JsonValue]
    s: float | None = None


_HISTORY: Final = TypeAdapter(list[_Past])


class _Kept:
    """Dialogues that can be gone on with, by the state in which they stand and the functions that they know."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._dialogues: OrderedDict[tuple[State, tuple[str, ...]], Dialogue] = OrderedDict()

    def take(self, state: State, names: tuple[str, ...]) -> Dialogue | None:
        """Return the dialogue that stands there, which is no longer kept."""
        with self._lock:
            return self._dialogues.pop((state, names), None)

    def keep(self, state: State, names: tuple[str, ...], dialogue: Dialogue) -> None:
        """Stop a child where it stands; end those that are kept beyond the bound, the oldest first."""
        ended = [dialogue]
        if dialogue.child.pause() and dialogue.is_quiet:
            with self._lock:
                before = self._dialogues.pop((state, names), None)
                self._dialogues[state, names] = dialogue
                ended = [] if before is None else [before]
                while len(self._dialogues) > _MOST_KEPT:
                    ended.append(self._dialogues.popitem(last=False)[1])
        for each in ended:
            each.child.end()

    def end(self) -> None:
        """End all of them."""
        with self._lock:
            ended = list(self._dialogues.values())
            self._dialogues.clear()
        for each in ended:
            each.child.end()


class CPythonSandbox:
    """Starts a process a session; entering it checks that the process is isolated, leaving it ends those it keeps."""

    name = NAME
    modules = ("math", "re", "datetime", "itertools", "collections", "numpy", "sympy")

    def __init__(self, limits: SandboxLimits | None = None) -> None:
        """Say what a step may use up beyond what the interpreter needs."""
        self._limits = limits or SandboxLimits()
        self._kept = _Kept()
        self._interpreter: Interpreter | None = None
        self._open = ExitStack()
        self._starter: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Refuse a machine on which nothing can be isolated."""
        find_bubblewrap()
        self._interpreter = find_interpreter()
        with ExitStack() as opening:
            # A process dies with the thread that started it, so that all are started by one which stays.
            self._starter = opening.enter_context(ThreadPoolExecutor(1, "sandbox"))
            opening.callback(self._kept.end)
            probe = self.run(_PROBE)
            if probe.end is not StepEnd.DONE or not probe.value.startswith("(4, "):
                why = probe.error or f"the probe says {probe.value}"
                raise SandboxError(f"bubblewrap does not isolate a process on this machine: {why}")
            self._kept.end()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes that are kept."""
        self._open.close()

    def run(self, code: str, state: State = EMPTY, functions: Mapping[str, HostFunction] | None = None) -> Execution:
        """Run a step; see `Sandbox.run`."""
        start = perf_counter()
        calls = HostCalls(functions or {}, self._limits.n_calls)
        names = tuple(sorted(functions or {}))
        history = _history(state)
        dialogue, report = self._step(code, state, names, history, calls)
        is_kept = False
        try:
            if calls.failure is not None:
                raise calls.failure
            if report.end not in CUT_OFF:
                results: list[JsonValue] = [{"result": call.result, "error": call.error} for call in calls.done]
                past = _Past(code=code, calls=results, s=report.ran_s)
                state = _HISTORY.dump_json([*history, past])
                is_kept = report.end is not StepEnd.ANSWERED and (len(history) + 1) % _MOST_STEPS != 0
        finally:
            if not is_kept:
                dialogue.child.end()
        if is_kept:
            self._kept.keep(state, names, dialogue)
        return Execution(
            report.end,
            state,
            report.printed,
            report.value,
            report.error,
            report.answer,
            tuple(calls.done),
            (perf_counter() - start) * 1000,
            calls.ms,
        )

    def _step(
        self, code: str, state: State, names: tuple[str, ...], history: list[_Past], calls: HostCalls
    ) -> tuple[Dialogue, StepReport]:
        """Run the step in the process that stands in its state, or in a new one that is brought there."""
        kept = self._kept.take(state, names)
        if kept is not None:
            try:
                return kept, kept.go_on(code, calls)
            except ChildGoneError:
                kept.child.end()
            except BaseException:
                kept.child.end()
                raise
        if self._interpreter is None or self._starter is None:
            raise SandboxError("the sandbox is not open: use it as `with open_sandbox(...) as sandbox`")
        again_s = self._time_of(history)
        child = self._starter.submit(IsolatedProcess, self._interpreter, self._limits.memory_bytes // 4).result()
        fresh = Dialogue(child, self._limits)
        try:
            return fresh, fresh.begin(self._order(code, names, history, again_s), again_s, calls)
        except BaseException:
            fresh.child.end()
            raise

    def _order(self, code: str, names: tuple[str, ...], history: list[_Past], again_s: float) -> dict[str, Any]:
        assert self._interpreter is not None
        limits = self._limits
        return {
            "limits": {
                "step_s": limits.step_s,
                "recursion": limits.recursion,
                "output_bytes": limits.output_bytes,
                "data_bytes": limits.memory_bytes + self._interpreter.data_bytes + _WORK_BYTES,
                "address_bytes": limits.memory_bytes + self._interpreter.data_bytes + _ADDRESS_BYTES,
                "files_bytes": limits.memory_bytes // 4,
                "cpu_s": again_s + _MOST_STEPS * (limits.step_s + GRACE_S) + 2,
            },
            "history": [past.model_dump() for past in history],
            "code": code,
            "functions": names,
        }

    def _time_of(self, history: list[_Past]) -> float:
        """Return how many seconds earlier steps may take again, at most as often a step's limit as there are steps."""
        most = self._limits.step_s + GRACE_S
        took = (most if past.s is None else max(0.0, min(past.s, most)) for past in history)
        return _AGAIN_S + _SLOWER * sum(took)


def _history(state: State) -> list[_Past]:
    """Return the steps that a state is made of; raise SandboxError for what is no state."""
    try:
        return _HISTORY.validate_json(state) if state else []
    except ValidationError as error:
        raise SandboxError("the session cannot be gone on with: these bytes are no state of full CPython") from error
