"""What the trainer reads: run.json of a training folder, plain values that need no recipe reader.

Imports the standard library only: this file travels with a training folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Read by torch at its first product: batches come in many shapes, and oneDNN keeps kernels of 1.4 MB for each.
KERNEL_CACHE = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "2048"}
# Where a training folder keeps the weights of the student that it goes on from.
START_WEIGHTS = "start.safetensors"


# How rows are put into batches: a checkpoint counts batches, so one of another way cannot be gone on from.
BATCHES = "groups of rows that open alike"


class TrainingError(RuntimeError):
    """A training that cannot start or go on; the message is one sentence for the person who ran it."""


@dataclass(frozen=True)
class AdapterConfig:
    """The LoRA: rank, scale, dropout, target modules, and the first decoder layer that gets one."""

    r: int
    alpha: float
    dropout: float
    targets: tuple[str, ...]
    first_layer: int = 0


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW, a cosine with warm-up, and the budget: whichever of epochs, steps and seconds is used up first."""

    learning_rate: float
    warmup: float
    clip: float
    weight_decay: float
    batch_tokens: int
    max_row_tokens: int
    epochs: float
    steps: int | None = None
    seconds: float | None = None
    checkpoint_s: float = 60.0


@dataclass(frozen=True)
class StartConfig:
    """The student that a run goes on from: its name, the hash of its weights, and the tokens it had learnt from."""

    student: str
    sha256: str
    tokens: int


@dataclass(frozen=True)
class TrainingRun:
    """A training folder's run.json; `start` is None when the adapter is drawn afresh.

    `graph` says which graph the student is for: `feed` or `solver`.
    """

    name: str
    base: str
    base_path: str
    base_sha256: str
    precision: str
    seed: int
    adapter: AdapterConfig
    optimiser: OptimiserConfig
    files: dict[str, str]
    start: StartConfig | None = None
    graph: str = "feed"

    def fingerprint(self) -> str:
        """Return a hash of all that the weights depend on (not of where the base lies or the saving interval)."""
        fields = asdict(self) | {"batches": BATCHES}
        # The rows say what the graph is, and are hashed.
        del fields["base_path"], fields["optimiser"]["checkpoint_s"], fields["graph"]
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Write run.json."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True)
        (folder / "run.json").write_text(text + "\n", encoding="utf-8")


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_run(folder: Path) -> TrainingRun:
    """Read a training folder's run.json and check its files' hashes; raise TrainingError with the reason."""
    path = folder / "run.json"
    if not path.is_file():
        raise TrainingError(
            f"{folder} is no training folder: it has no run.json (make one with `stillroom distill prepare`)"
        )
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        adapter = fields.pop("adapter")
        adapter["targets"] = tuple(adapter["targets"])
        optimiser = OptimiserConfig(**fields.pop("optimiser"))
        start = fields.pop("start", None)
        run = TrainingRun(
            adapter=AdapterConfig(**adapter),
            optimiser=optimiser,
            start=None if start is None else StartConfig(**start),
            **fields,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}") from error
    for name, digest in run.files.items():
        if not (folder / name).is_file():
            raise TrainingError(f"{folder} lacks the file {name}: prepare it again")
        if hash_file(folder / name) != digest:
            raise TrainingError(f"{folder / name} was changed after it was prepared: prepare it again")
    return run
