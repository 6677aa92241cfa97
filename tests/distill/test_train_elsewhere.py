"""Prepared folders train where the base model is brought in parts; what fails is told and passed over."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from stillroom.distill.recipe import Recipe
from stillroom.distill.run import TrainingError, read_run
from stillroom.distill.trainer import build_trainer, find_base
from stillroom.distill.training_set import TrainingRow, write_training_folder

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "train_elsewhere.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train_elsewhere", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_every_folder_becomes_a_student(
    tmp_path: Path, script: ModuleType, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    write_training_folder(rows, recipe, 'name = "tiny"\n', tiny_base, whole, copy_base=True)
    shutil.copytree(whole, broken)
    (broken / "train.jsonl").write_text("{}", encoding="utf-8")
    out = tmp_path / "out"
    assert script.main([str(out), str(broken), str(whole), "--device", "cpu"]) == 1
    assert (out / "tiny" / "adapter_model.safetensors").is_file()
    (line,) = (out / "training.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["student"] == "tiny" and json.loads(line)["tokens_per_s"] > 0


def test_a_base_is_put_together_from_its_parts(tmp_path: Path, script: ModuleType) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    for name, text in (("xab", "second"), ("xaa", "first ")):
        (parts / name).write_text(text, encoding="utf-8")
    whole = script.join(parts, tmp_path / "bases" / "b.gguf")
    assert whole.read_text(encoding="utf-8") == "first second"


def test_only_the_base_that_was_prepared_for_is_trained(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe
) -> None:
    folder, moved = tmp_path / "folder", tmp_path / "moved"
    write_training_folder(rows, recipe, 'name = "tiny"\n', tiny_base, folder)
    shutil.copytree(tiny_base, moved)
    run = read_run(folder)
    assert find_base(run, folder, None) == tiny_base.resolve() and find_base(run, folder, moved) == moved
    assert build_trainer(folder, "cpu", base=moved).total_steps > 0
    (moved / "model.safetensors").write_bytes(b"other")
    with pytest.raises(TrainingError, match="is not the base model"):
        find_base(run, folder, moved)
    with pytest.raises(TrainingError, match="is not there"):
        find_base(run, folder, tmp_path / "nowhere")
