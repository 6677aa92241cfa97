"""Training rows as token ids with their loss mask, made together; batches of rows of like length, in a seeded order.

Contract: a row's ids are the prompt's ids followed by the completion's, each tokenised apart, because that is what a
student sees when it speaks: a tokenised prompt, then its own tokens. The loss is on the completion, end-of-turn token
included, and on nothing else. The order of batches depends on the rows, the seed and the epoch alone.
Imports torch and the standard library only: this file travels with a training folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

WINDOW_BATCHES = 32
LENGTH_STEP = 4


class RowError(ValueError):
    """A training row that cannot be used; the message names the file and line."""


@dataclass(frozen=True)
class EncodedRow:
    """One example: token ids, how many of them are the prompt, and the slice it is counted under."""

    ids: tuple[int, ...]
    n_prompt: int
    slice: str = ""

    @property
    def completion(self) -> tuple[int, ...]:
        """Return the ids that the loss is on."""
        return self.ids[self.n_prompt :]


@dataclass(frozen=True)
class Batch:
    """Padded ids (batch, time), flat positions whose next token is learnt (k,), and those tokens (k,)."""

    ids: Tensor
    chosen: Tensor
    targets: Tensor

    def to(self, device: str) -> Batch:
        """Return the batch on another device."""
        return Batch(self.ids.to(device), self.chosen.to(device), self.targets.to(device))


def encode_row(tokenizer: Any, prompt: str, completion: str, name: str = "") -> EncodedRow:
    """Tokenise one example; raise RowError when a part is empty or the completion does not end its turn."""
    first = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    second = tokenizer(completion, add_special_tokens=False)["input_ids"]
    if not first or not second:
        raise RowError("the prompt or the completion is empty")
    if second[-1] != tokenizer.eos_token_id:
        raise RowError(f"the completion does not end with {tokenizer.eos_token}: the student would never stop")
    return EncodedRow((*first, *second), len(first), name)


def read_rows(path: Path, tokenizer: Any, max_tokens: int) -> list[EncodedRow]:
    """Read a JSONL file of rows, leaving out rows longer than `max_tokens`; raise RowError naming a bad line."""
    rows: list[EncodedRow] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                encoded = encode_row(tokenizer, row["prompt"], row["completion"], str(row.get("slice", "")))
            except (ValueError, KeyError, TypeError) as error:
                raise RowError(f"{path.name}, line {number}: {error}") from error
            if len(encoded.ids) <= max_tokens:
                rows.append(encoded)
    return rows


def collate(rows: Sequence[EncodedRow], pad: int) -> Batch:
    """Pad rows on the right; position p predicts token p + 1, and is chosen when that token is of a completion.

    Lengths are rounded up a little, so that batches have fewer shapes: on a CPU each shape needs kernels of its own.
    """
    time = -(-max(len(row.ids) for row in rows) // LENGTH_STEP) * LENGTH_STEP
    ids = torch.full((len(rows), time), pad, dtype=torch.long)
    chosen: list[int] = []
    targets: list[int] = []
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        chosen.extend(index * time + position for position in range(row.n_prompt - 1, len(row.ids) - 1))
        targets.extend(row.completion)
    return Batch(ids, torch.tensor(chosen), torch.tensor(targets))


def plan_epoch(lengths: Sequence[int], batch_tokens: int, seed: int, epoch: int) -> list[list[int]]:
    """Return the epoch's batches as row numbers: shuffled, sorted by length inside windows, cut by padded size.

    A batch that is cut because it is full has an even number of rows, if it has more than one: two threads, each with
    half of it, then end at the same time.
    """
    order = list(range(len(lengths)))
    shuffle = random.Random(f"{seed}/{epoch}")
    shuffle.shuffle(order)
    mean = max(1.0, sum(lengths) / max(1, len(lengths)))
    window = max(1, int(WINDOW_BATCHES * batch_tokens / mean))
    batches: list[list[int]] = []
    for start in range(0, len(order), window):
        part = sorted(order[start : start + window], key=lambda row: lengths[row])
        batches.extend(_cut(part, lengths, batch_tokens))
    shuffle.shuffle(batches)
    return batches


def _cut(rows: Iterable[int], lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    batches: list[list[int]] = [[]]
    for row in rows:
        # Rows come shortest first, so this row's length is what the whole batch would be padded to.
        while (full := batches[-1]) and (len(full) + 1) * lengths[row] > batch_tokens:
            batches.append([full.pop()] if len(full) > 1 and len(full) % 2 else [])
        batches[-1].append(row)
    return [batch for batch in batches if batch]
