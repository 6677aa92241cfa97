"""The README: every file that it names exists, the map has every module, and its program is the tested example."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDERS = ("data", "tools", "agents", "simulators", "distill", "serve")


def test_every_file_named_exists() -> None:
    named = set(re.findall(r"`([\w./-]+/[\w.-]+\.\w+)`", README)) | set(re.findall(r"\]\(([\w./-]+)\)", README))
    assert len(named) > 50
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_map_has_every_module() -> None:
    modules = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if path.name != "__init__.py"]
    missing = [
        path.relative_to(ROOT).as_posix() for path in modules if f"`{path.relative_to(ROOT).as_posix()}`" not in README
    ]
    assert missing == [], "run `python docs/render_file_map.py`"


def test_the_program_is_the_example() -> None:
    example = (ROOT / "docs/examples/chat_in_ten_lines.py").read_text(encoding="utf-8")
    program = README.partition("```python\n")[2].partition("```")[0]
    assert program.strip() == example.partition('"""\n\n')[2].strip()


def test_the_solvers_example_runs(
    scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path))
    model = scripted(
        "Thought: I look it up.\n```py\nsearch('a')\n```", "Thought: So.\n```py\nfinal_answer('Nobody')\n```"
    )
    monkeypatch.setattr("stillroom.agents.models.load.load_model", lambda name: model)
    runpy.run_path(str(ROOT / "docs/examples/solve_in_ten_lines.py"))
    assert capsys.readouterr().out.splitlines()[1:] == ["I look it up.", "So.", "Nobody"]


def test_the_example_runs(
    tiny: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stillroom.data.worlds.load_world", lambda name: tiny)
    model = scripted("ban genre = Horror", "filter\nmatch\naggregate")
    monkeypatch.setattr("stillroom.agents.models.load.load_model", lambda name, catalogue: model)
    runpy.run_path(str(ROOT / "docs/examples/chat_in_ten_lines.py"))
    out = capsys.readouterr().out
    assert out.startswith("Noted: no Horror.")
    assert len(out.splitlines()) == 11
