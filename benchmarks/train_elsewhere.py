"""Train prepared folders one after the other on a machine that has only what is brought to it.

    python train_elsewhere.py OUT FOLDER... [--base NAME=PARTS...] [--wheels FOLDER] [--device cuda]

FOLDER is what `stillroom distill prepare` wrote. PARTS is a folder whose files, in the order of their names, are the
base model NAME in one file (cut with `split -b 60M model.gguf PARTS/`); wheels (peft, gguf) come from a folder.
Students go to OUT/NAME, with one line of OUT/training.jsonl each: its seconds, tokens, tokens a second, held-out loss.
A folder that fails is reported and the next one trained; the exit code is then 1. Needs the standard library and torch.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Train all folders; return 1 when one of them failed."""
    options = read_options(arguments)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    if options.wheels is not None:
        install(options.wheels)
    bases = {name: join(Path(parts), out / "bases" / f"{name}.gguf") for name, parts in map(split_pair, options.base)}
    failed = [folder for folder in options.folders if not train(folder, out, bases, options.device)]
    return 1 if failed else 0


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="Train prepared folders one after the other.")
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--base", action="append", default=[], metavar="NAME=PARTS")
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--device")
    return parser.parse_args(arguments)


def split_pair(text: str) -> tuple[str, str]:
    """Return NAME and PARTS of NAME=PARTS."""
    name, _, parts = text.partition("=")
    return name, parts


def install(wheels: Path) -> None:
    """Install every wheel of a folder, and nothing that is not there."""
    files = sorted(str(path) for path in wheels.glob("*.whl"))
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", *files], check=True)


def join(parts: Path, whole: Path) -> Path:
    """Put the parts of a file together, unless that was done."""
    if not whole.is_file():
        whole.parent.mkdir(parents=True, exist_ok=True)
        partial = whole.with_suffix(".partial")
        with partial.open("wb") as file:
            for part in sorted(parts.iterdir()):
                file.write(part.read_bytes())
        partial.replace(whole)
    return whole


def train(folder: Path, out: Path, bases: dict[str, Path], device: str | None) -> bool:
    """Train one folder and say how it went; a base that was brought is checked by its hash."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    student = out / run["name"]
    command = [sys.executable, str(folder / "train.py"), "--out", str(student)]
    command += ["--base", str(bases[run["base"]])] if run["base"] in bases else []
    command += ["--device", device] if device else []
    if subprocess.run(command, check=False).returncode != 0:
        print(f"{run['name']}: failed", file=sys.stderr)
        return False
    result = json.loads((student / "training.json").read_text(encoding="utf-8"))["result"]
    row = {"student": run["name"], **{name: result[name] for name in ("device", "precision", "tokens", "seconds")}}
    row |= {"tokens_per_s": result["tokens"] / max(result["seconds"], 1e-9), "dev_loss": result["dev_loss"]}
    with (out / "training.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row) + "\n")
    print(json.dumps(row))
    return True


if __name__ == "__main__":
    raise SystemExit(main())
