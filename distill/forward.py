"""The two ways to compute a batch's loss: the fast backbone, and transformers' own forward pass for the rest.

Contract: both give the summed cross entropy over the batch's chosen positions, and its gradients for the trained
parameters. Imports torch only (and backbone.py).
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from stillroom.distill.backbone import KNOWN_ARCHITECTURES, Backbone
from stillroom.distill.rows import Batch


class BatchLoss(Protocol):
    """Summed cross entropy of a batch's completion tokens."""

    def refresh(self) -> None:
        """Take up the trained parameters as they are now: to be called whenever they have changed."""
        ...

    def loss(self, batch: Batch) -> Tensor:
        """Return a scalar."""
        ...

    def gradients(self, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Return the same, and its gradients in the order of the model's parameters, as precise as products are."""
        ...


class PlainLoss:
    """The loss through the model's own forward pass, logits at the chosen positions only."""

    def __init__(self, model: Any) -> None:
        """Keep a peft model."""
        self.model = model.get_base_model()
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def refresh(self) -> None:
        """Do nothing: the model's own parameters are what it computes with."""

    def loss(self, batch: Batch) -> Tensor:
        """Return the summed cross entropy, which can be differentiated."""
        mask = batch.mask(self.model.dtype)[:, None]
        read = self.model.model(input_ids=batch.ids, position_ids=batch.positions, attention_mask=mask, use_cache=False)
        logits = self.model.lm_head(read.last_hidden_state.flatten(0, 1)[batch.chosen])
        return functional.cross_entropy(logits.float(), batch.targets, reduction="sum")

    def gradients(self, batch: Batch) -> tuple[Tensor, list[Tensor]]:
        """Return the summed cross entropy and its gradients."""
        loss = self.loss(batch)
        return loss.detach(), list(torch.autograd.grad(loss, self.parameters))


def choose_loss(model: Any, dropout: float) -> BatchLoss:
    """Return the fast loss where the architecture is known and the adapter has no dropout, else the plain one."""
    known = model.get_base_model().config.model_type in KNOWN_ARCHITECTURES
    return Backbone(model) if known and dropout == 0 else PlainLoss(model)
