"""The whole demo on the real films and the real small model, as small as it goes; a second run has nothing to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stillroom.serve.cli import run_command

pytestmark = [pytest.mark.weights, pytest.mark.slow]


@pytest.mark.filterwarnings("default")
def test_the_demo_ends_with_a_student_a_table_and_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo"
    assert run_command(["demo", "--fast", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    for words in ("rules", "local:smollm2-135m-instruct", "student", "expert", "stillroom chat --model student:"):
        assert words in shown
    evaluation = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in evaluation["models"] if not model["error"]] == [
        "rules",
        "local:smollm2-135m-instruct",
        "student:demo",
        "expert",
    ]
    assert (out / "student" / "adapter_model.safetensors").is_file()
    assert "<svg" in (out / "report.html").read_text(encoding="utf-8")

    before = (out / "demo.json").read_bytes()
    assert run_command(["demo", "--fast", "--out", str(out)]) == 0
    assert capsys.readouterr().out.count("done before") == 7
    assert (out / "demo.json").read_bytes() == before
