"""A recipe may start from a student: its weights are where training begins, and its past is written down."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from stillroom.distill.card import render_card
from stillroom.distill.recipe import Recipe
from stillroom.distill.run import START_WEIGHTS, TrainingError, read_run
from stillroom.distill.train_command import train_folder
from stillroom.distill.trainer import build_trainer
from stillroom.distill.training_set import TrainingRow, describe_start, write_training_folder


def _go_on(tmp_path: Path, base: Path, rows: list[TrainingRow], recipe: Recipe, student: Path) -> Path:
    out = tmp_path / "more"
    write_training_folder(rows, recipe, 'name = "tiny"\n', base, out, start=student)
    return out


def test_training_begins_with_the_students_weights(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe, folder: Path, student: Path
) -> None:
    more = _go_on(tmp_path, tiny_base, rows, recipe, student)
    begun = build_trainer(more)
    learnt = load_file(student / "adapter_model.safetensors")
    for name, parameter in begun.parameters.items():
        theirs = learnt[name.replace(".default", "")]
        assert torch.equal(parameter.detach(), theirs.float()), name
    # bf16 of the learnt weights: as good as what the first run ended with, far from a fresh adapter.
    fresh = build_trainer(folder)
    (folder / "checkpoint.pt").unlink()
    assert begun.measure(begun.dev) < 0.9 * build_trainer(folder).measure(fresh.dev)


def test_what_it_goes_on_from_is_recorded(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe, student: Path
) -> None:
    first = json.loads((student / "training.json").read_text(encoding="utf-8"))
    more = _go_on(tmp_path, tiny_base, rows, recipe, student)
    start = read_run(more).start
    assert start is not None and start.tokens == first["result"]["tokens"] > 0
    assert start.sha256 == read_run(more).files[START_WEIGHTS]
    train_folder(more, tmp_path / "second")
    second = json.loads((tmp_path / "second" / "training.json").read_text(encoding="utf-8"))
    assert second["run"]["start"]["student"] == first["student"]
    assert f"after {start.tokens:,} tokens" in render_card(second)
    assert describe_start(tmp_path / "second").tokens == start.tokens + second["result"]["tokens"]
    assert read_run(more).fingerprint() != replace(read_run(more), start=None).fingerprint()


def test_an_adapter_of_another_shape_is_refused(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe, student: Path
) -> None:
    path = student / "adapter_model.safetensors"
    save_file({name: tensor[:1].contiguous() for name, tensor in load_file(path).items()}, str(path))
    more = _go_on(tmp_path, tiny_base, rows, recipe, student)
    with pytest.raises(TrainingError, match="another adapter"):
        build_trainer(more)


def test_a_student_without_its_record_is_refused(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe, student: Path
) -> None:
    (student / "training.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"training\.json is not whole"):
        _go_on(tmp_path, tiny_base, rows, recipe, student)
    assert not list(tmp_path.glob("more*"))
