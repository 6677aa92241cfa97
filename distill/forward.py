"""The two ways to compute a batch's loss: the fast backbone, and transformers' own forward pass for the rest.

Contract: both give the summed cross entropy over the batch's chosen positions. Imports torch only (and backbone.py).
"""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor
from torch.nn import functional

from stillroom.distill.backbone import KNOWN_ARCHITECTURES, Backbone
from stillroom.distill.rows import Batch


class BatchLoss(Protocol):
    """Summed cross entropy of a batch's completion tokens."""

    def refresh(self) -> None:
        """Take up the trained parameters as they are now: to be called whenever they have changed."""
        ...

    def __call__(self, batch: Batch) -> Tensor:
        """Return a scalar that can be differentiated."""
        ...


class FastLoss:
    """The loss through backbone.py."""

    def __init__(self, model: Any) -> None:
        """Read the weights of a peft model."""
        self.backbone = Backbone(model)

    def refresh(self) -> None:
        """Copy the adapter's weights for the products of the next batches."""
        self.backbone.refresh()

    def __call__(self, batch: Batch) -> Tensor:
        """Return the summed cross entropy."""
        return self.backbone.loss(batch)


class PlainLoss:
    """The loss through the model's own forward pass, logits at the chosen positions only."""

    def __init__(self, model: Any) -> None:
        """Keep a peft model."""
        self.model = model.get_base_model()

    def refresh(self) -> None:
        """Do nothing: the model's own parameters are what it computes with."""

    def __call__(self, batch: Batch) -> Tensor:
        """Return the summed cross entropy."""
        mask = batch.mask(self.model.dtype)[:, None]
        read = self.model.model(
            input_ids=batch.ids, position_ids=batch.positions, attention_mask=mask, use_cache=False
        )
        hidden = read.last_hidden_state
        logits = self.model.lm_head(hidden.flatten(0, 1)[batch.chosen])
        return functional.cross_entropy(logits.float(), batch.targets, reduction="sum")


def choose_loss(model: Any, dropout: float) -> BatchLoss:
    """Return the fast loss where the architecture is known and the adapter has no dropout, else the plain one."""
    known = model.get_base_model().config.model_type in KNOWN_ARCHITECTURES
    return FastLoss(model) if known and dropout == 0 else PlainLoss(model)
