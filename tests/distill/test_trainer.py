"""Training learns, repeats itself bit by bit, and goes on after a stop as if there had been none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
import torch

from stillroom.distill.checkpoint import CheckpointError
from stillroom.distill.recipe import Recipe
from stillroom.distill.run import TrainingError
from stillroom.distill.trainer import Progress, Trainer, build_trainer, learning_rate_at
from stillroom.distill.training_set import TrainingRow, write_training_folder


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in trainer.parameters.items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def stop_after(n_asked: int) -> Callable[[], bool]:
    asked = count(1)
    return lambda: next(asked) > n_asked


def test_the_loss_falls_and_the_budget_is_kept(folder: Path) -> None:
    seen: list[Progress] = []
    trainer = build_trainer(folder, "cpu")
    result = trainer.train(seen.append)
    assert result.finished and result.step == 12 == len(seen)
    assert seen[-1].loss < 0.8 * seen[0].loss
    assert seen[-1].share == 1.0 and seen[-1].learning_rate == 0.0
    assert result.dev_loss == pytest.approx(trainer.measure(trainer.dev), rel=1e-4)
    slices = {row.slice: [other for other in trainer.dev if other.slice == row.slice] for row in trainer.dev}
    assert result.dev_loss_by_slice.keys() == slices.keys()
    for name, rows in slices.items():
        assert result.dev_loss_by_slice[name] == pytest.approx(trainer.measure(rows), rel=1e-4)


def test_two_runs_end_with_the_same_weights(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "again")
    ends = []
    for path in (folder, tmp_path / "again"):
        trainer = build_trainer(path, "cpu")
        trainer.train()
        ends.append(weights(trainer))
    assert same(*ends)


@pytest.mark.parametrize("n_steps", [0, 1, 5, 11])
def test_resumed_equals_uninterrupted(folder: Path, tmp_path: Path, n_steps: int) -> None:
    shutil.copytree(folder, tmp_path / "again")
    whole = build_trainer(folder, "cpu")
    whole.train()
    first = build_trainer(tmp_path / "again", "cpu")
    assert not first.train(stop=stop_after(n_steps)).finished
    second = build_trainer(tmp_path / "again", "cpu")
    assert second.state.step == n_steps
    result = second.train()
    assert result.finished and result.step == 12 and result.sessions == 2
    assert same(weights(whole), weights(second))


def test_a_finished_run_is_not_trained_again(folder: Path) -> None:
    trainer = build_trainer(folder, "cpu")
    trainer.train()
    again = build_trainer(folder, "cpu")
    assert again.train().step == 12
    assert same(weights(trainer), weights(again))


def test_a_truncated_checkpoint_is_refused(folder: Path) -> None:
    build_trainer(folder, "cpu").train(stop=stop_after(2))
    path = folder / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="damaged"):
        build_trainer(folder, "cpu")


def test_a_checkpoint_of_another_run_is_refused(
    folder: Path, tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe
) -> None:
    build_trainer(folder, "cpu").train(stop=stop_after(2))
    write_training_folder(rows[:-1], recipe, 'name = "tiny"\n', tiny_base, tmp_path / "other")
    shutil.copyfile(folder / "checkpoint.pt", tmp_path / "other" / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="other data"):
        build_trainer(tmp_path / "other", "cpu")


def test_changed_rows_are_refused(folder: Path) -> None:
    with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(TrainingError, match="changed"):
        build_trainer(folder, "cpu")


def test_a_base_that_is_gone_is_named(folder: Path, tiny_base: Path) -> None:
    shutil.rmtree(tiny_base)
    with pytest.raises(TrainingError, match="tiny-base is not there"):
        build_trainer(folder, "cpu")


def test_a_budget_in_seconds_ends_the_cosine_in_time(
    tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe
) -> None:
    budget = recipe.optimiser.model_copy(update={"seconds": 20.0, "steps": None, "epochs": 1000.0})
    write_training_folder(rows, recipe.model_copy(update={"optimiser": budget}), "", tiny_base, tmp_path / "timed")
    ticks = count()
    rates: list[float] = []
    trainer = build_trainer(tmp_path / "timed", "cpu", clock=lambda: float(next(ticks)))
    result = trainer.train(lambda progress: rates.append(progress.learning_rate))
    assert result.finished and 3 <= result.step <= 20
    assert rates[-1] == 0.0 and rates == sorted(rates, reverse=True)


def test_the_rate_warms_up_and_ends_at_zero() -> None:
    rates = [learning_rate_at(step / 100, 0.1, 2.0) for step in range(101)]
    assert rates[0] == 0.0 and max(rates) == rates[10] == 2.0 and rates[100] == pytest.approx(0.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
