"""The folder is whole, self-contained and repeatable; the student that comes out of it can be loaded by peft."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from stillroom.distill.base import load_base
from stillroom.distill.recipe import Recipe
from stillroom.distill.run import TrainingError
from stillroom.distill.training_set import TRAVELLERS, TrainingRow, is_held_out, write_training_folder

ISOLATED = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"pydantic", "rapidfuzz", "duckdb", "langchain_core", "langgraph", "typer"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


# peft asks transformers for a property that it has renamed.
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_the_folder_trains_without_stillroom(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe
) -> None:
    folder = tmp_path / "portable"
    write_training_folder(rows, recipe, 'name = "tiny"\n', tiny_base, folder, copy_base=True)
    command = [sys.executable, "-I", "-c", ISOLATED, str(folder / "train.py")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    student = folder / "student"
    narrow = load_file(student / "adapter_model.safetensors")
    assert narrow and all(tensor.dtype == torch.bfloat16 for tensor in narrow.values())
    assert any(float(tensor.abs().max()) > 0 for name, tensor in narrow.items() if "lora_B" in name)
    PeftModel.from_pretrained(load_base(tiny_base, torch.float32), str(student))
    record = json.loads((student / "training.json").read_text(encoding="utf-8"))
    assert record["result"]["step"] == 12 and record["run"]["files"]["train.jsonl"]
    assert str(tmp_path) not in "".join(path.read_text(encoding="utf-8") for path in student.glob("*.json"))
    assert "held-out loss" in (student / "README.md").read_text(encoding="utf-8")


def test_travellers_import_nothing_else_of_stillroom(folder: Path) -> None:
    for name in TRAVELLERS:
        text = (folder / "code" / "stillroom" / "distill" / f"{name}.py").read_text(encoding="utf-8")
        wanted = [line.split()[1] for line in text.splitlines() if line.strip().startswith("from stillroom.")]
        assert {module.removeprefix("stillroom.distill.") for module in wanted} <= set(TRAVELLERS), name


def test_preparing_the_same_again_keeps_the_checkpoint(
    folder: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe
) -> None:
    (folder / "checkpoint.pt").write_bytes(b"kept")
    write_training_folder(rows, recipe, 'name = "tiny"\n', tiny_base, folder)
    assert (folder / "checkpoint.pt").read_bytes() == b"kept"
    write_training_folder(rows[1:], recipe, 'name = "tiny"\n', tiny_base, folder)
    assert not (folder / "checkpoint.pt").exists()


def test_no_rows_leave_nothing_behind(tmp_path: Path, tiny_base: Path, recipe: Recipe) -> None:
    with pytest.raises(TrainingError, match="no rows"):
        write_training_folder([], recipe, "", tiny_base, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"tiny-base"}


def test_held_out_rows_are_whole_prompts(folder: Path, rows: list[TrainingRow]) -> None:
    dev = {json.loads(line)["prompt"] for line in (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()}
    assert dev == {row.prompt for row in rows if is_held_out(row.prompt, 0.2)}
    assert 0 < len(dev) < len(rows) / 2
