"""The average of several students' adapters, as a student of its own: `average_students(students, name, out)`.

Students that were trained on from one another, or from one start, lie in one valley of the loss, and the mean of their
weights reads unseen wordings better than any of them (stochastic weight averaging, arXiv 1803.05407; model soups, arXiv
2203.05482). It costs nothing to serve: the average has the shape of each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from stillroom.distill.card import render_card
from stillroom.distill.run import TrainingError, hash_file
from stillroom.distill.student import ADAPTER, student_folder, write_weights

# What students have to share for their weights to mean the same.
SHARED = ("adapter_config.json", "tokenizer.json")


def average_students(students: Sequence[Path], name: str, out: Path) -> Path:
    """Write the mean of the students' adapters to `out`, whole or not at all; the rest is the last student's.

    TrainingError says that there are fewer than two, that one cannot be read, or that two do not belong together.
    """
    if len(students) < 2:
        raise TrainingError("an average needs two students or more")
    last = students[-1]
    for student in students[:-1]:
        for file in SHARED:
            if _read(student / file) != _read(last / file):
                raise TrainingError(f"{student} and {last} cannot be averaged: they differ in {file}")
    mean = _mean([_load(student) for student in students])
    record = _describe(students, name)
    with student_folder(last, out) as partial:
        write_weights(mean, record, partial)
    return out


def _mean(adapters: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    shapes = [{name: tensor.shape for name, tensor in adapter.items()} for adapter in adapters]
    if any(shape != shapes[0] for shape in shapes):
        raise TrainingError("the students' adapters differ in shape and cannot be averaged")
    return {
        name: torch.stack([adapter[name].float() for adapter in adapters]).mean(0).to(tensor.dtype)
        for name, tensor in adapters[0].items()
    }


def _describe(students: Sequence[Path], name: str) -> dict[str, Any]:
    """Return the last student's training.json under the new name; losses are left out, they were not measured."""
    records = [_record(student) for student in students]
    parts = [
        {"student": record["student"], "sha256": hash_file(student / ADAPTER)}
        for student, record in zip(students, records, strict=True)
    ]
    result = records[-1]["result"] | {"dev_loss": None, "dev_loss_by_slice": {}}
    return records[-1] | {"student": name, "average": parts, "result": result}


def _record(student: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(_read(student / "training.json"))
        render_card(record)
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"the student {student} cannot be averaged: its training.json is not whole") from error
    return record


def _load(student: Path) -> dict[str, Tensor]:
    try:
        return load_file(str(student / ADAPTER))
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{student} holds no readable adapter ({error})") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror})") from error
