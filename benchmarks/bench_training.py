"""Training speed on the CPU: threads that share a batch, against threads that share every operation, against peft.

    python benchmarks/bench_training.py runs/demo/training [--steps 6] [--batch-tokens 512] [--beside-a-busy-core]

Every way trains on the same batches of a prepared folder in one run, one after the other; printed are tokens a second
and the ratio to peft's own forward pass. Nothing is saved.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch

from stillroom.distill.forward import BatchLoss, PlainLoss
from stillroom.distill.rows import Group, collate, plan_epoch
from stillroom.distill.trainer import Trainer, build_trainer, pick_groups

Step = Callable[[Sequence[Group]], None]


def one_pass(trainer: Trainer, loss: BatchLoss) -> Step:
    """Return a step that lets torch cut every operation among the cores."""

    def step(groups: Sequence[Group]) -> None:
        batch = collate(groups, trainer.pad)
        loss.refresh()
        _, gradients = loss.gradients(batch)
        trainer.flat.grad = torch.cat([gradient.reshape(-1) for gradient in gradients]).float()
        update(trainer)

    return step


def shared_batch(trainer: Trainer) -> Step:
    """Return the trainer's own step: every core has rows of its own."""

    def step(groups: Sequence[Group]) -> None:
        with trainer.gradients.alone():
            trainer.gradients(groups)
            update(trainer)

    return step


def update(trainer: Trainer) -> None:
    """Take an optimiser's step at a rate of zero, so that every way trains the same weights."""
    trainer.optimiser.step()
    trainer.optimiser.zero_grad(set_to_none=True)


def tokens_per_s(step: Step, batches: Sequence[Sequence[Group]]) -> float:
    """Return the speed over all batches but the first two, which warm up."""
    for groups in batches[:2]:
        step(groups)
    start = perf_counter()
    for groups in batches[2:]:
        step(groups)
    return sum(len(row.ids) for groups in batches[2:] for group in groups for row in group) / (perf_counter() - start)


@contextmanager
def busy_core(wanted: bool) -> Iterator[None]:
    """Keep one core busy with another process, if wanted."""
    other = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
    if wanted:
        other.start()
    try:
        yield
    finally:
        if wanted:
            other.kill()


def _spin() -> None:
    while True:
        pass


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--batch-tokens", type=int, default=512)
    parser.add_argument("--beside-a-busy-core", action="store_true")
    options = parser.parse_args()
    trainer = build_trainer(options.folder, "cpu")
    with TemporaryDirectory() as scratch:
        trainer.path = Path(scratch) / "checkpoint.pt"
        plan = plan_epoch(trainer.rows, options.batch_tokens, trainer.run.seed, 0)[: options.steps + 2]
        batches = [pick_groups(trainer.rows, batch) for batch in plan]
        ways = {
            "peft, operations shared": one_pass(trainer, PlainLoss(trainer.model)),
            "backbone.py, operations shared": one_pass(trainer, trainer.loss),
            "backbone.py, batch shared": shared_batch(trainer),
        }
        with busy_core(options.beside_a_busy_core):
            found = {name: tokens_per_s(step, batches) for name, step in ways.items()}
    print(f"{torch.get_num_threads()} threads, batches of {options.batch_tokens} tokens")
    first = next(iter(found.values()))
    for name, speed in found.items():
        print(f"{name:<32} {speed:7.0f} tokens/s   {speed / first:5.2f} times peft")


if __name__ == "__main__":
    main()
