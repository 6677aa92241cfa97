"""The training command: `python train.py` in a training folder, or `python -m stillroom.distill.trainer FOLDER`.

Imports torch, transformers and peft only: this file travels with a training folder.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from stillroom.distill.checkpoint import CheckpointError
from stillroom.distill.rows import RowError
from stillroom.distill.run import KERNEL_CACHE, TrainingError
from stillroom.distill.student import save_student
from stillroom.distill.trainer import Progress, TrainingResult, build_trainer

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a request to stop after the step; a second Ctrl-C breaks off."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, previous[signal.SIGINT])

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def train_folder(
    folder: Path,
    out: Path,
    report: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    device: str | None = None,
    base: Path | None = None,
) -> TrainingResult:
    """Train (or go on training) a prepared folder and write the student to `out` when the run is finished."""
    trainer = build_trainer(folder, device, base=base)
    result = trainer.train(report, stop)
    if result.finished:
        save_student(trainer.run, trainer.model, result, folder, out)
    return result


def show_line(progress: Progress) -> None:
    """Print a step's progress: a line that renews itself on a terminal, every twentieth step elsewhere."""
    live = sys.stderr.isatty()
    if not live and progress.step % 20 and progress.dev_loss is None:
        return
    dev = "" if progress.dev_loss is None else f" · held-out {progress.dev_loss:.4f}"
    text = (
        f"step {progress.step} · {progress.share:6.1%} · loss {progress.loss:.4f}{dev} · "
        f"{progress.tokens_per_s:.0f} tokens/s · {progress.seconds_left / 60:.1f} min left"
    )
    print(f"\r\x1b[K{text}" if live else text, end="" if live and not dev else "\n", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None, folder: Path = Path(".")) -> int:
    """Run the command and return its exit code; `folder` is what it trains when it is given none."""
    parser = argparse.ArgumentParser(prog="train", description="Train a student from a prepared folder.")
    parser.add_argument("folder", type=Path, nargs="?", default=folder, help="the training folder")
    parser.add_argument("--out", type=Path, help="where the student goes (default: FOLDER/student)")
    parser.add_argument("--device", help="cpu or cuda (default: cuda if there is one)")
    parser.add_argument("--base", type=Path, help="where the base model lies on this machine, if it was moved")
    options = parser.parse_args(arguments)
    out: Path = options.out or options.folder / "student"
    for name, value in KERNEL_CACHE.items():
        os.environ.setdefault(name, value)
    try:
        with stop_on_signal() as stop:
            result = train_folder(options.folder, out, show_line, stop, options.device, options.base)
    except (TrainingError, RowError, CheckpointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    if not result.finished:
        print(f"stopped at step {result.step}; run the same command again to go on")
        return EXIT_INTERRUPTED
    held = "" if result.dev_loss is None else f", held-out loss {result.dev_loss:.4f}"
    print(f"wrote {out}: {result.step} steps, {result.tokens} tokens in {result.seconds / 60:.1f} min{held}")
    return 0
