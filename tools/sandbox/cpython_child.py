"""What runs inside the full-CPython sandbox: a script of the standard library alone, never imported by the host.

One line of JSON comes in (`limits`, `history` of earlier steps and the seconds that it may take, `code`, names of host
functions); lines go out: `ready`, `call` (answered by one line), and at last `end`. Earlier steps are run again with
the results that their calls had, so any Python value survives between steps. Nothing here is trusted by the host:
isolation is the kernel's work (bubblewrap, the filter below, rlimits), this script only keeps honest code comfortable.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import json
import numbers
import os
import platform
import resource
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

MAX_TEXT = 10_000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
# Per machine: AUDIT_ARCH, the number of clone, of clone3, and of what is refused outright: fork, vfork, execve,
# execveat, socket, socketpair, ptrace, mount, umount2, pivot_root, unshare, setns, bpf, userfaultfd, perf_event_open,
# keyctl, add_key, request_key, io_uring_setup, process_vm_readv and _writev, open_by_handle_at, kexec, init_module.
_SYSCALLS = {
    "x86_64": (
        0xC000003E, 56, 435,
        (57, 58, 59, 322, 41, 53, 101, 165, 166, 155, 272, 308, 321, 323, 298, 250, 248, 249, 425, 310, 311, 304, 246,
         175),
    ),
    "aarch64": (
        0xC00000B7, 220, 435,
        (221, 281, 198, 199, 117, 40, 39, 41, 97, 268, 280, 282, 241, 219, 217, 218, 425, 270, 271, 265, 104, 105),
    ),
}  # fmt: skip


class _Answered(BaseException):
    """Ends a step at its final answer; nothing that `except Exception` could catch."""


class _OutputFull(BaseException):
    """Ends a step that prints too much."""


class _OutOfTime(BaseException):
    """Ends a step that runs too long."""


class _Printed:
    """A text stream that takes so many bytes."""

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self.parts: list[str] = []
        self._left = limit

    def write(self, text: str) -> int:
        self._left -= len(text)
        if self._left < 0:
            raise _OutputFull
        self.parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: there is no buffer."""


class _Channel:
    """The two pipes to the host."""

    def __init__(self) -> None:
        self._read, self._write = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)

    def receive(self) -> Any:
        return json.loads(self._read.readline())

    def send(self, message: dict[str, Any]) -> None:
        self._write.write(json.dumps(message) + "\n")
        self._write.flush()


class _Session:
    """The namespace of a session, and its host functions: recorded while history is run again, asked after that."""

    def __init__(self, channel: _Channel, functions: list[str]) -> None:
        self.answers: list[Any] = []
        self._channel = channel
        self._recorded: list[dict[str, Any]] | None = None
        self.names: dict[str, Any] = {"__name__": "__main__", "final_answer": self._answer}
        for name in functions:
            self.names[name] = self._function(name)

    def run_again(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            self._recorded = list(step["calls"])
            with contextlib.suppress(BaseException):
                run_code(step["code"], self.names)
        self._recorded = None
        self.answers.clear()

    def _function(self, name: str) -> Callable[..., Any]:
        def function(*arguments: object, **named: object) -> Any:
            if self._recorded is not None:
                reply = self._recorded.pop(0) if self._recorded else {"error": "nothing is known of this call"}
            else:
                self._channel.send({"call": name, "arguments": plain(arguments), "named": plain(named)})
                reply = self._channel.receive()
            if reply.get("error"):
                raise ValueError(reply["error"])
            return reply["result"]

        function.__name__ = name
        return function

    def _answer(self, answer: object) -> None:
        self.answers.append(plain(answer))
        raise _Answered


def plain(value: object, depth: int = 0) -> Any:
    """Return any object as what JSON can hold; numbers of numpy and sympy become Python's."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Integral) or getattr(value, "is_Integer", False) is True:
        return int(value)  # type: ignore[call-overload]
    if isinstance(value, numbers.Rational):
        return str(value)
    if isinstance(value, numbers.Real) or getattr(value, "is_Float", False) is True:
        return float(value)  # type: ignore[arg-type]
    if hasattr(value, "tolist") and depth < 6:
        return plain(value.tolist(), depth + 1)
    if depth < 6 and isinstance(value, dict):
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if depth < 6 and isinstance(value, list | tuple | set | frozenset):
        return [plain(each, depth + 1) for each in value]
    return str(value)[:MAX_TEXT]


def run_code(code: str, names: dict[str, Any]) -> Any:
    """Run a step; return the value of its last statement, if that is an expression."""
    tree = ast.parse(code, "<step>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<step>", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<step>", "eval"), names)
    return None


def limit(limits: dict[str, Any], history_s: float) -> None:
    """Bound what this process may use up, once and for all."""
    memory = int(limits["memory_bytes"])
    limit_time(limits["step_s"] + history_s)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(int(limits["recursion"]))


def limit_time(seconds: float) -> None:
    """Bound how much longer this process may compute; a bound that was set is never raised."""
    most = int(time.process_time() + seconds) + 2
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    hard = most + 1 if hard == resource.RLIM_INFINITY else min(most + 1, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(most, hard), hard))


def forbid_processes() -> None:
    """Have the kernel refuse new processes, programs and sockets (seccomp); threads are left, for numpy."""
    architecture, clone, clone3, refused = _SYSCALLS[platform.machine()]
    load, equal, at_least, has_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    # (code, jump if true, jump if false, value); at 0, 4 and 16 stand a call's number, its machine, its first argument.
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, _EPERM), (load, 0, 0, 0)]
    program += [(at_least, 0, 1, 0x40000000), (give, 0, 0, _EPERM)]
    for number in refused:
        program += [(equal, 0, 1, number), (give, 0, 0, _EPERM)]
    program += [(equal, 0, 1, clone3), (give, 0, 0, _ENOSYS)]
    # A clone that is a thread (CLONE_THREAD) may be.
    program += [(equal, 0, 3, clone), (load, 0, 0, 16), (has_bit, 1, 0, 0x10000), (give, 0, 0, _EPERM)]
    program += [(give, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    prog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    at = ctypes.addressof(prog)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _FILTER, at, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def out_of_time(_signal: int, _frame: object) -> None:
    """End the step: its time is over."""
    raise _OutOfTime


def run_step(session: _Session, code: str, printed: _Printed) -> dict[str, Any]:
    """Run the step and return how it ended."""
    try:
        value = run_code(code, session.names)
        text = "" if value is None else value if isinstance(value, str) else repr(value)
        found = {"end": "done", "value": text[:MAX_TEXT]}
    except _Answered:
        found = {"end": "answered"}
    except _OutOfTime:
        found = {"end": "timeout", "error": "TimeoutError: the step ran too long"}
    except _OutputFull:
        found = {"end": "output", "error": "OutputError: too much was printed"}
    except MemoryError:
        found = {"end": "memory", "error": "MemoryError: the step needs too much memory"}
    except SyntaxError as error:
        found = {"end": "syntax", "error": f"line {error.lineno}: SyntaxError: {error.msg}"}
    except ImportError as error:
        found = {"end": "import", "error": f"{type(error).__name__}: {error} (numpy and sympy can be imported)"}
    except BaseException as error:
        lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == "<step>"]
        where = f"line {lines[-1]}: " if lines else ""
        found = {"end": "raised", "error": f"{where}{type(error).__name__}: {str(error)[:MAX_TEXT]}"}
    if session.answers:
        found = {"end": "answered", "answer": session.answers[0]}
    return {**found, "printed": "".join(printed.parts)}


def main() -> None:
    """Run one step for the host."""
    channel = _Channel()
    order = channel.receive()
    sys.path[:] = [*[path for path in sys.path if "site-packages" not in path], "/packages"]
    limit(order["limits"], order["history_s"])
    forbid_processes()
    time.sleep = lambda _seconds: None
    session, printed = _Session(channel, order["functions"]), _Printed(order["limits"]["output_bytes"])
    sys.stdout = sys.stderr = _Printed(10**9)
    session.run_again(order["history"])
    limit_time(order["limits"]["step_s"])
    sys.stdout = sys.stderr = printed
    channel.send({"ready": True})
    signal.signal(signal.SIGPROF, out_of_time)
    signal.setitimer(signal.ITIMER_PROF, order["limits"]["step_s"])
    found = run_step(session, order["code"], printed)
    signal.setitimer(signal.ITIMER_PROF, 0)
    channel.send(found)
    os._exit(0)


if __name__ == "__main__":
    main()
