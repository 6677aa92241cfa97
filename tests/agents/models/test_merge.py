"""Reading and placing an adapter: shapes, scale, the rotary permutation, and what an export cannot hold."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.merge import Adapter, is_read_as_is, permute, read_adapter, write_merged_gguf
from stillroom.agents.models.transformers_model import write_tokenizer

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


def test_what_the_fast_runtime_does_not_read_is_known_before_it_tries(tmp_path: Path) -> None:
    plain = _write_base(tmp_path / "plain.gguf")
    packed = _write_base(tmp_path / "packed.gguf", gguf.GGMLQuantizationType.Q5_0)
    assert is_read_as_is(plain) and not is_read_as_is(packed)
    assert is_read_as_is(write_merged_gguf(packed, None, tmp_path / "rewritten.gguf"))
    (tmp_path / "none.gguf").write_bytes(b"no weights at all")
    with pytest.raises(ModelError, match="none.gguf is no GGUF file that can be read"):
        is_read_as_is(tmp_path / "none.gguf")


def _write_base(path: Path, kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32) -> Path:
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_tensor("blk.0.ffn_up.weight", gguf.quants.quantize(np.ones((4, 32), np.float32), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_two_that_merge_one_model_at_once_both_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, out = _write_base(tmp_path / "base.gguf"), tmp_path / "out" / "model.gguf"
    both, close = Barrier(2, timeout=20), gguf.GGUFWriter.close

    def close_together(writer: gguf.GGUFWriter) -> None:
        close(writer)
        both.wait()

    monkeypatch.setattr(gguf.GGUFWriter, "close", close_together)
    with ThreadPoolExecutor(2) as threads:
        written = list(threads.map(lambda _: write_merged_gguf(base, None, out), range(2)))
    assert written == [out, out] and list(out.parent.iterdir()) == [out]
    assert [tensor.name for tensor in gguf.GGUFReader(str(out)).tensors] == ["blk.0.ffn_up.weight"]


def test_a_merge_that_fails_leaves_nothing(tmp_path: Path) -> None:
    base, out = _write_base(tmp_path / "base.gguf"), tmp_path / "out" / "model.gguf"
    foreign = Adapter({"blk.7.ffn_up.weight": (np.ones((2, 32), np.float32), np.ones((4, 2), np.float32))}, 1.0)
    with pytest.raises(ModelError, match="base.gguf has no blk.7.ffn_up.weight"):
        write_merged_gguf(base, foreign, out)
    assert list(out.parent.iterdir()) == []


def test_two_that_write_one_tokenizer_at_once_both_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, both = tmp_path / "out" / "tokenizer.json", Barrier(2, timeout=20)

    def save(path: str) -> None:
        Path(path).write_text("{}")
        both.wait()

    loaded = SimpleNamespace(backend_tokenizer=SimpleNamespace(save=save))
    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", lambda *_, **__: loaded)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: write_tokenizer(tmp_path, out), range(2))) == [out, out]
    assert list(out.parent.iterdir()) == [out]
