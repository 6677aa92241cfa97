"""Whatever a child says, the host is told how the step ended, in bounds, and nothing is raised."""

from __future__ import annotations

import json
from collections.abc import Iterable
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.tools.call import ToolError
from stillroom.tools.sandbox import SandboxLimits, StepEnd
from stillroom.tools.sandbox.cpython_dialogue import ChildGoneError, Dialogue, StepReport
from stillroom.tools.sandbox.host_calls import MAX_CHARACTERS, MAX_TEXT, HostCalls

LIMITS = SandboxLimits(step_s=1.0, output_bytes=1000, n_calls=5)
BEGIN = [b'{"started": true}\n', b'{"ready": true}\n']
DONE = b'{"end": "done", "value": "1"}\n'


class ScriptedChild:
    """Says what it was given, and then nothing more; reads all or nothing."""

    n_files = 0

    def __init__(self, said: Iterable[bytes], reads: bool = True) -> None:
        self._said = iter(said)
        self._reads = reads
        self.heard: list[bytes] = []

    def write(self, data: bytes, deadline: float) -> bool:
        self.heard.append(data)
        return self._reads or len(self.heard) == 1

    def read(self, deadline: float) -> bytes | None:
        return next(self._said, b"")

    def find(self) -> bool:
        return True

    def pause(self) -> bool:
        return True

    def resume(self) -> bool:
        return True

    def end(self) -> None:
        pass


def search(query: object) -> str:
    if not isinstance(query, str):
        raise ToolError("search takes one text")
    return f"found {query[:10]}"


def held(said: Iterable[bytes], reads: bool = True) -> tuple[StepReport, HostCalls, ScriptedChild]:
    calls = HostCalls({"search": search}, LIMITS.n_calls)
    child = ScriptedChild(said, reads)
    return Dialogue(child, LIMITS).begin({"code": "x"}, 1.0, calls), calls, child


def messages() -> st.SearchStrategy[object]:
    """Draw what is nearly a message."""
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    values = st.recursive(plain, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each))
    ends = st.sampled_from([*StepEnd, "no end", ""])
    fields = {
        "call": st.sampled_from(["search", "nope", "", "\ud800", "__class__"]) | values,
        "arguments": st.lists(values, max_size=3) | values,
        "named": st.dictionaries(st.text(max_size=3), values, max_size=2) | values,
        "end": ends | values,
        "printed": st.text() | values,
        "value": st.text() | values,
        "error": st.text() | values,
        "answer": values,
        "ready": st.booleans() | values,
        "started": st.booleans() | values,
    }
    return st.fixed_dictionaries({}, optional=fields) | values


LINES = st.one_of(
    messages().map(lambda message: json.dumps(message).encode() + b"\n"),
    st.binary(max_size=60),
    st.sampled_from(
        [
            b'{"end": "answered", "answer": NaN}\n',
            b'{"end": "answered", "answer": 1e999}\n',
            b'{"end": "answered", "answer": "\\ud800"}\n',
            b'{"end": "answered", "answer": ' + b"9" * 9000 + b"}\n",
            b'{"end": "answered", "answer": ' + b"[" * 3000 + b"]" * 3000 + b"}\n",
            b'{"end": "answered", "answer": ' + b'{"a":' * 150 + b"1" + b"}" * 150 + b"}\n",
            b'{"call": "search"}\n',
            b'{"call": "search", "arguments": [' + b"[]," * 5000 + b"1]}\n",
            b'{"end": null}\n',
            b"null\n",
            b"\n",
            b"\xff\xfe\n",
            DONE,
        ]
    ),
)


@given(st.booleans(), st.lists(LINES, max_size=6))
def test_nothing_that_is_said_is_an_error_of_the_host(begins: bool, said: list[bytes]) -> None:
    report, calls, child = held([*(BEGIN if begins else []), *said])
    assert calls.failure is None and len(calls.done) <= LIMITS.n_calls
    assert len(report.printed) <= LIMITS.output_bytes and len(report.value) <= MAX_TEXT
    assert len(report.error) <= MAX_TEXT and len(json.dumps(report.answer)) < 20 * MAX_CHARACTERS
    assert json.dumps(report.answer, allow_nan=False).encode("utf-8")
    assert all(json.loads(line) for line in child.heard)
    if not begins and not any(b"started" in line for line in said):
        assert report.end is StepEnd.CRASHED


@pytest.mark.parametrize("name", ["nope", "__class__", "x" * 10_000])
def test_a_function_that_there_is_not_is_told(name: str) -> None:
    call = json.dumps({"call": name, "arguments": [], "named": {}}).encode()
    report, calls, child = held([*BEGIN, call + b"\n", DONE])
    assert (report.end, report.value, calls.done) == (StepEnd.DONE, "1", [])
    assert json.loads(child.heard[-1]) == {"error": f"there is no function {name[:100]!r}"}


def test_every_text_is_cut() -> None:
    said = json.dumps({"end": "raised", "value": "v" * 300_000, "error": "e" * 300_000, "printed": "p" * 300_000})
    report, _, _ = held([*BEGIN, said.encode() + b"\n"])
    assert (len(report.value), len(report.error), len(report.printed)) == (MAX_TEXT, MAX_TEXT, LIMITS.output_bytes)


def test_a_line_that_does_not_end_ends_the_step() -> None:
    report, _, _ = held([*BEGIN, *[b"x" * 2**20] * 9])
    assert report.end is StepEnd.CRASHED and "interpreter crashed" in report.error


def test_a_child_that_does_not_read_is_stopped() -> None:
    report, _, _ = held([*BEGIN, b'{"call": "search", "arguments": ["a"]}\n', DONE], reads=False)
    assert report.end is StepEnd.TIMEOUT and "stopped after 1 s" in report.error


def test_a_child_that_calls_on_and_on_is_stopped() -> None:
    def flood() -> Iterable[bytes]:
        yield from BEGIN
        while True:
            yield b'{"call": "search", "arguments": ["a"]}\n' * 100

    report, calls, child = held(flood())
    assert report.end in (StepEnd.CRASHED, StepEnd.TIMEOUT) and "stopped" in report.error
    assert len(calls.done) == LIMITS.n_calls and len(child.heard) < 1200


def test_a_child_that_says_nothing_is_stopped_by_the_clock() -> None:
    class Silent(ScriptedChild):
        def read(self, deadline: float) -> bytes | None:
            return next(self._said, None)

    start = perf_counter()
    report = Dialogue(Silent(BEGIN), SandboxLimits(step_s=0.1)).begin({}, 1.0, HostCalls({}, 1))
    assert report.end is StepEnd.TIMEOUT and perf_counter() - start < 20
    assert (
        Dialogue(Silent(BEGIN[:1]), LIMITS).begin({}, 0.1, HostCalls({}, 1)).error.startswith("TimeoutError: the ear")
    )


@pytest.mark.parametrize("said", [[], [b"early\n"], [None, b""], [None, b'{"end": "done"}\n'], [None, b"x\n"]])
def test_a_child_that_was_kept_and_does_not_take_the_step_is_told(said: list[bytes]) -> None:
    dialogue = Dialogue(ScriptedChild(said), LIMITS)
    with pytest.raises(ChildGoneError):
        dialogue.go_on("x", HostCalls({}, 1))


def test_too_many_files_end_the_step() -> None:
    class Many(ScriptedChild):
        n_files = 10**6

    report = Dialogue(Many([*BEGIN, DONE]), LIMITS).begin({}, 1.0, HostCalls({}, 1))
    assert report.end is StepEnd.MEMORY and "files" in report.error
