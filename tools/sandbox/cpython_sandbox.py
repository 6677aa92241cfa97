"""Full CPython with numpy and sympy, for tasks that need them: each step in a process of its own under bubblewrap.

Contract: as of every Sandbox, and refused (SandboxError) where bubblewrap is missing or does not isolate; there is no
lesser mode. A state is the list of earlier steps with the results of their calls and the time that they took: they are
run again before the next, which has its own time all the same.
Isolation: no network, a read-only root that holds Python and two packages, an own /tmp in memory, no capabilities, own
process table, rlimits, and a filter of system calls without new processes, programs and sockets.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import util
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from stillroom.tools.call import ToolError
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
from stillroom.tools.sandbox.host_calls import HostCalls, plain

NAME: Final = "cpython"
PACKAGES: Final = ("numpy", "numpy.libs", "sympy", "mpmath")
_CHILD: Final = Path(__file__).with_name("cpython_child.py")
# Python starts, and runs earlier steps again, before a step's clock runs.
_START_S: Final = 20.0
_GRACE_S: Final = 1.0
# What was run once may take so many times as long when it is run again, on a machine that is busier by then.
_SLOWER: Final = 2.0
# More than an interpreter with numpy and sympy takes for itself.
_INTERPRETER_BYTES: Final = 700 * 2**20
_MAX_LINE: Final = 4 * 2**20
_TEMP_BYTES: Final = 64 * 2**20
_PROBE: Final = """
import os, socket
found = []
try: socket.create_connection(("127.0.0.1", 9), 0.2)
except OSError as error: found.append(error.errno)
try: open("/probe", "w")
except OSError: found.append("read-only")
try: os.fork()
except OSError: found.append("no fork")
(len(found), os.getuid(), os.path.exists("/proc/1/root/etc/passwd"))
"""


class _Message(BaseModel):
    """A line from the child, which is not trusted: everything is checked, nothing else is read."""

    model_config = ConfigDict(extra="ignore", strict=True)

    ready: bool = False
    call: str = ""
    arguments: list[JsonValue] = []
    named: dict[str, JsonValue] = {}
    end: str = ""
    printed: str = ""
    value: str = ""
    error: str = ""
    answer: JsonValue = None


class CPythonSandbox:
    """Starts a process a step; entering it checks that the process is isolated."""

    name = NAME

    def __init__(self, limits: SandboxLimits | None = None) -> None:
        """Say what a step may use up beyond what the interpreter needs."""
        self._limits = limits or SandboxLimits()

    def __enter__(self) -> Self:
        """Refuse a machine on which nothing can be isolated."""
        if shutil.which("bwrap") is None:
            raise SandboxError(
                "full CPython is isolated by bubblewrap, and there is no `bwrap` here (Debian: apt install "
                "bubblewrap); the sandbox monty needs nothing"
            )
        missing = [name for name in ("numpy", "sympy") if util.find_spec(name) is None]
        if missing:
            raise SandboxError(f"full CPython offers numpy and sympy, and {missing[0]} is not installed")
        probe = self.run(_PROBE)
        if probe.end is not StepEnd.DONE or not probe.value.startswith("(3, "):
            why = probe.error or f"the probe says {probe.value}"
            raise SandboxError(f"bubblewrap does not isolate a process on this machine: {why}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: no process outlives its step."""

    def run(self, code: str, state: State = EMPTY, functions: Mapping[str, HostFunction] | None = None) -> Execution:
        """Run a step; see `Sandbox.run`."""
        start = perf_counter()
        calls = HostCalls(functions or {}, self._limits.n_calls)
        history = json.loads(state) if state else []
        limits = replace(self._limits, memory_bytes=self._limits.memory_bytes + _INTERPRETER_BYTES)
        order = {
            "limits": vars(limits),
            "history": history,
            "history_s": self._time_of(history),
            "code": code,
            "functions": list(functions or {}),
        }
        with _process() as child:
            dialogue = _Dialogue(child, calls, self._limits)
            message, stopped = dialogue.hold(order)
        if calls.failure is not None:
            raise calls.failure
        end, error = (stopped, _SAID[stopped]) if stopped is not None else (StepEnd(message.end), message.error)
        if end not in CUT_OFF:
            results: list[JsonValue] = [{"result": call.result, "error": call.error} for call in calls.done]
            state = json.dumps([*history, {"code": code, "calls": results, "s": dialogue.step_s}]).encode()
        return Execution(
            end,
            state,
            message.printed[: self._limits.output_bytes],
            message.value,
            error,
            plain(message.answer),
            tuple(calls.done),
            (perf_counter() - start) * 1000,
            calls.ms,
        )

    def _time_of(self, history: list[dict[str, Any]]) -> float:
        """Return how many seconds earlier steps may take again, at most as often a step's limit as there are steps."""
        most = self._limits.step_s + _GRACE_S
        return _SLOWER * sum(min(float(step.get("s", most)), most) for step in history)


_SAID: Final = {StepEnd.TIMEOUT: "TimeoutError: the step ran too long", StepEnd.CRASHED: "the interpreter crashed"}


class _Dialogue:
    """What is said between the host and one child."""

    def __init__(self, child: subprocess.Popen[bytes], calls: HostCalls, limits: SandboxLimits) -> None:
        self._child, self._calls, self._limits = child, calls, limits
        self._buffer = b""
        # How long the step ran, without its calls.
        self.step_s = 0.0

    def hold(self, order: dict[str, Any]) -> tuple[_Message, StepEnd | None]:
        """Give the order, answer calls, and return the child's last word, or how it was stopped."""
        left, counting = _START_S + float(order["history_s"]), False
        try:
            self._send(order)
            while True:
                start = perf_counter()
                message = self._receive(left)
                waited = perf_counter() - start
                left, self.step_s = left - waited, self.step_s + waited if counting else 0.0
                if message is None:
                    return _Message(), StepEnd.TIMEOUT
                if message.call and counting and self._calls.failure is None:
                    self._send(self._answer(message))
                elif message.ready and not counting:
                    left, counting = self._limits.step_s + _GRACE_S, True
                elif message.end in set(StepEnd) and counting:
                    return message, None
                else:
                    return _Message(), StepEnd.CRASHED
        except (OSError, ValueError, ValidationError):
            return _Message(), StepEnd.CRASHED

    def _answer(self, message: _Message) -> dict[str, JsonValue]:
        try:
            return {"result": self._calls.call(message.call, message.arguments, message.named)}
        except ToolError as error:
            return {"error": str(error) or "refused"}
        except KeyError:
            return {"error": f"there is no function {message.call[:100]!r}"}

    def _send(self, message: dict[str, Any]) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(message).encode() + b"\n")
        self._child.stdin.flush()

    def _receive(self, wait_s: float) -> _Message | None:
        """Return the next line, or None when it does not come in time; raise ValueError when it is too long or cut."""
        assert self._child.stdout is not None
        deadline = perf_counter() + wait_s
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._child.stdout], [], [], max(0.0, deadline - perf_counter()))
            if not ready:
                return None
            part = os.read(self._child.stdout.fileno(), 1 << 16)
            self._buffer += part
            if not part or len(self._buffer) > _MAX_LINE:
                raise ValueError("the child says nothing, or too much")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return _Message.model_validate_json(line)


@contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """Yield an isolated child, which is dead afterwards, with all that it started."""
    child = subprocess.Popen(
        _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, close_fds=True
    )
    try:
        yield child
    finally:
        # The namespace's first process dies with bwrap, and everything in it with that one.
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


def _command() -> list[str]:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxError("there is no `bwrap` on this machine")
    python = Path(os.path.realpath(sys.executable))
    shown: list[str] = []
    for folder in dict.fromkeys(("/usr", "/lib", "/lib64", "/lib32", sys.base_prefix)):
        if Path(folder).is_symlink():
            shown += ["--symlink", os.readlink(folder), folder]
        elif Path(folder).is_dir() and (folder == "/usr" or not folder.startswith("/usr/")):
            shown += ["--ro-bind", folder, folder]
    for name in PACKAGES:
        package = _package(name)
        if package is not None:
            shown += ["--ro-bind", str(package), f"/packages/{name}"]
    return [
        bwrap, "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--die-with-parent",
        "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox", *shown,
        "--ro-bind", str(_CHILD), "/child.py", "--proc", "/proc", "--dev", "/dev",
        "--size", str(_TEMP_BYTES), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp", "--clearenv",
        "--setenv", "OPENBLAS_NUM_THREADS", "1", "--setenv", "HOME", "/tmp", "--setenv", "PYTHONHASHSEED", "0",
        str(python), "-I", "-S", "-B", "/child.py",
    ]  # fmt: skip


def _package(name: str) -> Path | None:
    """Return the folder of an installed package, or of the libraries that lie beside it."""
    found = util.find_spec(name.partition(".")[0])
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations)))
    folder = folder if "." not in name else folder.with_name(name)
    return folder if folder.is_dir() else None
