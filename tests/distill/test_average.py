"""The mean of students is a student: its parts are named, and nothing is claimed that was not measured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from stillroom.agents.models.student import find_student
from stillroom.distill.average import average_students
from stillroom.distill.recipe import Recipe
from stillroom.distill.run import TrainingError, hash_file
from stillroom.distill.train_command import train_folder
from stillroom.distill.training_set import TrainingRow, describe_start, write_training_folder
from stillroom.serve.cli import run_command

ADAPTER = "adapter_model.safetensors"


@pytest.fixture
def second(tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe, student: Path) -> Path:
    """Return a student that was trained on from the first."""
    folder = write_training_folder(rows, recipe, 'name = "tiny"\n', tiny_base, tmp_path / "more", start=student)
    train_folder(folder.path, tmp_path / "second")
    return tmp_path / "second"


def test_every_weight_is_the_mean(tmp_path: Path, student: Path, second: Path) -> None:
    out = average_students([student, second], "mean", tmp_path / "mean")
    first, other, mean = (load_file(folder / ADAPTER) for folder in (student, second, out))
    assert mean.keys() == first.keys()
    for name, tensor in mean.items():
        assert tensor.dtype == torch.bfloat16
        torch.testing.assert_close(tensor.float(), (first[name].float() + other[name].float()) / 2, rtol=1e-2, atol=0)
    assert any(not torch.equal(mean[name], first[name]) for name in mean)


def test_its_record_names_its_parts_and_claims_no_loss(tmp_path: Path, student: Path, second: Path) -> None:
    out = average_students([student, second], "mean", tmp_path / "mean")
    record = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert [part["sha256"] for part in record["average"]] == [hash_file(student / ADAPTER), hash_file(second / ADAPTER)]
    assert record["result"]["dev_loss"] is None and not record["result"]["dev_loss_by_slice"]
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "# mean" in card and "average of" in card and "not measured" in card
    # It is a student like any other: found by its path, and a start of further training.
    assert find_student(str(out)).hash != find_student(str(second)).hash
    assert describe_start(out).student == "mean"


def test_an_average_may_take_the_place_of_a_part(tmp_path: Path, student: Path, second: Path) -> None:
    before = load_file(second / ADAPTER)
    average_students([student, second], "second", second)
    after = load_file(second / ADAPTER)
    assert any(not torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "differ in tokenizer.json"),
        (lambda folder: (folder / "adapter_config.json").write_text("{}"), "differ in adapter_config.json"),
        (lambda folder: (folder / "training.json").write_text("{}"), "training.json is not whole"),
        (lambda folder: (folder / "training.json").unlink(), "cannot be read"),
        (lambda folder: (folder / ADAPTER).write_bytes(b"no"), "no readable adapter"),
        (lambda folder: save_file({"x": torch.zeros(1)}, str(folder / ADAPTER)), "differ in shape"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path: Path, student: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    other = tmp_path / "other"
    shutil.copytree(student, other)
    spoil(other)
    with pytest.raises(TrainingError, match=reason):
        average_students([other, student], "mean", tmp_path / "mean")
    assert not (tmp_path / "mean").exists() and not (tmp_path / "mean.partial").exists()


def test_the_command_says_what_it_wrote_and_refuses_a_single_student(
    tmp_path: Path, student: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mean"
    assert run_command(["distill", "average", str(student), str(second), "--out", str(out)]) == 0
    assert "the mean of 2 students" in capsys.readouterr().out
    assert (out / ADAPTER).is_file()
    assert run_command(["distill", "average", str(student), "--out", str(out)]) == 2
    assert "two students or more" in capsys.readouterr().err
