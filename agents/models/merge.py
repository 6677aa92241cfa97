"""Merging a student's adapter into its base and writing one GGUF (Q8_0), the form that the fast runtime reads.

Contract: everything but the linear layers is copied from the base file (metadata, tokenizer, norms, embeddings; what is
quantised in a way that the fast runtime does not read becomes Q8_0); the linears are dequantised to float32, the
adapter's product is added, and the sum is quantised once. The tied output matrix is left out, as in the base. An
adapter on anything but attention and MLP linears is refused: it would be lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stillroom.agents.models.error import ModelError
from stillroom.data.building import building_file

Array = NDArray[np.float32]
_LINEARS: Final = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_KEY: Final = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.([a-z_.]+)\.lora_([AB])\.weight")
_LINEAR: Final = re.compile(r"blk\.\d+\.(attn_[qkv]|attn_output|ffn_(?:gate|up|down))\.weight")
_UNREAD: Final = frozenset({6, 7})  # Q5_0 and Q5_1
_Q8_0_FILE: Final = 7  # general.file_type: mostly Q8_0


@dataclass(frozen=True)
class Adapter:
    """A LoRA's two factors per linear layer, by GGUF tensor name, and the factor on their product."""

    factors: Mapping[str, tuple[Array, Array]]
    scale: float

    def delta(self, name: str) -> Array | None:
        """Return what the adapter adds to a weight, (out, in), or None where it adds nothing."""
        pair = self.factors.get(name)
        if pair is None:
            return None
        a, b = pair
        return np.asarray(b @ a * self.scale, dtype=np.float32)


def read_adapter(folder: Path) -> Adapter:
    """Read adapter_config.json and adapter_model.safetensors; raise ModelError when they cannot be merged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = load_file(str(folder / "adapter_model.safetensors"))
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{folder} holds no readable adapter ({error})") from error
    halves: dict[str, dict[str, Array]] = {}
    for key, tensor in tensors.items():
        match = _KEY.fullmatch(key)
        if match is None or match[2] not in _LINEARS:
            raise ModelError(f"{folder}: the adapter changes {key}, which an export cannot hold")
        halves.setdefault(f"blk.{match[1]}.{_LINEARS[match[2]]}.weight", {})[match[3]] = tensor.float().numpy()
    rank = int(config["r"])
    scale = float(config["lora_alpha"]) / (rank**0.5 if config.get("use_rslora") else rank)
    return Adapter({name: (pair["A"], pair["B"]) for name, pair in halves.items()}, scale)


def permute(weight: Array, n_heads: int) -> Array:
    """Reorder a query or key weight's rows from transformers' rotary layout to that of llama GGUF files."""
    n_rows = weight.shape[0]
    return weight.reshape(n_heads, 2, n_rows // n_heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def is_read_as_is(gguf_file: Path) -> bool:
    """Say whether the fast runtime reads every quantisation of a GGUF; raise ModelError for a file that is none."""
    import gguf

    try:
        tensors = gguf.GGUFReader(str(gguf_file)).tensors
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(f"{gguf_file} is no GGUF file that can be read ({error})") from error
    return all(tensor.tensor_type not in _UNREAD for tensor in tensors)


def write_merged_gguf(base: Path, adapter: Adapter | None, out: Path) -> Path:
    """Write the merged model to `out`, whole or not at all; raise ModelError when base and adapter do not fit."""
    import gguf

    reader = gguf.GGUFReader(str(base))
    architecture = str(reader.fields["general.architecture"].contents())
    heads = _rotary_heads(reader, architecture)
    with building_file(out) as scratch:
        writer = gguf.GGUFWriter(str(scratch), architecture)
        _copy_metadata(reader, writer)
        _add_tensors(base.name, reader, writer, adapter, heads)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return out


def _add_tensors(name: str, reader: Any, writer: Any, adapter: Adapter | None, heads: dict[str, int]) -> None:
    import gguf

    unused = set(adapter.factors) if adapter else set()
    for tensor in reader.tensors:
        linear = _LINEAR.fullmatch(tensor.name)
        if linear is None and tensor.tensor_type not in _UNREAD:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        delta = adapter.delta(tensor.name) if adapter else None
        unused.discard(tensor.name)
        weight = _merged(tensor, delta, heads.get(linear[1]) if linear else None)
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(tensor.name, gguf.quants.quantize(weight, kind), raw_dtype=kind)
    if unused:
        raise ModelError(f"{name} has no {sorted(unused)[0]}, which the adapter changes")


def _merged(tensor: Any, delta: Array | None, n_heads: int | None) -> Array:
    import gguf

    weight = np.asarray(gguf.quants.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    if delta is None:
        return weight
    if delta.shape != weight.shape:
        raise ModelError(f"the adapter's {tensor.name} is {delta.shape}, but the base's is {weight.shape}")
    return weight + (permute(delta, n_heads) if n_heads else delta)


def _rotary_heads(reader: Any, architecture: str) -> dict[str, int]:
    """Return how many heads the permuted weights have; only the llama architecture permutes."""
    if architecture != "llama":
        return {}
    counts = ("attention.head_count", "attention.head_count_kv")
    n_heads, n_kv = (int(reader.fields[f"{architecture}.{name}"].contents()) for name in counts)
    return {"attn_q": n_heads, "attn_k": n_kv}


def _copy_metadata(reader: Any, writer: Any) -> None:
    import gguf

    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind is gguf.GGUFValueType.ARRAY else None
        value = _Q8_0_FILE if field.name == "general.file_type" else field.contents()
        writer.add_key_value(field.name, value, kind, sub_type=inner)
