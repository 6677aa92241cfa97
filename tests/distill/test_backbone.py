"""The fast forward pass gives the loss and the gradients of transformers' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import Qwen2Config, Qwen2ForCausalLM

from stillroom.distill.backbone import Backbone
from stillroom.distill.base import add_adapter, load_base
from stillroom.distill.forward import PlainLoss, choose_loss
from stillroom.distill.rows import Batch, EncodedRow, collate, encode_row
from stillroom.distill.run import AdapterConfig, TrainingError
from stillroom.distill.training_set import TrainingRow

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture
def batch(tokenizer: Any, encoded: list[EncodedRow]) -> Batch:
    return collate([encoded[0:6:2], encoded[1:2], encoded[3:6:2]], tokenizer.eos_token_id)


@pytest.fixture
def encoded(tokenizer: Any, rows: list[TrainingRow]) -> list[EncodedRow]:
    made = [encode_row(tokenizer, row.prompt, row.completion, shared=row.shared) for row in rows[:5]]
    more = [("\nno", "ban<|im_end|>"), ("\na b ", "c<|im_end|>")]
    return [*made, encode_row(tokenizer, rows[5].prompt, rows[5].completion, shared=rows[5].shared, more=more)]


def adapted(base: Any, first_layer: int = 0) -> Any:
    model = add_adapter(base, AdapterConfig(4, 8.0, 0.0, TARGETS, first_layer), seed=0)
    # A fresh adapter's B is zero, which would hide mistakes in A's gradient.
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def compare(model: Any, batch: Batch) -> None:
    (wanted_loss, wanted), (loss, made) = (way(model).gradients(batch) for way in (PlainLoss, Backbone))
    torch.testing.assert_close(loss, wanted_loss, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(Backbone(model).loss(batch), wanted_loss, rtol=1e-5, atol=1e-4)
    names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    for name, one, other in zip(names, made, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("first_layer", [0, 1])
def test_same_loss_and_gradients_as_transformers(tiny_base: Path, batch: Batch, first_layer: int) -> None:
    compare(adapted(load_base(tiny_base, torch.float32), first_layer), batch)


def test_bfloat16_differs_by_rounding_only(tiny_base: Path, batch: Batch) -> None:
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        model = adapted(load_base(tiny_base, dtype))
        loss, parts = Backbone(model).gradients(batch)
        found.append((float(loss), torch.cat([part.flatten().float() for part in parts])))
    (exact, wanted), (rounded, made) = found
    assert rounded == pytest.approx(exact, rel=0.03)
    assert functional.cosine_similarity(made, wanted, dim=0) > 0.98


def test_biases_of_qwen_are_kept(tokenizer: Any, batch: Batch) -> None:
    torch.manual_seed(2)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=128,
    )
    base = Qwen2ForCausalLM(config)
    for name, parameter in base.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    compare(adapted(base), batch)


@pytest.mark.parametrize("way", [Backbone, PlainLoss])
def test_a_group_has_the_loss_and_the_gradients_of_its_rows_one_by_one(
    tiny_base: Path, tokenizer: Any, encoded: list[EncodedRow], batch: Batch, way: type[Backbone | PlainLoss]
) -> None:
    model = adapted(load_base(tiny_base, torch.float32))
    together, made = way(model).gradients(batch)
    alone = torch.stack([_plain_loss(model, row) for row in encoded]).sum()
    torch.testing.assert_close(together, alone.detach(), rtol=1e-5, atol=1e-4)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for one, other in zip(made, torch.autograd.grad(alone, parameters), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def _plain_loss(model: Any, row: EncodedRow) -> torch.Tensor:
    """Return transformers' own loss of one row, without anything of ours."""
    ids = torch.tensor([row.ids])
    labels = torch.full_like(ids, -100)
    for start, end in row.learnt:
        labels[0, start:end] = ids[0, start:end]
    logits = model(input_ids=ids).logits
    return functional.cross_entropy(logits[0, :-1].float(), labels[0, 1:], reduction="sum")


def test_dropout_takes_the_plain_path(tiny_base: Path) -> None:
    model = adapted(load_base(tiny_base, torch.float32))
    assert isinstance(choose_loss(model, 0.0), Backbone)
    assert isinstance(choose_loss(model, 0.1), PlainLoss)


def test_a_first_layer_beyond_the_model_is_refused(tiny_base: Path) -> None:
    with pytest.raises(TrainingError, match="layers 0 to 1"):
        adapted(load_base(tiny_base, torch.float32), first_layer=2)
