"""Full CPython: what a session keeps, how it is brought back, how much it can hold, and what it sees of the machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import util
from pathlib import Path

import pytest
from tests.tools.sandbox.attacks import HOLDS

from stillroom.tools.sandbox import EMPTY, SandboxError, SandboxLimits, StepEnd
from stillroom.tools.sandbox.bubblewrap import IsolatedProcess, find_interpreter
from stillroom.tools.sandbox.cpython_dialogue import Dialogue
from stillroom.tools.sandbox.cpython_sandbox import CPythonSandbox
from stillroom.tools.sandbox.host_calls import HostCalls

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="full CPython is isolated by bubblewrap, which is not installed"
)
LIMITS = SandboxLimits(step_s=1.0, memory_bytes=48 * 2**20)
MB = 2**20
CHANCE = """
import random, secrets, uuid
import numpy
x = [random.random(), random.Random().random(), secrets.randbits(60), numpy.random.rand(), uuid.uuid4().int % 10**6]
x += [numpy.random.default_rng().random(), hash("a word"), random.SystemRandom().random()]
x
"""
# Programs add up what they hold, in MB, and stop at so much: the machine of the test is not to be filled.
HELD = """
import ctypes, mmap, os
libc = ctypes.CDLL(None)
held, kept = 0, []

def files():
    for folder in ("/tmp", "/dev", "/dev/shm", "/var/tmp", "/run", "/python", "/packages", "/"):
        for n in range(8):
            yield lambda: os.open(f"{folder}/{n}", os.O_RDWR | os.O_CREAT)
    for n in range(8):
        yield lambda: os.memfd_create(str(n))

for make in files():
    try:
        kept.append(make())
        while held < 500:
            held += os.write(kept[-1], b"x" * 2**20) / 2**20
    except OSError:
        pass
while held < 500:
    try:
        kept.append(mmap.mmap(-1, 2**22))
        kept[-1].write(b"x" * 2**22)
        held += 4
    except (OSError, MemoryError):
        break
while held < 500:
    segment = libc.shmget(0, 2**22, 0o1666)
    if segment < 0:
        break
    held += 4
while held < 500:
    try:
        kept.append(bytearray(b"x") * 2**21)
        held += 2
    except MemoryError:
        break
print(round(held))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[CPythonSandbox]:
    with CPythonSandbox(LIMITS) as opened:
        yield opened


def processes() -> list[int]:
    """Return this process's children that are bubblewrap."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if name == "bwrap" and int(rest.split()[1]) == os.getpid():
                found.append(int(entry.name))
    return found


def only_child(pid: int) -> int:
    """Return the one child that a process has."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


def state_of(pid: int) -> str:
    """Return a process's state: T for one that is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_session_goes_on_where_it_was_and_nothing_is_run_again(sandbox: CPythonSandbox) -> None:
    state = sandbox.run(
        "import time\nt = time.perf_counter_ns()\nwith open('note', 'w') as f:\n    f.write('kept')"
    ).state
    first = sandbox.run("t", state)
    second = sandbox.run("(t, open('note').read())", first.state)
    assert second.value == f"({first.value}, 'kept')"


def test_random_numbers_are_kept_and_come_again_when_steps_are_run_again(sandbox: CPythonSandbox) -> None:
    made = sandbox.run(CHANCE)
    assert made.end is StepEnd.DONE
    following = [sandbox.run("[*x, random.random(), numpy.random.rand()]", made.state).value for _ in range(3)]
    assert following[0].startswith(made.value[:-1])
    assert following[1:] == following[:1] * 2  # the first went on, the others were brought there


def test_a_step_that_only_blocks_when_it_is_run_again_stops_no_step_for_long(sandbox: CPythonSandbox) -> None:
    state = sandbox.run(
        "import select\nif final_answer.__self__._recorded is not None:\n    select.select([], [], [], 60)\nkept = 1"
    ).state
    assert sandbox.run("kept", state).value == "1"
    start = time.perf_counter()
    again = sandbox.run("kept", state)
    assert time.perf_counter() - start < 12  # two seconds and some, and what it takes to start
    assert (again.end, again.state) == (StepEnd.TIMEOUT, state)
    assert "run again" in again.error


def test_few_processes_are_kept_and_none_is_left(sandbox: CPythonSandbox) -> None:
    before = len(processes())
    with CPythonSandbox(LIMITS) as other:
        states = [other.run(f"kept = {n}").state for n in range(9)]
        assert 1 <= len(processes()) - before <= 4
        assert [other.run("kept", state).value for state in states] == [str(n) for n in range(9)]
        assert len(processes()) - before <= 4
        other.run("final_answer(1)", states[0])
        other.run("while True: pass", states[1])
        assert len(processes()) - before <= 4
    assert len(processes()) == before


def test_a_process_that_is_kept_does_not_run() -> None:
    spin = "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin, daemon=True).start()"
    with CPythonSandbox(LIMITS) as sandbox:
        before = set(processes())
        state = sandbox.run(f"{spin}\nkept = 1").state
        (kept,) = set(processes()) - before
        python = only_child(only_child(kept))  # after bubblewrap and the namespace's first process
        until = time.perf_counter() + 20
        while state_of(python) != "T" and time.perf_counter() < until:
            time.sleep(0.01)  # a signal takes a moment
        assert state_of(python) == "T"
        assert sandbox.run("kept", state).value == "1"


def test_a_session_whose_process_is_gone_is_brought_back() -> None:
    with CPythonSandbox(LIMITS) as sandbox:
        before = set(processes())
        state = sandbox.run("import random\nx = random.random()\nx").state
        value = sandbox.run("x").end
        assert value is StepEnd.RAISED
        kept = set(processes()) - before
        inside = [only_child(only_child(pid)) for pid in kept]
        for pid in kept:
            os.kill(pid, signal.SIGKILL)
        until = time.perf_counter() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in inside) and time.perf_counter() < until:
            time.sleep(0.01)  # what is inside dies with bubblewrap, a moment later
        found = sandbox.run("(x, 'back')", state)
        assert found.end is StepEnd.DONE and found.value.endswith("'back')")


def test_a_process_outlives_the_thread_that_asked_for_it(sandbox: CPythonSandbox) -> None:
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(sandbox.run, "import time\nt = time.perf_counter_ns()\nt").result()
    time.sleep(0.5)  # for a signal to arrive
    assert sandbox.run("t", made.state).value == made.value


def test_a_session_with_other_functions_does_not_get_those_of_before(sandbox: CPythonSandbox) -> None:
    state = sandbox.run("x = 1", functions={"search": lambda query: query}).state
    assert sandbox.run("look(x)", state, {"look": lambda query: query}).value == "1"
    assert sandbox.run("search(x)", state).end is StepEnd.RAISED


def test_bytes_that_are_no_state_are_refused(sandbox: CPythonSandbox) -> None:
    for state in (b"no state", b"{}", b'[{"code": 1}]', json.dumps([{"calls": []}]).encode()):
        with pytest.raises(SandboxError, match="these bytes are no state of full CPython"):
            sandbox.run("1", state)


def test_what_a_session_can_hold_is_about_its_limit() -> None:
    with CPythonSandbox(replace(LIMITS, step_s=20.0)) as sandbox:
        found = sandbox.run(HELD)
    assert found.end is StepEnd.DONE
    # Its limit, a quarter more in /tmp, and what numpy and sympy may take, which were not imported.
    allowed = 48 + 12 + 48 + find_interpreter().data_bytes // MB
    assert 30 < int(found.printed) < allowed < 400


def test_a_small_limit_is_one(sandbox: CPythonSandbox) -> None:
    with CPythonSandbox(replace(LIMITS, memory_bytes=16 * MB)) as small:
        assert small.run("x = bytearray(300 * 2 ** 20)").end is StepEnd.MEMORY
        assert small.run("import numpy, sympy\nx = numpy.ones(2 ** 20)").end is StepEnd.DONE


@pytest.mark.parametrize("program", HOLDS.strip("\n").split("\n---\n"))
def test_memory_that_is_no_object_is_refused(sandbox: CPythonSandbox, program: str) -> None:
    kept = sandbox.run("kept = 1").state
    found = sandbox.run(program.format(secret="/x", port=9), kept)
    if found.end in (StepEnd.MEMORY, StepEnd.TIMEOUT, StepEnd.CRASHED):
        assert found.state == kept
    else:
        assert found.end is StepEnd.RAISED or "-1" in found.printed


def test_files_without_end_are_stopped_before_they_fill_the_kernels_memory(sandbox: CPythonSandbox) -> None:
    found = sandbox.run("import os\nn = 0\nwhile True:\n    os.mkdir(f'/tmp/{n}')\n    n += 1")
    assert found.end is StepEnd.MEMORY and "more than 2000 files" in found.error


def test_only_python_its_library_and_two_packages_are_seen(sandbox: CPythonSandbox) -> None:
    seen = sandbox.run(
        "import os, sys\ndef names(folder):\n    return sorted(os.listdir(folder)) if os.path.exists(folder) else []\n"
        "[*map(names, ('/', '/dev', '/packages', '/python/bin', os.path.dirname(os.__file__) + '/site-packages')),"
        " sys.base_prefix]"
    )
    root, devices, packages, programs, others, prefix = eval(seen.value)
    assert {name for name in root if not name.startswith("lib")} == {
        "child.py", "dev", "packages", "proc", "python", "tmp"
    }  # fmt: skip
    assert devices == ["null", "random", "urandom", "zero"]
    assert [name for name in packages if not name.endswith(".libs")] == ["mpmath", "numpy", "sympy"]
    assert len(programs) == 1 and others == [] and prefix == "/python"
    for module in ("pydantic", "pytest", "pip", "stillroom"):
        assert sandbox.run(f"import {module}").end is StepEnd.IMPORT
    mounts = sandbox.run("[line.split()[4] for line in open('/proc/self/mountinfo')]").value
    assert "'/'" in mounts and "'/tmp'" in mounts
    for folder in ("/usr", "/etc", "/home", "/root", "/var", "/sys", "/dev/shm"):
        assert f"'{folder}" not in mounts


def test_the_standard_library_has_its_shared_libraries(sandbox: CPythonSandbox) -> None:
    for module in ("ssl", "sqlite3", "ctypes", "zlib", "lzma", "bz2", "hashlib", "decimal", "unicodedata"):
        if util.find_spec(module) is not None:
            assert sandbox.run(f"import {module}").end is StepEnd.DONE, module
    assert sandbox.run("import numpy.linalg\nnumpy.linalg.det(numpy.eye(3))").value == "np.float64(1.0)"


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local"])
def test_a_python_of_the_system_can_be_shown_too(prefix: str) -> None:
    python = f"{prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if not os.path.exists(python):
        pytest.skip(f"there is no {python}")
    dialogue = Dialogue(IsolatedProcess(find_interpreter(python), 2**20), LIMITS)
    limits = {"step_s": 5, "recursion": 300, "output_bytes": 999, "files_bytes": 2**20, "cpu_s": 30}
    limits |= {"data_bytes": 400 * MB, "address_bytes": 900 * MB}
    order = {
        "limits": limits,
        "history": [],
        "functions": [],
        "code": "import numpy, sympy, ssl\nnumpy.arange(3).sum()",
    }
    try:
        report = dialogue.begin(order, 1.0, HostCalls({}, 1))
    finally:
        dialogue.child.end()
    assert (report.end, report.value) == (StepEnd.DONE, "np.int64(3)")


def test_what_cannot_be_found_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="what the interpreter .*false needs cannot be found out"):
        find_interpreter(shutil.which("false"))
    with pytest.raises(SandboxError, match="cannot be found out"):
        find_interpreter(str(tmp_path / "python"))
    real = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "mpmath" else real(name))
    with pytest.raises(SandboxError, match="mpmath is not installed"), CPythonSandbox():
        pass


def test_an_empty_state_is_a_new_session(sandbox: CPythonSandbox) -> None:
    sandbox.run("kept = 1")
    assert sandbox.run("kept", EMPTY).end is StepEnd.RAISED
