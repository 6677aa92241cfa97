"""A process under bubblewrap that has a Python with numpy and sympy and next to nothing else.

Contract: no network, own process table, no capabilities; a read-only root that holds the interpreter, its standard
library, four packages and the shared libraries that these load, under names that say nothing of the host; four devices;
one small /tmp in memory. SandboxError where bubblewrap or something of that is missing.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import util
from pathlib import Path
from time import perf_counter
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from stillroom.tools.sandbox.execution import SandboxError

PACKAGES: Final = ("numpy", "sympy", "mpmath")
_CHILD: Final = Path(__file__).with_name("cpython_child.py")
_NEEDS: Final = Path(__file__).with_name("interpreter_needs.py")
_NEEDS_S: Final = 120.0
# In the sandbox.
_PYTHON, _PACKAGES, _LIBRARIES = "/python", "/packages", "/libraries"
_DEVICES: Final = ("null", "zero", "random", "urandom")
# Folders of a standard library that hold what others installed.
_OTHERS: Final = ("site-packages", "dist-packages")
_PID: Final = re.compile(rb'"child-pid": (\d+)')


class Interpreter(BaseModel):
    """What is to be shown of this machine; see interpreter_needs.py, which says it."""

    model_config = ConfigDict(strict=True, frozen=True)

    executable: str
    prefix: str
    standard: str
    dynamic: str
    libraries: list[str]
    # What an interpreter with numpy and sympy takes for itself.
    data_bytes: int
    packages: dict[str, str] = {}

    @property
    def shown(self) -> list[str]:
        """Return bubblewrap's options for the files that the interpreter needs."""
        standard = self._inside(self.standard)
        options = ["--ro-bind", self.executable, self.program, "--ro-bind", self.standard, standard]
        if not _is_in(self.dynamic, self.standard):
            options += ["--ro-bind", self.dynamic, self._inside(self.dynamic)]
        for name in _OTHERS:
            if Path(self.standard, name).is_dir():
                options += ["--size", "4096", "--tmpfs", f"{standard}/{name}", "--remount-ro", f"{standard}/{name}"]
        for name, folder in self.packages.items():
            options += ["--ro-bind", folder, f"{_PACKAGES}/{name}"]
        parts = (self.standard, self.dynamic, *{os.path.dirname(folder) for folder in self.packages.values()})
        for library in dict.fromkeys(self.libraries):
            if not any(_is_in(library, part) for part in parts):
                name = os.path.basename(library)
                # The loader itself has one place, which every program names.
                inside = library if name.startswith(("ld-", "ld.", "ld64")) else f"{_LIBRARIES}/{name}"
                options += ["--ro-bind", os.path.realpath(library), inside]
        return options

    @property
    def program(self) -> str:
        """Return where the executable is in the sandbox."""
        return f"{_PYTHON}/bin/{os.path.basename(self.executable)}"

    def _inside(self, path: str) -> str:
        if not _is_in(path, self.prefix):
            raise SandboxError(
                f"this Python's library {path} is not in its prefix {self.prefix}, so it cannot be shown"
            )
        return f"{_PYTHON}/{os.path.relpath(path, self.prefix)}"


def _is_in(path: str, folder: str) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(os.path.normpath(folder))


def find_interpreter(executable: str | None = None) -> Interpreter:
    """Return what this Python (or another one) needs, having asked it; it must find numpy and sympy."""
    packages = {name: folder for name in PACKAGES for name, folder in _folders(name).items()}
    python = os.path.realpath(executable or getattr(sys, "_base_executable", "") or sys.executable)
    parents = dict.fromkeys(os.path.dirname(folder) for folder in packages.values())
    try:
        asked = subprocess.run(
            [python, "-I", "-S", "-B", str(_NEEDS), *parents],
            capture_output=True,
            timeout=_NEEDS_S,
            stdin=subprocess.DEVNULL,
            env={"OPENBLAS_NUM_THREADS": "1"} | {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"},
        )
        found = Interpreter.model_validate_json(asked.stdout).model_copy(update={"packages": packages})
    except (OSError, subprocess.TimeoutExpired, ValidationError) as error:
        said = asked.stderr.decode(errors="replace").strip().splitlines() if isinstance(error, ValidationError) else []
        why = said[-1] if said else type(error).__name__
        raise SandboxError(f"what the interpreter {python} needs cannot be found out: {why}") from error
    for path in (found.executable, f"{found.standard}/os.py", found.dynamic, *found.libraries):
        if not os.path.exists(path):
            raise SandboxError(f"full CPython needs {path}, and it cannot be found")
    return found


def _folders(name: str) -> dict[str, str]:
    """Return the folder of an installed package, and that of the libraries which lie beside it, if any."""
    spec = util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SandboxError(f"full CPython offers numpy and sympy, and {name} is not installed")
    folder = os.path.realpath(next(iter(spec.submodule_search_locations)))
    beside = f"{folder}.libs"
    return {name: folder} | ({f"{name}.libs": beside} if os.path.isdir(beside) else {})


def find_bubblewrap() -> str:
    """Return the path of `bwrap`."""
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxError(
            "full CPython is isolated by bubblewrap, and there is no `bwrap` here (Debian: apt install "
            "bubblewrap); the sandbox monty needs nothing"
        )
    return found


class IsolatedProcess:
    """The interpreter in its sandbox, running cpython_child.py; `end` it."""

    def __init__(self, interpreter: Interpreter, temp_bytes: int) -> None:
        """Start it."""
        told, tells = os.pipe()
        os.set_blocking(told, False)
        try:
            self._process = subprocess.Popen(
                _command(interpreter, temp_bytes, tells),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={}, bufsize=0, pass_fds=(tells,),
            )  # fmt: skip
        except BaseException as error:
            os.close(told)
            if isinstance(error, OSError):
                raise SandboxError(f"bubblewrap cannot be started: {error}") from error
            raise
        finally:
            os.close(tells)
        self._told, self._pidfd, self._files = told, -1, -1
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)

    def write(self, data: bytes, deadline: float) -> bool:
        """Write all of it and return True, or False when it is not read in time; OSError when nobody is there."""
        view = memoryview(data)
        while view:
            _, ready, _ = select.select([], [self._in], [], max(0.0, deadline - perf_counter()))
            if not ready:
                return False
            with suppress(BlockingIOError):
                view = view[os.write(self._in.fileno(), view) :]
        return True

    def read(self, deadline: float) -> bytes | None:
        """Return what it has said, empty when it has ended, None when it says nothing until then."""
        ready, _, _ = select.select([self._out], [], [], max(0.0, deadline - perf_counter()))
        return os.read(self._out.fileno(), 1 << 16) if ready else None

    def find(self) -> bool:
        """Learn which process the interpreter is, before it has run any code; return whether that was possible."""
        try:
            inits = _PID.search(os.read(self._told, 1 << 16))
            init = int(inits[1]) if inits else 0
            (pid,) = map(int, Path(f"/proc/{init}/task/{init}/children").read_text().split())
            self._files = os.open(f"/proc/{pid}/root/tmp", os.O_PATH | os.O_DIRECTORY)
            self._pidfd = os.pidfd_open(pid)
        except (OSError, ValueError):
            return False
        return True

    @property
    def n_files(self) -> int:
        """Return how many files there are in its /tmp, 0 where that cannot be told."""
        if self._files < 0:
            return 0
        found = os.fstatvfs(self._files)
        return found.f_files - found.f_ffree

    def pause(self) -> bool:
        """Have it not run until it is resumed; return whether that was possible."""
        return self._signal(signal.SIGSTOP)

    def resume(self) -> bool:
        """Have it go on; return whether it is there to do so."""
        return self._process.poll() is None and self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> bool:
        if self._pidfd < 0:
            return False
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except OSError:
            return False
        return True

    def end(self) -> None:
        """Kill it: the namespace's first process dies with bwrap, and everything in it with that one."""
        self._process.kill()
        self._process.wait()
        self._in.close()
        self._out.close()
        for descriptor in (self._told, self._pidfd, self._files):
            if descriptor >= 0:
                os.close(descriptor)


def _command(interpreter: Interpreter, temp_bytes: int, tells: int) -> list[str]:
    devices = [option for name in _DEVICES for option in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")]
    return [
        find_bubblewrap(), "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--die-with-parent",
        "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox", "--info-fd", str(tells), *interpreter.shown,
        "--ro-bind", str(_CHILD), "/child.py", "--proc", "/proc", *devices,
        "--size", str(temp_bytes), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp", "--clearenv",
        "--setenv", "LD_LIBRARY_PATH", _LIBRARIES, "--setenv", "OPENBLAS_NUM_THREADS", "1",
        "--setenv", "HOME", "/tmp", "--setenv", "PYTHONHASHSEED", "0",
        interpreter.program, "-P", "-s", "-S", "-B", "/child.py",
    ]  # fmt: skip
