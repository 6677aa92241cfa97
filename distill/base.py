"""The base model of a student: a GGUF file or a transformers folder, made ready for training with a fresh LoRA.

Imports torch, transformers and peft only (a GGUF base needs the gguf package too): this file travels with a
training folder.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from stillroom.distill.run import AdapterConfig, TrainingError

DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def load_base(path: Path, dtype: torch.dtype) -> Any:
    """Return the causal language model in a GGUF file or a transformers folder, free of quantisation marks."""
    if not path.exists():
        raise TrainingError(f"the base model {path} is not there: fetch it, or prepare the folder with the base copied")
    if path.is_dir():
        return AutoModelForCausalLM.from_pretrained(path, dtype=dtype, local_files_only=True)
    with _one_name_map():
        model = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=dtype, local_files_only=True
        )
    # transformers refuses to save, and peft to adapt plainly, what it believes to be quantised still.
    for owner in (model.config, model):
        for mark in ("quantization_config", "hf_quantizer"):
            if hasattr(owner, mark):
                delattr(owner, mark)
    fresh: Any = type(model)(model.config)
    fresh.to(dtype)
    fresh.load_state_dict(model.state_dict())
    fresh.tie_weights()
    return fresh


@contextmanager
def _one_name_map() -> Iterator[None]:
    """Let transformers make its table of tensor names once: it asks for the same one at every module, 400 times."""
    import gguf

    plain = gguf.get_tensor_name_map
    gguf.get_tensor_name_map = cache(plain)
    try:
        yield
    finally:
        gguf.get_tensor_name_map = plain


def load_tokenizer(path: Path) -> Any:
    """Return the tokenizer of a GGUF file or of a transformers folder."""
    if path.is_dir():
        return AutoTokenizer.from_pretrained(path, local_files_only=True)
    return AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)


def choose_precision(wanted: str, device: str) -> str:
    """Return bf16 or fp32; `auto` is bf16 where the hardware multiplies it (a CPU without is many times slower)."""
    if wanted != "auto":
        return wanted
    if device.startswith("cuda"):
        return "bf16"
    able = torch.cpu.get_capabilities()
    return "bf16" if able.get("avx512_bf16") or able.get("amx_bf16") else "fp32"


def add_adapter(model: Any, adapter: AdapterConfig, seed: int, start: Path | None = None) -> Any:
    """Wrap the model in a float32 LoRA; the base is frozen.

    The LoRA is drawn from `seed`, or read from a student's weights when `start` names their file; TrainingError says
    that they are of another shape.
    """
    n_layers = int(model.config.num_hidden_layers)
    if not 0 <= adapter.first_layer < n_layers:
        raise TrainingError(
            f"adapter.first_layer is {adapter.first_layer}, but the base has layers 0 to {n_layers - 1}"
        )
    layers = list(range(adapter.first_layer, n_layers)) if adapter.first_layer else None
    config = LoraConfig(
        r=adapter.r,
        lora_alpha=adapter.alpha,  # type: ignore[arg-type]
        lora_dropout=adapter.dropout,
        target_modules=list(adapter.targets),
        layers_to_transform=layers,
        task_type="CAUSAL_LM",
    )
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrapped = get_peft_model(model, config)
    if start is not None:
        _read_weights(wrapped, start)
    wrapped.train()
    return wrapped


def _read_weights(wrapped: Any, path: Path) -> None:
    theirs = load_file(path)
    ours = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    if {name: tensor.shape for name, tensor in theirs.items()} != {name: tensor.shape for name, tensor in ours.items()}:
        raise TrainingError(
            "the student to start from has another adapter: give the recipe's [adapter] the r, targets and first_layer "
            "of that student's recipe, and the same base"
        )
    set_peft_model_state_dict(wrapped, theirs)
