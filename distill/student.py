"""A student's folder: adapter in bf16, tokenizer, recipe, training.json and model card; written whole or not at all.

Imports torch, transformers and peft only: this file travels with a training folder.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict
from safetensors.torch import save_file

from stillroom.distill.card import render_card
from stillroom.distill.run import TrainingRun
from stillroom.distill.trainer import TrainingResult

ADAPTER = "adapter_model.safetensors"
PACKAGES = ("torch", "transformers", "peft", "safetensors")


def save_student(run: TrainingRun, model: Any, result: TrainingResult, folder: Path, out: Path) -> Path:
    """Write the student to `out` from the training folder it came from; an older student there is replaced."""
    weights = get_peft_model_state_dict(model, save_embedding_layers=False)
    narrow = {name: tensor.detach().cpu().to(torch.bfloat16).contiguous() for name, tensor in weights.items()}
    with student_folder(folder / "tokenizer", out) as partial:
        _write_adapter_config(run, model, partial)
        if (folder / "recipe.toml").is_file():
            shutil.copyfile(folder / "recipe.toml", partial / "recipe.toml")
        write_weights(narrow, describe_training(run, result), partial)
    return out


@contextmanager
def student_folder(like: Path, out: Path) -> Iterator[Path]:
    """Yield a copy of the folder `like` to write on in; it takes the place of `out` when all was written."""
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(like, partial)
    yield partial
    if out.exists():
        shutil.rmtree(out)
    partial.replace(out)


def write_weights(weights: dict[str, torch.Tensor], record: dict[str, Any], folder: Path) -> None:
    """Write an adapter's weights, and the record of how they came about with its card."""
    save_file(weights, str(folder / ADAPTER), metadata={"format": "pt"})
    _write_json(folder / "training.json", record)
    (folder / "README.md").write_text(render_card(record), encoding="utf-8")


def describe_training(run: TrainingRun, result: TrainingResult) -> dict[str, Any]:
    """Return training.json: what was trained, from what, how long, and how well."""
    settings = asdict(run)
    del settings["base_path"]  # a path of this machine has no place in a student
    return {
        "student": run.name,
        "run": settings,
        "fingerprint": run.fingerprint(),
        "result": asdict(result),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _write_adapter_config(run: TrainingRun, model: Any, out: Path) -> None:
    config = model.peft_config["default"]
    config.save_pretrained(str(out))
    path = out / "adapter_config.json"
    fields = json.loads(path.read_text(encoding="utf-8"))
    fields.update(base_model_name_or_path=run.base, inference_mode=True)
    fields["target_modules"] = sorted(fields["target_modules"])
    _write_json(path, fields)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
