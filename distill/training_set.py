"""A training folder: rows, tokenizer, recipe, hashes and the training code itself, so that it trains anywhere.

`write_training_folder(rows, recipe, recipe_text, base, out)` is the entry. The folder needs torch, transformers and
peft and nothing of stillroom: `python train.py` inside it runs copies of the files that TRAVELLERS names. The base
model is referred to by path and hash, or copied in (bf16, 269 MB for SmolLM2) so that the folder can go elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import torch

from stillroom.distill.base import load_base, load_tokenizer
from stillroom.distill.recipe import Recipe
from stillroom.distill.rows import Exchange
from stillroom.distill.run import (
    START_WEIGHTS,
    AdapterConfig,
    OptimiserConfig,
    StartConfig,
    TrainingError,
    TrainingRun,
    hash_file,
)

TRAVELLERS = (
    "backbone",
    "base",
    "card",
    "checkpoint",
    "forward",
    "passes",
    "rows",
    "run",
    "shards",
    "student",
    "train_command",
    "trainer",
)

LAUNCHER = '''"""Train the student of this folder: python train.py (needs torch, transformers and peft only)."""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER / "code"))

from stillroom.distill.train_command import main  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], FOLDER))
'''


@dataclass(frozen=True)
class TrainingRow:
    """One example as literal text: the prompt up to the reply, the reply with its end-of-turn token, and its origin.

    The prompt's first `shared` characters are those of other rows too: they need not be read for each. `maker` says
    who made the words, where they are not the wording bank's. `more` are the later turns of a trajectory: what was said
    to the student, and its next reply.
    """

    prompt: str
    completion: str
    slice: str = ""
    source: str = ""
    shared: int = 0
    maker: str = ""
    more: tuple[Exchange, ...] = ()

    def to_json(self) -> str:
        """Return the row as a line of a JSONL file, without the line end."""
        fields = {name: value for name, value in asdict(self).items() if value or name not in ("maker", "more")}
        return json.dumps(fields, ensure_ascii=False)


@dataclass(frozen=True)
class PreparedFolder:
    """What was written: the folder, rows to learn from, rows held out, and the rows of each slice."""

    path: Path
    n_train: int
    n_dev: int
    by_slice: dict[str, int]


def write_training_folder(
    rows: Iterable[TrainingRow],
    recipe: Recipe,
    recipe_text: str,
    base: Path,
    out: Path,
    copy_base: bool = False,
    start: Path | None = None,
) -> PreparedFolder:
    """Write the folder, whole or not at all.

    `base` is a GGUF file or a transformers folder, `start` the folder of the student that the recipe starts from.

    A folder prepared before at `out` is replaced, its checkpoint with it; when nothing has changed, it is left alone.
    """
    goes_on_from = None if start is None else describe_start(start)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    counts = _write_rows(rows, recipe, partial)
    if not sum(counts.train.values()):
        shutil.rmtree(partial)
        raise TrainingError("there are no rows to train on: simulate first, or widen the recipe's data")
    load_tokenizer(base).save_pretrained(partial / "tokenizer")
    (partial / "recipe.toml").write_text(recipe_text, encoding="utf-8")
    _write_code(partial)
    if start is not None:
        shutil.copyfile(start / "adapter_model.safetensors", partial / START_WEIGHTS)
    run = _describe_run(recipe, base, partial, copy_base, goes_on_from)
    run.write(partial)
    _move(partial, out)
    by_slice = {name: counts.train[name] for name in sorted(counts.train)}
    return PreparedFolder(out, sum(counts.train.values()), counts.n_dev, by_slice)


def is_held_out(prompt: str, dev_share: float) -> bool:
    """Say whether rows with this prompt are held out: by its hash, so that one prompt is never on both sides."""
    return int(hashlib.sha256(prompt.encode()).hexdigest()[:8], 16) < dev_share * 2**32


@dataclass
class _Counts:
    train: dict[str, int]
    n_dev: int = 0


def _write_rows(rows: Iterable[TrainingRow], recipe: Recipe, folder: Path) -> _Counts:
    counts = _Counts({})
    with (
        (folder / "train.jsonl").open("w", encoding="utf-8", newline="\n") as train,
        (folder / "dev.jsonl").open("w", encoding="utf-8", newline="\n") as dev,
    ):
        for row in rows:
            held = is_held_out(row.prompt, recipe.data.dev_share)
            file: TextIO = dev if held else train
            file.write(row.to_json() + "\n")
            if held:
                counts.n_dev += 1
            else:
                counts.train[row.slice] = counts.train.get(row.slice, 0) + 1
    return counts


def _write_code(folder: Path) -> None:
    code = folder / "code" / "stillroom" / "distill"
    code.mkdir(parents=True)
    for package in (code.parent, code):
        (package / "__init__.py").write_text("", encoding="utf-8")
    for name in TRAVELLERS:
        shutil.copyfile(Path(__file__).resolve().with_name(f"{name}.py"), code / f"{name}.py")
    (folder / "train.py").write_text(LAUNCHER, encoding="utf-8")


def describe_start(student: Path) -> StartConfig:
    """Read from a student's folder what a run says of the student that it goes on from."""
    try:
        record = json.loads((student / "training.json").read_text(encoding="utf-8"))
        before = record["run"].get("start")
        tokens = record["result"]["tokens"] + (before["tokens"] if before else 0)
        return StartConfig(record["student"], hash_file(student / "adapter_model.safetensors"), tokens)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"the student {student} cannot be started from: its training.json is not whole") from error


def _describe_run(recipe: Recipe, base: Path, folder: Path, copy_base: bool, start: StartConfig | None) -> TrainingRun:
    if copy_base:
        load_base(base, torch.bfloat16).save_pretrained(folder / "base")
    weights = base if base.is_file() else base / "model.safetensors"
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    # The code is left out: it may be mended in place, and a hash of it would refuse to go on.
    hashed = sorted(name for name in names if not name.startswith(("code/", "train.py")))
    adapter: dict[str, Any] = recipe.adapter.model_dump()
    return TrainingRun(
        name=recipe.name,
        base=recipe.base,
        base_path="base" if copy_base else str(base.resolve()),
        base_sha256=hash_file(weights),
        precision=recipe.precision,
        seed=recipe.seed,
        adapter=AdapterConfig(**adapter),
        optimiser=OptimiserConfig(**recipe.optimiser.model_dump()),
        files={name: hash_file(folder / name) for name in hashed},
        start=start,
        graph="solver" if recipe.tasks else "feed",
    )


def _move(partial: Path, out: Path) -> None:
    """Put the new folder in place, unless the one there says the same: then its checkpoint is worth keeping."""
    try:
        same = (out / "run.json").read_bytes() == (partial / "run.json").read_bytes()
    except OSError:
        same = False
    if same:
        shutil.rmtree(partial)
        return
    if out.exists():
        shutil.rmtree(out)
    partial.replace(out)
