"""What every sandbox keeps to, run on each of them; and what each refuses."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillroom.agents.solver.tool import Tool, ToolMemory
from stillroom.tools.call import ToolError
from stillroom.tools.sandbox import (
    SANDBOXES,
    HostFunction,
    Sandbox,
    SandboxError,
    SandboxLimits,
    StepEnd,
    cpython_sandbox,
    open_sandbox,
)
from stillroom.tools.sandbox.monty_sandbox import MODULES

CHILD = Path(cpython_sandbox.__file__).with_name("cpython_child.py")
LIMITS = SandboxLimits(step_s=0.5, memory_bytes=48 * 2**20, output_bytes=2000, n_calls=5)


needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="full CPython is isolated by bubblewrap, which is not installed"
)
EACH = [pytest.param(name, marks=needs_bubblewrap if name == "cpython" else ()) for name in sorted(SANDBOXES)]


@pytest.fixture(scope="module", params=EACH)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with open_sandbox(request.param, LIMITS) as opened:
        yield opened


def test_the_name_is_the_one_it_was_opened_by(sandbox: Sandbox) -> None:
    assert sandbox.name in SANDBOXES


@pytest.mark.parametrize(
    ("code", "printed", "value"),
    [
        ("1 + 1", "", "2"),
        ("x = 2", "", ""),
        ("print('a')\nprint('b')", "a\nb\n", ""),
        ("print('a')\n'text'", "a\n", "text"),
        ("[1, 'a', None, 2.5]", "", "[1, 'a', None, 2.5]"),
        ("def f(n):\n    return n * 2\n\nf(4)", "", "8"),
        ("import math\nround(math.sqrt(2), 3)", "", "1.414"),
        ("for i in range(3):\n    print(i, end=' ')", "0 1 2 ", ""),
        ("", "", ""),
        ("# nothing", "", ""),
    ],
)
def test_code_prints_and_says_its_last_value(sandbox: Sandbox, code: str, printed: str, value: str) -> None:
    found = sandbox.run(code)
    assert (found.end, found.printed, found.value, found.error) == (StepEnd.DONE, printed, value, "")
    assert found.is_valid
    assert found.observation == "\n".join(part for part in (printed.rstrip(), value) if part)


def test_names_functions_and_imports_are_kept_between_steps(sandbox: Sandbox) -> None:
    state = sandbox.run("import math\nn = 4\ndef area(r):\n    return math.floor(math.pi * r * r) + n").state
    state = sandbox.run("n = n + 1", state).state
    assert sandbox.run("area(2)", state).value == "17"  # the function sees the new n
    assert sandbox.run("n").end is StepEnd.RAISED  # another session


def test_a_fork_is_a_state_used_twice(sandbox: Sandbox) -> None:
    state = sandbox.run("kept = [1]").state
    first, second = sandbox.run("kept.append(2)\nkept", state), sandbox.run("kept.append(3)\nkept", state)
    assert (first.value, second.value) == ("[1, 2]", "[1, 3]")
    assert sandbox.run("kept", state).value == "[1]"
    assert sandbox.run("kept", first.state).value == "[1, 2]"


@pytest.mark.parametrize(
    ("code", "end", "words"),
    [
        ("x =", StepEnd.SYNTAX, "line 1: SyntaxError"),
        ("x = 1\n1 / 0", StepEnd.RAISED, "line 2: ZeroDivisionError"),
        ("undefined", StepEnd.RAISED, "NameError: name 'undefined' is not defined"),
        ("raise ValueError('my reason')", StepEnd.RAISED, "ValueError: my reason"),
        ("import pandas", StepEnd.IMPORT, "can be imported"),
        ("while True:\n    pass", StepEnd.TIMEOUT, "TimeoutError"),
        ("x = 'x' * 10 ** 10", StepEnd.MEMORY, "MemoryError"),
        ("while True:\n    print('x' * 500)", StepEnd.OUTPUT, "too much was printed"),
        ("def f():\n    return f()\nf()", StepEnd.RAISED, "RecursionError"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(sandbox: Sandbox, code: str, end: StepEnd, words: str) -> None:
    found = sandbox.run(code)
    assert found.end is end
    assert words in found.observation
    assert not found.is_valid


def test_what_was_done_before_an_exception_stays_done(sandbox: Sandbox) -> None:
    state = sandbox.run("a = 1").state
    failed = sandbox.run("a = 2\n1 / 0\na = 3", state)
    assert sandbox.run("a", failed.state).value == "2"


def test_code_that_exits_ends_its_step_and_not_the_session(sandbox: Sandbox) -> None:
    found = sandbox.run("a = 1\nraise SystemExit")
    assert found.end is StepEnd.RAISED
    assert sandbox.run("a", found.state).value == "1"


def test_what_was_done_before_a_cut_off_is_undone(sandbox: Sandbox) -> None:
    state = sandbox.run("a = 1").state
    stopped = sandbox.run("a = 2\nwhile True:\n    pass", state)
    assert stopped.end is StepEnd.TIMEOUT and stopped.state == state
    assert sandbox.run("a", stopped.state).value == "1"


@pytest.mark.parametrize(
    "code",
    [
        "x = 'x' * 20_000_000",  # takes too much to be dumped
        "x = ['ab' + str(n) for n in range(190_000)]",  # can be dumped, but not loaded again
    ],
)
def test_a_step_that_leaves_too_much_is_undone(code: str) -> None:
    with open_sandbox("monty", LIMITS) as sandbox:
        state = sandbox.run("a = 1").state
        found = sandbox.run(f"print('made')\na = 2\n{code}", state)
        assert (found.end, found.state, found.printed) == (StepEnd.MEMORY, state, "made\n")
        assert "set large values to None" in found.observation
        assert sandbox.run("a", found.state).value == "1"
        answered = sandbox.run(f"a = 2\n{code}\nfinal_answer(a)", state)
        assert (answered.end, answered.answer, answered.state) == (StepEnd.ANSWERED, 2, state)
        assert sandbox.run(f"{code}\nkept = len(x)\nx = None", state).end is StepEnd.DONE


def test_a_state_that_cannot_be_loaded_is_told() -> None:
    with open_sandbox("monty") as roomy, open_sandbox("monty", SandboxLimits(memory_bytes=4 * 2**20)) as tight:
        state = roomy.run("x = 'x' * 10_000_000").state
        found = tight.run("1 + 1", state)
        assert (found.end, found.state) == (StepEnd.MEMORY, state)
        with pytest.raises(SandboxError, match="the session cannot be gone on with: .*not a monty dump"):
            tight.run("1 + 1", b"no state")


def test_the_final_answer_ends_the_step(sandbox: Sandbox) -> None:
    found = sandbox.run("print('thinking')\nfinal_answer(6 * 7)\nprint('never')")
    assert (found.end, found.answer, found.printed) == (StepEnd.ANSWERED, 42, "thinking\n")
    assert found.is_valid
    caught = sandbox.run("try:\n    final_answer('yes')\nexcept Exception:\n    final_answer('no')")
    assert caught.answer == "yes"


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("'Paris'", "Paris"),
        ("2.5", 2.5),
        ("True", True),
        ("None", None),
        ("[1, (2, 'x')]", [1, [2, "x"]]),
        ("{'a': 1, 2: 'b'}", {"a": 1, "2": "b"}),
        ("float('inf')", "inf"),
    ],
)
def test_an_answer_is_a_plain_value(sandbox: Sandbox, expression: str, answer: object) -> None:
    found = sandbox.run(f"final_answer({expression})")
    assert found.end is StepEnd.ANSWERED
    assert found.answer == answer and type(found.answer) is type(answer)


def test_host_functions_take_and_give_copies(sandbox: Sandbox) -> None:
    passages = [{"id": 7, "text": "Lyon lies in France."}]
    asked: list[object] = []

    def search(query: object) -> list[dict[str, object]]:
        asked.append(query)
        return passages

    found = sandbox.run("hits = search('Lyon')\nhits[0]['text'] = 'no'\nhits", functions={"search": search})
    assert found.value == "[{'id': 7, 'text': 'no'}]"
    assert passages == [{"id": 7, "text": "Lyon lies in France."}]
    assert asked == ["Lyon"]
    assert [(call.name, call.arguments, call.result) for call in found.calls] == [("search", ("Lyon",), passages)]
    again = sandbox.run("hits[0]['id']", found.state, {"search": search})
    assert again.value == "7" and len(asked) == 1  # what was found is kept, and nothing is asked again
    assert sandbox.run("search('Nice')[0]['id']", again.state, {"search": search}).value == "7"


def test_a_tools_error_goes_to_the_code(sandbox: Sandbox) -> None:
    def search(query: object) -> str:
        raise ToolError("search takes one text")

    found = sandbox.run("search(1)", functions={"search": search})
    assert found.end is StepEnd.RAISED and "search takes one text" in found.error
    assert found.calls[0].error == "search takes one text"
    caught = sandbox.run("try:\n    search(1)\nexcept ValueError as e:\n    print(e)", functions={"search": search})
    assert caught.printed == "search takes one text\n"


def test_any_other_error_of_a_host_function_is_the_hosts(sandbox: Sandbox) -> None:
    def search(query: object) -> str:
        raise KeyError("a bug of the host")

    with pytest.raises(KeyError, match="a bug of the host"):
        sandbox.run("try:\n    search(1)\nexcept Exception:\n    pass", functions={"search": search})
    assert sandbox.run("1 + 1").value == "2"


@pytest.mark.parametrize("code", ["search('a', 5)", "search()", "search(*[1] * 30)", "search(query='a')"])
def test_a_call_with_other_arguments_is_told_and_is_no_error_of_the_host(sandbox: Sandbox, code: str) -> None:
    asked: list[object] = []

    def search(query: object) -> str:
        asked.append(query)
        return "found"

    functions: dict[str, HostFunction] = {"search": search}
    found = sandbox.run(code, functions=functions)
    assert found.end is StepEnd.RAISED and "search" in found.error and found.calls[0].error in found.error
    assert asked == []
    remembered = sandbox.run(code, functions=ToolMemory((Tool("search", "search(query)", search),)).functions)
    assert remembered.end is StepEnd.RAISED and "search" in remembered.error and asked == []


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("final_answer(answer=3)", 3),
        ("final_answer(10 ** 5000)", "an integer of 16610 bits"),
        ("final_answer([10 ** 3000] * 9)", [10**3000] * 9),
    ],
)
def test_both_take_the_same_answers(sandbox: Sandbox, code: str, answer: object) -> None:
    found = sandbox.run(code)
    assert (found.end, found.answer, found.error) == (StepEnd.ANSWERED, answer, "")


@pytest.mark.parametrize("code", ["final_answer()", "final_answer(1, 2)", "final_answer(other=3)"])
def test_both_say_how_an_answer_is_given(sandbox: Sandbox, code: str) -> None:
    found = sandbox.run(code)
    assert found.end is StepEnd.RAISED
    assert found.observation == "line 1: ValueError: final_answer takes one value, as in final_answer(42)"


def test_what_is_no_text_everywhere_is_replaced(sandbox: Sandbox) -> None:
    found = sandbox.run("final_answer('a\\ud800b')")
    assert found.end is StepEnd.ANSWERED and isinstance(found.answer, str)
    assert found.answer.startswith("a") and found.answer.endswith("b") and found.answer.encode("utf-8")
    asked = sandbox.run("search('\\ud800 x')", functions={"search": lambda query: query})
    assert asked.end is StepEnd.DONE and asked.value.endswith(" x")
    assert sandbox.run("print('\\ud800')").observation.encode("utf-8")


def test_a_step_that_was_stopped_is_told_after_how_long_and_what_to_do(sandbox: Sandbox) -> None:
    code = "while True:\n    pass" if sandbox.name == "cpython" else "x = 10 ** 100000\nfor i in range(100): x = x * x"
    found = sandbox.run(code)
    assert found.end is StepEnd.TIMEOUT
    assert "stopped after 0.5 s and undone: do less in one step" in found.error


def test_a_worker_says_nothing_on_the_users_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with open_sandbox("monty", LIMITS) as sandbox:
        assert sandbox.run("x = 'x' * 20_000_000").end is StepEnd.MEMORY
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", sorted(SANDBOXES))
def test_a_sandbox_that_is_not_open_runs_nothing(name: str) -> None:
    with pytest.raises(SandboxError, match="the sandbox is not open"):
        open_sandbox(name).run("1")


def test_calls_are_counted(sandbox: Sandbox) -> None:
    found = sandbox.run("for i in range(9):\n    search(i)", functions={"search": lambda query: query})
    assert found.end is StepEnd.RAISED and "at most 5" in found.error
    assert [call.arguments for call in found.calls] == [(0,), (1,), (2,), (3,), (4,)]


def test_a_host_functions_time_is_not_the_codes(sandbox: Sandbox) -> None:
    import time

    def search(query: object) -> str:
        time.sleep(0.8)
        return "late"

    found = sandbox.run("search('a')", functions={"search": search})
    assert (found.end, found.value) == (StepEnd.DONE, "late")
    assert found.host_ms >= 800


def test_the_import_hint_names_just_what_can_be_imported() -> None:
    with open_sandbox("monty") as sandbox:
        possible = [name for name in sorted(sys.stdlib_module_names) if sandbox.run(f"import {name}").is_valid]
        assert tuple(possible) == MODULES
        for name in ("string", "statistics", "pandas"):
            hint = sandbox.run(f"import {name}").error
            assert hint.endswith(f"(what can be imported: {', '.join(MODULES)})")
        for code in ("from math import cube", "import collections.abc"):
            found = sandbox.run(code)
            assert found.end is StepEnd.IMPORT
            hint = found.error.partition("what can be imported: ")[2].rstrip(")").split(", ")
            assert code.split()[1].partition(".")[0] not in hint


@needs_bubblewrap
def test_full_cpython_has_numpy_and_sympy() -> None:
    with open_sandbox("cpython") as sandbox:
        state = sandbox.run("import numpy as np, sympy\nx = sympy.symbols('x')\na = np.arange(4)").state
        assert sandbox.run("a.sum() + 1", state).value == "np.int64(7)"
        assert sandbox.run("final_answer(sympy.solve(x ** 2 - 5 * x + 6, x))", state).answer == [2, 3]
        assert sandbox.run("final_answer(a * 2.5)", state).answer == [0.0, 2.5, 5.0, 7.5]
        assert sandbox.run("final_answer(sympy.Rational(1, 3))", state).answer == "1/3"


@needs_bubblewrap
def test_full_cpython_gives_earlier_steps_their_time_and_a_step_no_more_than_its_own() -> None:
    work = "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end:\n    pass"
    deaf = "import signal\nsignal.signal(signal.SIGPROF, signal.SIG_IGN)\nwhile True:\n    pass"
    with open_sandbox("cpython", SandboxLimits(step_s=1.5)) as sandbox:
        state = sandbox.run("kept = 1").state
        for _ in range(4):
            found = sandbox.run(work, state)
            assert found.end is StepEnd.DONE
            state = found.state
        assert [sandbox.run("kept", state).value for _ in range(2)] == ["1", "1"]  # the second runs them all again
        assert sandbox.run("while True:\n    pass", state).end is StepEnd.TIMEOUT
        assert sandbox.run(deaf, state).end in (StepEnd.TIMEOUT, StepEnd.CRASHED)


@needs_bubblewrap
def test_full_cpython_goes_on_from_a_state_that_does_not_say_how_long_it_took() -> None:
    with open_sandbox("cpython") as sandbox:
        older = json.dumps([{"code": "x = 1", "calls": []}]).encode()
        assert sandbox.run("x", older).value == "1"


def test_full_cpython_is_refused_without_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"no `bwrap` here .*bubblewrap"), open_sandbox("cpython"):
        pass


@pytest.mark.parametrize("command", ["exit 1", f"exec {sys.executable} -P -s -S -B {CHILD}"])
def test_full_cpython_is_refused_where_it_is_not_isolated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\n{command}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxError, match="does not isolate a process on this machine"), open_sandbox("cpython"):
        pass


def test_an_unknown_sandbox_is_refused() -> None:
    with pytest.raises(SandboxError, match="there is no sandbox 'docker'; known are monty and cpython"):
        open_sandbox("docker")
