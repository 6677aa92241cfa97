"""A step's gradients, made by several threads at once, each with its own share of the batch.

On a CPU this is faster than one pass whose every operation is cut among the cores: there is nothing to wait for but
the end, and a core that is busy elsewhere slows the step down instead of stalling it at each of ten thousand barriers.
Imports torch only: this file travels with a training folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from torch import Tensor

from stillroom.distill.forward import BatchLoss
from stillroom.distill.rows import Group, collate


def flatten(parameters: Sequence[Tensor]) -> Tensor:
    """Return one vector with the values of all parameters, which become views of it: changing it changes them.

    An optimiser's step on one vector is one operation; on hundreds of small matrices it took a thirtieth of a step.
    """
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
    parts = torch.split_with_sizes(flat, [parameter.numel() for parameter in parameters])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.data = part.view(parameter.shape)
    return flat.requires_grad_()


class ShardedGradients:
    """Fills the gradient of `flat` (see flatten) from a batch; the number of threads changes it by rounding only."""

    def __init__(self, loss: BatchLoss, flat: Tensor, pad: int, device: str) -> None:
        """Take the live parts; on a GPU, one thread does it all."""
        self.loss, self.flat, self.pad, self.device = loss, flat, pad, device
        self.n_threads = 1 if device.startswith("cuda") else torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self.n_threads, initializer=torch.set_num_threads, initargs=(1,))

    def __call__(self, groups: Sequence[Group]) -> float:
        """Add up the gradients of the mean loss per completion token, and return that loss."""
        self.loss.refresh()
        n_targets = sum(row.n_learnt for group in groups for row in group)
        parts = list(self._pool.map(lambda shard: self._part(shard, n_targets), self._cut(groups)))
        total = parts[0][1].to(self.flat.dtype)
        for _, gradient in parts[1:]:
            total += gradient
        self.flat.grad = total
        return sum(loss for loss, _ in parts)

    def loss_of(self, groups: Sequence[Group]) -> float:
        """Return the summed loss over the completion tokens of a batch; nothing is learnt from it."""
        self.loss.refresh()
        return sum(self._pool.map(self._loss_alone, self._cut(groups)))

    def _cut(self, groups: Sequence[Group]) -> list[Sequence[Group]]:
        return [groups[first :: self.n_threads] for first in range(min(self.n_threads, len(groups)))]

    def _loss_alone(self, groups: Sequence[Group]) -> float:
        with torch.no_grad():  # torch keeps this for each thread
            return float(self.loss.loss(collate(groups, self.pad).to(self.device)))

    def _part(self, groups: Sequence[Group], n_targets: int) -> tuple[float, Tensor]:
        loss, gradients = self.loss.gradients(collate(groups, self.pad).to(self.device))
        return float(loss) / n_targets, torch.cat([gradient.reshape(-1) for gradient in gradients]).div_(n_targets)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep torch from cutting single operations among the cores while the threads are at work."""
        before = torch.get_num_threads()
        if self.n_threads > 1:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
