"""Reading and placing an adapter: shapes, scale, the rotary permutation, and what an export cannot hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.merge import permute, read_adapter

PREFIX = "base_model.model.model.layers.3"


def _write(folder: Path, tensors: dict[str, torch.Tensor], **config: object) -> Path:
    save_file(tensors, str(folder / "adapter_model.safetensors"))
    (folder / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 8, **config}))
    return folder


def test_the_delta_is_the_scaled_product(tmp_path: Path) -> None:
    a, b = torch.randn(2, 6), torch.randn(4, 2)
    tensors = {f"{PREFIX}.mlp.up_proj.lora_A.weight": a, f"{PREFIX}.mlp.up_proj.lora_B.weight": b}
    delta = read_adapter(_write(tmp_path, tensors)).delta("blk.3.ffn_up.weight")
    assert delta is not None
    np.testing.assert_allclose(delta, (b @ a * 4).numpy(), rtol=1e-5)
    stable = read_adapter(_write(tmp_path, tensors, use_rslora=True)).delta("blk.3.ffn_up.weight")
    assert stable is not None
    np.testing.assert_allclose(stable, (b @ a).numpy() * 8 / 2**0.5, rtol=1e-5)


def test_untouched_layers_have_no_delta(tmp_path: Path) -> None:
    adapter = read_adapter(_write(tmp_path, {}))
    assert adapter.delta("blk.0.attn_q.weight") is None


def test_an_adapter_on_embeddings_is_refused(tmp_path: Path) -> None:
    tensors = {"base_model.model.model.embed_tokens.lora_A.weight": torch.zeros(2, 2)}
    with pytest.raises(ModelError, match="an export cannot hold"):
        read_adapter(_write(tmp_path, tensors))


def test_permuting_interleaves_the_halves_of_each_head() -> None:
    rows = np.arange(8, dtype=np.float32)[:, None]
    assert permute(rows, 2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
