"""Train a student's LoRA from a training folder, on CPU or one GPU: `python -m stillroom.distill.trainer FOLDER`.

Contract: needs torch, transformers and peft only, so the same code runs from a copy inside the folder (train.py).
The weights depend on the folder alone: same folder and machine, same weights, and a run that was stopped and resumed
ends with the weights of one that was not. One exception: with a budget in seconds the length of the cosine follows
the clock, so that it ends at zero in time whatever else the machine does.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stillroom.distill.base import DTYPES, add_adapter, choose_precision, load_base, load_tokenizer
from stillroom.distill.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from stillroom.distill.forward import choose_loss
from stillroom.distill.rows import EncodedRow, Group, plan_epoch, read_rows
from stillroom.distill.run import START_WEIGHTS, TrainingError, TrainingRun, hash_file, read_run
from stillroom.distill.shards import ShardedGradients, flatten

# Held-out rows that the end is measured on, and how many of them are read how often on the way.
DEV_ROWS = 256
DEV_SAMPLE = 48
DEV_TIMES = 8


@dataclass(frozen=True)
class Progress:
    """Where a run is: share done, losses per completion token, speed over the last steps, time left."""

    step: int
    share: float
    loss: float
    dev_loss: float | None
    tokens: int
    tokens_per_s: float
    seconds_left: float
    learning_rate: float


@dataclass(frozen=True)
class TrainingResult:
    """What a run ended with; `finished` is False when it was asked to stop before its budget was used up."""

    finished: bool
    step: int
    tokens: int
    seconds: float
    dev_loss: float | None
    dev_loss_by_slice: dict[str, float]
    curve: list[dict[str, float]]
    precision: str
    device: str
    sessions: int


def learning_rate_at(share: float, warmup: float, peak: float) -> float:
    """Return the rate at a share of the run in [0, 1]: linear up to `warmup`, then half a cosine down to zero."""
    if share < warmup:
        return peak * share / warmup
    return peak * 0.5 * (1.0 + math.cos(math.pi * (min(share, 1.0) - warmup) / (1.0 - warmup)))


class Trainer:
    """One run: a model with its adapter, encoded rows, and the state that a checkpoint holds."""

    def __init__(
        self,
        run: TrainingRun,
        model: Any,
        rows: list[EncodedRow],
        dev: list[EncodedRow],
        checkpoint: Path,
        device: str = "cpu",
        clock: Callable[[], float] = time.monotonic,
        pad: int = 0,
    ) -> None:
        """Take the live parts and load the checkpoint if there is one."""
        if not rows:
            raise TrainingError("there are no rows to train on")
        self.run, self.model, self.rows, self.dev = run, model, rows, dev[:DEV_ROWS]
        self.path, self.device, self.clock, self.pad = checkpoint, device, clock, pad
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.flat = flatten(list(self.parameters.values()))
        self.optimiser = torch.optim.AdamW(
            [self.flat], lr=0.0, weight_decay=run.optimiser.weight_decay, betas=(0.9, 0.99), fused=True
        )
        self.loss = choose_loss(model, run.adapter.dropout)
        self.gradients = ShardedGradients(self.loss, self.flat, pad, device)
        self.total_steps = self._count_steps()
        self.state = self._restore()

    def train(
        self,
        report: Callable[[Progress], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> TrainingResult:
        """Run to the end of the budget, or until `stop` says so; the state is saved either way."""
        recent: deque[tuple[float, int]] = deque([(self.clock(), self.state.tokens)], maxlen=20)
        started = saved = self.clock()
        before = self.state.elapsed_s
        stopped = False
        with self.gradients.alone():
            for batch in self._batches():
                if stopped := stop():
                    break
                loss = self._step(batch)
                self.state.elapsed_s = before + self.clock() - started
                recent.append((self.clock(), self.state.tokens))
                report(self._progress(loss, recent))
                if self.clock() - saved >= self.run.optimiser.checkpoint_s:
                    self.save()
                    saved = self.clock()
        self.save()
        return self._result(finished=not stopped)

    def save(self) -> None:
        """Write the checkpoint."""
        self.state.adapter = {name: p.detach().cpu() for name, p in self.parameters.items()}
        self.state.optimiser = self.optimiser.state_dict()
        self.state.rng = torch.get_rng_state()
        save_checkpoint(self.path, self.state)

    def measure(self, rows: list[EncodedRow]) -> float:
        """Return the mean loss per completion token of rows that are not trained on."""
        total, count = self._sum_loss(rows)
        return total / max(1, count)

    def _sum_loss(self, rows: list[EncodedRow]) -> tuple[float, int]:
        """Return the summed loss of rows that are not trained on, and their completion tokens."""
        plan = plan_epoch(rows, self.run.optimiser.batch_tokens, 0, 0)
        self.model.eval()
        with self.gradients.alone():
            total = sum(self.gradients.loss_of(pick_groups(rows, batch)) for batch in plan)
        self.model.train()
        return total, sum(row.n_learnt for row in rows)

    def _share(self) -> float:
        """Return how much of the budget is used up, in [0, 1]."""
        shares = [self.state.step / self.total_steps]
        if self.run.optimiser.seconds:
            shares.append(self.state.elapsed_s / self.run.optimiser.seconds)
        return min(1.0, max(shares))

    def _batches(self) -> Iterator[list[list[int]]]:
        """Yield batches from the saved place on, until the budget is used up."""
        while True:
            batches = self._plan(self.state.epoch)
            while self.state.batch < len(batches):
                if self._share() >= 1.0:
                    return
                yield batches[self.state.batch]
            self.state.epoch, self.state.batch = self.state.epoch + 1, 0

    def _step(self, batch: list[list[int]]) -> float:
        """Learn from one batch; return its mean loss per completion token."""
        config = self.run.optimiser
        # The rate is taken at the middle of the step, so that the first and last steps are not idle.
        share = min(1.0, self._share() + 0.5 / self.total_steps)
        rate = learning_rate_at(share, config.warmup, config.learning_rate)
        groups = pick_groups(self.rows, batch)
        loss = self.gradients(groups)
        torch.nn.utils.clip_grad_norm_(self.flat, config.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.batch += 1
        self.state.tokens += sum(len(row.ids) for group in groups for row in group)
        return loss

    def _progress(self, loss: float, recent: deque[tuple[float, int]]) -> Progress:
        share, state = self._share(), self.state
        last = max((point["share"] for point in state.curve if "dev_loss" in point), default=0.0)
        dev_loss = None
        if self.dev and (share >= 1.0 or share - last >= 1.0 / DEV_TIMES):
            dev_loss = self.measure(self.dev[:DEV_SAMPLE])
        if dev_loss is not None or state.step % 10 == 1:
            point = {"step": float(state.step), "share": share, "loss": loss}
            state.curve.append(point | ({} if dev_loss is None else {"dev_loss": dev_loss}))
        spent = recent[-1][0] - recent[0][0]
        speed = (recent[-1][1] - recent[0][1]) / spent if spent > 0 else 0.0
        left = state.elapsed_s * (1.0 - share) / share if share > 0 else math.inf
        rate = learning_rate_at(share, self.run.optimiser.warmup, self.run.optimiser.learning_rate)
        return Progress(state.step, share, loss, dev_loss, state.tokens, speed, left, rate)

    def _plan(self, epoch: int) -> list[list[list[int]]]:
        return plan_epoch(self.rows, self.run.optimiser.batch_tokens, self.run.seed, epoch)

    def _count_steps(self) -> int:
        """Return the steps of the whole run as epochs and steps allow."""
        config = self.run.optimiser
        whole, part = divmod(config.epochs, 1.0)
        count = sum(len(self._plan(epoch)) for epoch in range(int(whole)))
        count += math.ceil(part * len(self._plan(int(whole)))) if part else 0
        return max(1, min(count, config.steps) if config.steps else count)

    def _restore(self) -> Checkpoint:
        saved = load_checkpoint(self.path, self.run.fingerprint())
        if saved is None:
            return Checkpoint(self.run.fingerprint())
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(saved.adapter[name])
        self.optimiser.load_state_dict(saved.optimiser)
        torch.set_rng_state(saved.rng)
        saved.sessions += 1
        return saved

    def _result(self, finished: bool) -> TrainingResult:
        by_slice: dict[str, list[EncodedRow]] = {}
        for row in self.dev if finished else []:
            by_slice.setdefault(row.slice or "all", []).append(row)
        sums = {name: self._sum_loss(part) for name, part in sorted(by_slice.items())}
        return TrainingResult(
            finished=finished,
            step=self.state.step,
            tokens=self.state.tokens,
            seconds=self.state.elapsed_s,
            dev_loss=sum(loss for loss, _ in sums.values()) / sum(n for _, n in sums.values()) if sums else None,
            dev_loss_by_slice={name: loss / n for name, (loss, n) in sums.items()},
            curve=list(self.state.curve),
            precision=str(next(self.model.get_base_model().parameters()).dtype).removeprefix("torch."),
            device=self.device,
            sessions=self.state.sessions,
        )


def pick_groups(rows: Sequence[EncodedRow], batch: Sequence[Sequence[int]]) -> list[Group]:
    """Return the groups of rows that a batch names by number."""
    return [[rows[number] for number in numbers] for numbers in batch]


def build_trainer(
    folder: Path, device: str | None = None, clock: Callable[[], float] = time.monotonic, base: Path | None = None
) -> Trainer:
    """Load a training folder's rows and base model; raise TrainingError, RowError or CheckpointError.

    `base` is where the base model lies, if not where it lay when the folder was prepared; it must be the same.
    """
    run = read_run(folder)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = load_tokenizer(folder / "tokenizer")
    limit = run.optimiser.max_row_tokens
    rows = read_rows(folder / "train.jsonl", tokenizer, limit)
    dev = read_rows(folder / "dev.jsonl", tokenizer, limit)
    base = find_base(run, folder, base)
    model = load_base(base, DTYPES[choose_precision(run.precision, device)]).to(device)
    adapted = add_adapter(model, run.adapter, run.seed, None if run.start is None else folder / START_WEIGHTS)
    return Trainer(run, adapted, rows, dev, folder / "checkpoint.pt", device, clock, tokenizer.eos_token_id)


def find_base(run: TrainingRun, folder: Path, given: Path | None) -> Path:
    """Return where the base model lies; raise TrainingError where the one given is another."""
    if given is None:
        return Path(run.base_path) if Path(run.base_path).is_absolute() else folder / run.base_path
    weights = given if given.is_file() else given / "model.safetensors"
    if not weights.is_file():
        raise TrainingError(f"the base model {given} is not there")
    if hash_file(weights) != run.base_sha256:
        raise TrainingError(f"{given} is not the base model that this folder was prepared for ({run.base})")
    return given


if __name__ == "__main__":
    from stillroom.distill.train_command import main

    raise SystemExit(main())
