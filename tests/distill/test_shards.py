"""Threads that share a batch make the very loss and gradients of one pass over it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stillroom.distill.rows import collate
from stillroom.distill.shards import flatten
from stillroom.distill.trainer import build_trainer


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_shared_gradients_are_those_of_one_pass(folder: Path, n_threads: int) -> None:
    trainer = build_trainer(folder, "cpu")
    before = torch.get_num_threads()
    groups = [trainer.rows[at : at + 1] for at in range(7)]
    for _ in range(2):  # B starts at zero, and A without a gradient: take a step first
        trainer.gradients(groups)
        trainer.optimiser.param_groups[0]["lr"] = 0.01
        trainer.optimiser.step()
    batch = collate(groups, trainer.pad)
    trainer.loss.refresh()
    loss, gradients = trainer.loss.gradients(batch)
    wanted = torch.cat([gradient.reshape(-1) for gradient in gradients]) / len(batch.targets)
    trainer.gradients.n_threads = n_threads
    with trainer.gradients.alone():
        assert trainer.gradients(groups) == pytest.approx(float(loss) / len(batch.targets), rel=1e-4)
    made = trainer.flat.grad
    assert made is not None
    torch.testing.assert_close(made, wanted, rtol=1e-3, atol=1e-5)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("n_threads", [1, 3])
def test_held_out_rows_are_measured_by_all_threads_and_teach_nothing(folder: Path, n_threads: int) -> None:
    trainer = build_trainer(folder, "cpu")
    trainer.gradients.n_threads = n_threads
    batch = collate([[row] for row in trainer.dev], trainer.pad)
    wanted = float(trainer.loss.loss(batch)) / len(batch.targets)
    assert trainer.measure(trainer.dev) == pytest.approx(wanted, rel=1e-4)
    assert trainer.flat.grad is None


def test_what_happens_to_the_vector_happens_to_the_parameters() -> None:
    parameters = [torch.nn.Parameter(torch.full((2, 3), 1.0)), torch.nn.Parameter(torch.full((4,), 2.0))]
    flat = flatten(parameters)
    assert flat.tolist() == [1.0] * 6 + [2.0] * 4
    with torch.no_grad():
        flat += 1.0
        parameters[1][0] = 7.0
    assert parameters[0].tolist() == [[2.0] * 3] * 2
    assert flat[6:].tolist() == [7.0, 3.0, 3.0, 3.0]
