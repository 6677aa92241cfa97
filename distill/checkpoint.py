"""A training run's saved state: written whole or not at all, read back only by the run that it belongs to.

Imports torch and the standard library only: this file travels with a training folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used; the message says why and what to do."""


@dataclass
class Checkpoint:
    """Everything that the next step depends on, and what was measured so far."""

    fingerprint: str
    step: int = 0
    epoch: int = 0
    batch: int = 0
    tokens: int = 0
    elapsed_s: float = 0.0
    adapter: dict[str, Any] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    rng: Any = None
    curve: list[dict[str, float]] = field(default_factory=list)
    sessions: int = 1


def save_checkpoint(path: Path, state: Checkpoint) -> None:
    """Write the state beside `path` and move it there, so that a killed process leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    fields = {name: getattr(state, name) for name in Checkpoint.__dataclass_fields__}
    with partial.open("wb") as file:
        torch.save(fields, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load_checkpoint(path: Path, fingerprint: str) -> Checkpoint | None:
    """Read the state, None when there is none; raise CheckpointError when it is damaged or of another run."""
    if not path.exists():
        return None
    try:
        state = Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises half a dozen types for a broken archive
        raise CheckpointError(f"{path} is damaged: delete it to train from the start") from error
    if state.fingerprint != fingerprint:
        raise CheckpointError(f"{path} belongs to other data or another recipe: delete it to train from the start")
    return state
