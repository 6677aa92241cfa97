"""The solvers' suite has the same rows for every base that is distilled, and each of them can be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.simulators.suite import LLM, SOLVER, is_slow
from stillroom.simulators.tasks.contestant import read_contestant

ROOT = Path(__file__).parents[2]


def test_every_base_has_the_same_rows() -> None:
    rows = [name for name in SOLVER.names if not name.startswith(LLM)]
    blocks = [rows[start : start + 6] for start in range(0, len(rows), 6)]
    bases = ("local:smollm2-135m-instruct", "local:qwen2.5-coder-0.5b-instruct")
    for base, block in zip(bases, blocks, strict=True):
        assert block[:2] == [f"{base}+cot", base]
        assert [name.partition("+")[2] for name in block[2:]] == ["cot", "", "first-thought", "sag8"]
        assert [is_slow(name) for name in block] == [True, True, False, False, False, False]


@pytest.mark.parametrize("name", SOLVER.names)
def test_every_row_can_be_had(name: str) -> None:
    """A student comes along, or has a recipe of its name."""
    kind, _, student = read_contestant(name).model.partition(":")
    if kind == "student":
        came_along = (ROOT / "agents" / "students" / student / "training.json").is_file()
        recipe = ROOT / "recipes" / f"{student.removeprefix('runs/')}.toml"
        assert came_along or recipe.is_file()
