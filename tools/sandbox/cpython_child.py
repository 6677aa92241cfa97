"""What runs inside the full-CPython sandbox: a script of the standard library alone, never imported by the host.

One line of JSON comes in: `limits`, names of host functions, `history` of earlier steps and the seconds that it may
take, `code`; then one with `code` for each further step. Lines go out: `started` (once), and for each step `ready`,
`call` (answered by one line), and at last `end`. Earlier steps are run again with the results that their calls had and
the same random numbers. Nothing here is trusted by the host: isolation is the kernel's work (bubblewrap, the filter
below, rlimits), this script only keeps honest code comfortable.
"""

from __future__ import annotations

import _random
import ast
import contextlib
import ctypes
import itertools
import json
import math
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

# As in host_calls.py.
MAX_TEXT, MAX_VALUES, MAX_DEPTH, MAX_ARGUMENTS, MAX_DIGITS, MAX_CHARACTERS = 10_000, 2_000, 6, 16, 4_000, 100_000
ANSWER_USE = "final_answer takes one value, as in final_answer(42)"
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
# Per machine: AUDIT_ARCH, the numbers of clone, clone3 and mmap, and of what is refused outright.
# New processes, programs and sockets: fork, vfork, execve, execveat, socket, socketpair.
# Others' affairs: ptrace, mount, umount2, pivot_root, unshare, setns, bpf, userfaultfd, perf_event_open, keyctl,
# add_key, request_key, io_uring_setup, process_vm_readv and _writev, open_by_handle_at, kexec, init_module.
# Memory that no rlimit counts: memfd_create, shmget, shmat, msgget, semget, mq_open, io_setup.
_SYSCALLS = {
    "x86_64": (
        0xC000003E, 56, 435, 9,
        (57, 58, 59, 322, 41, 53, 101, 165, 166, 155, 272, 308, 321, 323, 298, 250, 248, 249, 425, 310, 311, 304, 246,
         175, 319, 29, 30, 68, 64, 240, 206),
    ),
    "aarch64": (
        0xC00000B7, 220, 435, 222,
        (221, 281, 198, 199, 117, 40, 39, 41, 97, 268, 280, 282, 241, 219, 217, 218, 425, 270, 271, 265, 104, 105, 279,
         194, 196, 186, 190, 180, 0),
    ),
}  # fmt: skip
# The same on both: open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, memfd_secret.
_NEW_SYSCALLS = (428, 429, 430, 431, 432, 433, 442, 447)
_SHARED_AND_ANONYMOUS = 0x21


class _Answered(BaseException):
    """Ends a step at its final answer; nothing that `except Exception` could catch."""


class _OutputFull(BaseException):
    """Ends a step that prints too much."""


class _OutOfTime(BaseException):
    """Ends a step that runs too long."""


class _Printed:
    """A text stream that takes so many characters a step."""

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.begin()

    def begin(self) -> None:
        """Forget what was printed."""
        self._parts: list[str] = []
        self._left = self._limit

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def write(self, text: str) -> int:
        self._left -= len(text)
        if self._left < 0:
            raise _OutputFull
        self._parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: there is no buffer."""


class _Channel:
    """The two pipes to the host."""

    def __init__(self) -> None:
        self._read = os.fdopen(os.dup(0), "r", encoding="utf-8")
        self._write = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)

    def receive(self) -> Any:
        line = self._read.readline()
        if not line:
            os._exit(0)  # the host is gone
        return json.loads(line)

    def send(self, message: dict[str, Any]) -> None:
        self._write.write(json.dumps(message, ensure_ascii=False) + "\n")
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

    def run_again(self, steps: list[dict[str, Any]], printed: _Printed) -> None:
        for step in steps:
            self._recorded = list(step["calls"])
            printed.begin()
            with contextlib.suppress(BaseException):
                run_code(step["code"], self.names)
        self._recorded = None

    def _function(self, name: str) -> Callable[..., Any]:
        def function(*arguments: object, **named: object) -> Any:
            if self._recorded is not None:
                reply = self._recorded.pop(0) if self._recorded else {"error": "nothing is known of this call"}
            else:
                given = plain(arguments[: MAX_ARGUMENTS + 1])
                few = plain(dict(itertools.islice(named.items(), MAX_ARGUMENTS)))
                self._channel.send({"call": name, "arguments": given, "named": few})
                reply = self._channel.receive()
            if reply.get("error"):
                raise ValueError(reply["error"])
            return reply["result"]

        function.__name__ = name
        return function

    def _answer(self, *arguments: object, **named: object) -> None:
        given = [*arguments, *named.values()]
        if len(given) != 1 or named.keys() - {"answer"}:
            raise ValueError(ANSWER_USE)
        self.answers.append(plain(given[0]))
        raise _Answered


class _Room:
    """How many values and characters a plain value may still have."""

    def __init__(self) -> None:
        self.values, self.characters = MAX_VALUES, MAX_CHARACTERS


def plain(value: object, depth: int = MAX_DEPTH, room: _Room | None = None) -> Any:
    """Return any object as what JSON can hold, within bounds; numbers of numpy and sympy become Python's."""
    room = room or _Room()
    room.values -= 1
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text_within(value, room)
    if isinstance(value, numbers.Integral) or getattr(value, "is_Integer", False) is True:
        whole = int(value)  # type: ignore[call-overload]
        bits = whole.bit_length()
        room.characters -= min(bits, MAX_DIGITS * 3) // 3
        return whole if bits < MAX_DIGITS * 3 else f"an integer of {bits} bits"
    if isinstance(value, numbers.Rational):
        return text_within(str(value), room)
    if isinstance(value, numbers.Real) or getattr(value, "is_Float", False) is True:
        number = float(value)  # type: ignore[arg-type]
        return number if math.isfinite(number) else str(number)
    if depth and hasattr(value, "tolist"):
        return plain(value.tolist(), depth - 1, room)
    if depth and isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, each in value.items():
            if room.values <= 0 or room.characters <= 0:
                break
            found[text_within(str(key), room)] = plain(each, depth - 1, room)
        return found
    if depth and isinstance(value, list | tuple | set | frozenset):
        items: list[Any] = []
        for each in value:
            if room.values <= 0 or room.characters <= 0:
                break
            items.append(plain(each, depth - 1, room))
        return items
    return text_within(str(value), room)


def text_within(text: str, room: _Room) -> str:
    """Return a text that can be sent: as much of it as there is room for, no lone surrogates."""
    text = sendable(text[: max(0, min(MAX_TEXT, room.characters))])
    room.characters -= len(text)
    return text


def sendable(text: str) -> str:
    """Return a text without lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def run_code(code: str, names: dict[str, Any]) -> Any:
    """Run a step; return the value of its last statement, if that is an expression."""
    tree = ast.parse(code, "<step>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<step>", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<step>", "eval"), names)
    return None


def limit(limits: dict[str, Any]) -> None:
    """Bound what this process may use up in its life, once and for all; the host's clock bounds each step."""
    for name, most in (
        ("AS", int(limits["address_bytes"])),
        ("DATA", int(limits["data_bytes"])),
        ("FSIZE", int(limits["files_bytes"])),
        ("NOFILE", 64),
        ("CORE", 0),
        ("CPU", math.ceil(limits["cpu_s"])),
    ):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
    sys.setrecursionlimit(int(limits["recursion"]))


def forbid() -> None:
    """Have the kernel refuse new processes, programs, sockets and memory that no limit counts (seccomp).

    Threads are left, for numpy.
    """
    architecture, clone, clone3, mmap, refused = _SYSCALLS[platform.machine()]
    load, equal, at_least, has_bit, and_with, give = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
    # (code, jump if true, jump if false, value); at 0, 4, 16 and 40 stand a call's number, its machine, its first and
    # its fourth argument.
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, _EPERM), (load, 0, 0, 0)]
    program += [(at_least, 0, 1, 0x40000000), (give, 0, 0, _EPERM)]
    for number in (*refused, *_NEW_SYSCALLS):
        program += [(equal, 0, 1, number), (give, 0, 0, _EPERM)]
    program += [(equal, 0, 1, clone3), (give, 0, 0, _ENOSYS)]
    # A clone that is a thread (CLONE_THREAD) may be; memory that is shared and belongs to no file may not.
    program += [(equal, 0, 3, clone), (load, 0, 0, 16), (has_bit, 1, 0, 0x10000), (give, 0, 0, _EPERM)]
    program += [(load, 0, 0, 0), (equal, 0, 4, mmap), (load, 0, 0, 40), (and_with, 0, 0, _SHARED_AND_ANONYMOUS)]
    program += [(equal, 0, 1, _SHARED_AND_ANONYMOUS), (give, 0, 0, _EPERM), (give, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    prog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    at = ctypes.addressof(prog)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_PR_SET_SECCOMP, _FILTER, at, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def fix_chance() -> None:
    """Have all random numbers, those of numpy too, come from one seed: an earlier step then does again what it did."""
    source = _random.Random(0)
    os.urandom = lambda size: source.getrandbits(8 * size).to_bytes(size, "little") if size else b""
    import random

    seed_as_before = random.Random.seed

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        seed_as_before(self, int.from_bytes(os.urandom(32), "little") if a is None else a, version)

    random.Random.seed = seed  # type: ignore[method-assign]
    random.seed = random._inst.seed
    random.seed()


def out_of_time(_signal: int, _frame: object) -> None:
    """End the step: its time is over."""
    raise _OutOfTime


def run_step(session: _Session, code: str) -> dict[str, Any]:
    """Run the step and return how it ended."""
    try:
        value = run_code(code, session.names)
        text = "" if value is None else value if isinstance(value, str) else repr(value)
        found = {"end": "done", "value": sendable(text[:MAX_TEXT])}
    except _Answered:
        found = {"end": "answered"}
    except _OutOfTime:
        found = {"end": "timeout"}
    except _OutputFull:
        found = {"end": "output", "error": "OutputError: too much was printed"}
    except MemoryError:
        found = {"end": "memory", "error": "MemoryError: the step needs too much memory"}
    except SyntaxError as error:
        found = {"end": "syntax", "error": sendable(f"line {error.lineno}: SyntaxError: {error.msg}"[:MAX_TEXT])}
    except ImportError as error:
        text = f"{type(error).__name__}: {error}"
        found = {"end": "import", "error": sendable(text[:MAX_TEXT]) + " (numpy and sympy can be imported)"}
    except BaseException as error:
        lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == "<step>"]
        where = f"line {lines[-1]}: " if lines else ""
        found = {"end": "raised", "error": sendable(f"{where}{type(error).__name__}: {error}"[:MAX_TEXT])}
    return found


def do_step(session: _Session, code: str, printed: _Printed, step_s: float) -> dict[str, Any]:
    """Run the step within its time, and return all that is to be said of it."""
    session.answers.clear()
    printed.begin()
    try:
        signal.signal(signal.SIGPROF, out_of_time)
        signal.setitimer(signal.ITIMER_PROF, step_s)
        found = run_step(session, code)
        signal.setitimer(signal.ITIMER_PROF, 0)
    except _OutOfTime:  # while an error was put into words, say
        found = {"end": "timeout"}
    if session.answers:
        found = {"end": "answered", "answer": session.answers[0]}
    return {**found, "printed": sendable(printed.text)}


def main() -> None:
    """Run steps for the host, until one is cut off or the host is gone."""
    channel = _Channel()
    order = channel.receive()
    limits = order["limits"]
    sys.path[:] = [*[path for path in sys.path if "site-packages" not in path], "/packages"]
    limit(limits)
    forbid()
    fix_chance()
    time.sleep = lambda _seconds: None
    session, printed = _Session(channel, order["functions"]), _Printed(limits["output_bytes"])
    sys.stdout = sys.stderr = printed
    channel.send({"started": True})
    session.run_again(order["history"], printed)
    while True:
        channel.send({"ready": True})
        channel.send(do_step(session, order["code"], printed, limits["step_s"]))
        order = channel.receive()


if __name__ == "__main__":
    main()
