"""The doctor says of each sandbox whether it opens here, and what to do where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stillroom.serve.doctor import State, examine
from stillroom.tools.sandbox import SandboxError, cpython_sandbox, monty_sandbox


def refuse(*_: Any) -> Any:
    raise SandboxError("there is no `bwrap` here (Debian: apt install bubblewrap)")


@pytest.fixture
def open_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make cpython's sandbox open wherever the test runs."""
    monkeypatch.setattr(cpython_sandbox.CPythonSandbox, "__enter__", lambda self: self)


def test_each_sandbox_is_a_line_with_its_packages(tmp_path: Path, open_all: None) -> None:
    found = {one.name: one for one in examine(tmp_path, ())}
    usual, full = found["sandbox monty"], found["sandbox cpython"]
    assert usual.state is full.state is State.GOOD and usual.advice == full.advice == ""
    assert usual.detail.startswith("pydantic-monty ")
    assert full.detail.startswith("numpy ") and ", sympy " in full.detail


def test_a_machine_without_bubblewrap_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpython_sandbox.CPythonSandbox, "__enter__", refuse)
    found = {one.name: one for one in examine(tmp_path, ())}
    assert found["sandbox monty"].state is State.GOOD
    missing = found["sandbox cpython"]
    assert missing.state is State.NOTE and "apt install bubblewrap" in missing.detail
    assert "--sandbox cpython" in missing.advice


def test_a_machine_on_which_the_usual_sandbox_does_not_start_is_bad(
    tmp_path: Path, open_all: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monty_sandbox.MontySandbox, "__enter__", refuse)
    found = {one.name: one for one in examine(tmp_path, ())}
    assert found["sandbox monty"].state is State.BAD and "pydantic-monty" in found["sandbox monty"].advice
