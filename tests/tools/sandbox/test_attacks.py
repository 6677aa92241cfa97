"""No program of the attack suite gets out, hangs beyond its limit, or takes another session's state down."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tools.sandbox.attacks import ATTACKS, programs

from stillroom.agents.solver.tool import Tool, ToolMemory
from stillroom.tools.call import ToolError
from stillroom.tools.passages import Passage, SearchTool, build_passage_index
from stillroom.tools.sandbox import SANDBOXES, HostFunction, Sandbox, SandboxLimits, StepEnd, open_sandbox

SECRET = "the-very-secret-word"
LIMITS = SandboxLimits(step_s=0.4, memory_bytes=48 * 2**20, output_bytes=5000, n_calls=10)
NAMES = list(programs("/secret", 9))


@pytest.fixture(scope="module", params=sorted(SANDBOXES))
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if request.param == "cpython" and shutil.which("bwrap") is None:
        pytest.skip("full CPython is isolated by bubblewrap, which is not installed")
    with open_sandbox(request.param, LIMITS) as opened:
        yield opened


@pytest.fixture(scope="module")
def search_tool(tmp_path_factory: pytest.TempPathFactory) -> SearchTool:
    passages = [Passage("1", "Lyon", "Lyon is a city."), Passage("2", "a", "a passage")]
    return SearchTool(build_passage_index(passages, tmp_path_factory.mktemp("passages"), mode="bm25"))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        yield server


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) >= 270
    assert len(ATTACKS) == 12


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_stays_inside(
    sandbox: Sandbox,
    name: str,
    tmp_path: Path,
    listener: socket.socket,
    search_tool: SearchTool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = tmp_path / "folder" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    before = secret.stat()
    monkeypatch.setenv("STILLROOM_TEST_SECRET", SECRET)
    code = programs(str(secret), listener.getsockname()[1])[name]
    passages = [{"id": 1, "text": "a passage"}]
    hidden = SECRET

    def search(query: object) -> list[dict[str, object]]:
        if hidden and not isinstance(query, str):
            raise ToolError("search takes one text")
        return passages

    functions: dict[str, HostFunction] = {"search": search}
    if name.startswith(("host calls", "channel")):
        functions = ToolMemory((Tool("search", "search(query)", search_tool),)).functions
    mine = sandbox.run("kept = 41", functions=functions)
    other = sandbox.run("kept = 'of another session'")
    found = sandbox.run(code, mine.state, functions)

    everything = f"{found.observation} {found.answer} {found.calls}"
    assert SECRET not in everything
    assert len(found.printed) <= LIMITS.output_bytes and len(everything) < 500_000
    # Its own time, a second of grace, and what it takes to start.
    assert found.ms - found.host_ms < 1000 * (LIMITS.step_s + 1.0) + 4000
    assert len(found.calls) <= LIMITS.n_calls
    # The host is as it was.
    assert secret.read_text() == SECRET and secret.stat().st_mtime == before.st_mtime
    assert secret.stat().st_mode == before.st_mode and os.listdir(secret.parent) == ["secret.txt"]
    assert passages == [{"id": 1, "text": "a passage"}]
    with pytest.raises(BlockingIOError):
        listener.accept()
    # So are both sessions, and this one can go on from where it was.
    assert sandbox.run("kept + 1", mine.state).value == "42"
    assert sandbox.run("kept", other.state).value == "of another session"
    if name.startswith("keeps"):
        assert sandbox.run("1 + 1", found.state).value == "2"
    if found.end in (StepEnd.TIMEOUT, StepEnd.MEMORY, StepEnd.OUTPUT, StepEnd.CRASHED):
        assert found.state == mine.state
