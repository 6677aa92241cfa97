"""Training rows as token ids with their loss mask, made together; groups read as one sequence; batches of groups.

Contract: a row's ids are the prompt's ids followed by the completion's, each tokenised apart, because that is what a
student sees when it speaks: a tokenised prompt, then its own tokens. The loss is on the completion, end-of-turn token
included, and on nothing else. A row may go on: what was said to the student next, which is context as the prompt is,
and its next completion; so a trajectory of many turns is read once. Rows that open with the same ids (the commands of
one moment) form groups: the opening is read once and each row's rest after it, seeing the opening and itself alone, at
the positions that it has by itself. So a row's loss is the same in a group as out of it. The order of batches depends
on the rows, the seed and the epoch.
Imports torch and the standard library only: this file travels with a training folder.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

WINDOW_BATCHES = 32
LENGTH_STEP = 4
# A longer sequence shares more, and its attention, which sees to it that rows do not see each other, costs more.
GROUP_TOKENS = 224


class RowError(ValueError):
    """A training row that cannot be used; the message names the file and line."""


@dataclass(frozen=True)
class EncodedRow:
    """One example: token ids, the stretches of them that are learnt, its slice, and how many first ids others share.

    `learnt` holds the (start, end) of every completion, in order; what lies before and between them is context.
    """

    ids: tuple[int, ...]
    learnt: tuple[tuple[int, int], ...]
    slice: str = ""
    n_shared: int = 0

    @property
    def n_learnt(self) -> int:
        """Return how many ids the loss is on."""
        return sum(end - start for start, end in self.learnt)

    @property
    def opening(self) -> tuple[int, ...]:
        """Return the ids that rows of its group have in common."""
        return self.ids[: self.n_shared]

    @property
    def rest(self) -> tuple[int, ...]:
        """Return the ids after the opening."""
        return self.ids[self.n_shared :]


Exchange = tuple[str, str]
"""What is said to a student, and its completion."""

Group = Sequence[EncodedRow]
"""Rows with the same opening, read as one sequence."""


@dataclass(frozen=True)
class Batch:
    """Groups as padded ids (groups, time), and what is learnt from them.

    `positions` (groups, time) are each token's place in its own row; `parts` (groups, time) is 0 in an opening and the
    row's number from 1 on in its rest. The next token is learnt at the flat positions `chosen` (k,); it is in
    `targets` (k,).
    """

    ids: Tensor
    positions: Tensor
    parts: Tensor
    chosen: Tensor
    targets: Tensor

    def to(self, device: str) -> Batch:
        """Return the batch on another device."""
        fields = (self.ids, self.positions, self.parts, self.chosen, self.targets)
        return Batch(*(field.to(device) for field in fields))

    def mask(self, dtype: torch.dtype) -> Tensor:
        """Return what is added to attention scores, (groups, time, time): 0 where a token is seen, else -inf."""
        time = self.ids.shape[1]
        mine, other = self.parts[:, :, None], self.parts[:, None, :]
        seen = ((other == 0) | (mine == other)).tril_()
        mask = torch.zeros((len(seen), time, time), dtype=dtype, device=self.ids.device)
        return mask.masked_fill_(~seen, float("-inf"))


def encode_row(
    tokenizer: Any, prompt: str, completion: str, name: str = "", shared: int = 0, more: Iterable[Exchange] = ()
) -> EncodedRow:
    """Tokenise one example, whose prompt's first `shared` characters other rows have too.

    `more` are pairs of what was said next and the completion after it. Raise RowError when a part is empty or a
    completion does not end its turn.
    """

    def encode(text: str) -> list[int]:
        found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    ids: list[int] = []
    learnt: list[tuple[int, int]] = []
    for context, said in ((prompt, completion), *more):
        before, after = encode(context), encode(said)
        if not before or not after:
            raise RowError("the prompt or the completion is empty")
        if after[-1] != tokenizer.eos_token_id:
            raise RowError(f"the completion does not end with {tokenizer.eos_token}: the student would never stop")
        ids += before
        learnt.append((len(ids), len(ids) + len(after)))
        ids += after
    # A token may reach over the opening's end, and the prompt's last token is always the row's own.
    n_shared = len(os.path.commonprefix([encode(prompt[:shared]), ids[: learnt[0][0] - 1]])) if shared else 0
    return EncodedRow(tuple(ids), tuple(learnt), name, n_shared)


def read_rows(path: Path, tokenizer: Any, max_tokens: int) -> list[EncodedRow]:
    """Read a JSONL file of rows, leaving out rows longer than `max_tokens`; raise RowError naming a bad line."""
    rows: list[EncodedRow] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                name, shared = str(row.get("slice", "")), int(row.get("shared", 0))
                more = [(str(context), str(said)) for context, said in row.get("more", [])]
                encoded = encode_row(tokenizer, row["prompt"], row["completion"], name, shared, more)
            except (ValueError, KeyError, TypeError) as error:
                raise RowError(f"{path.name}, line {number}: {error}") from error
            if len(encoded.ids) <= max_tokens:
                rows.append(encoded)
    return rows


def collate(groups: Sequence[Group], pad: int) -> Batch:
    """Lay out groups, padded on the right; a token that is of a completion is learnt from the one before it.

    Lengths are rounded up a little, so that batches have fewer shapes: on a CPU each shape needs kernels of its own.
    """
    time = -(-max(group_length(group) for group in groups) // LENGTH_STEP) * LENGTH_STEP
    ids = torch.full((len(groups), time), pad, dtype=torch.long)
    positions, parts = torch.zeros_like(ids), torch.zeros_like(ids)
    chosen: list[int] = []
    targets: list[int] = []
    for index, group in enumerate(groups):
        end = group[0].n_shared
        ids[index, :end] = torch.tensor(group[0].opening, dtype=torch.long)
        positions[index, :end] = torch.arange(end)
        for part, row in enumerate(group, start=1):
            start, end = end, end + len(row.rest)
            ids[index, start:end] = torch.tensor(row.rest)
            positions[index, start:end] = torch.arange(row.n_shared, len(row.ids))
            parts[index, start:end] = part
            # Where the row's first id would lie, were its opening its own.
            first = index * time + start - row.n_shared
            for begin, stop in row.learnt:
                chosen.extend(range(first + begin - 1, first + stop - 1))
                targets.extend(row.ids[begin:stop])
    return Batch(ids, positions, parts, torch.tensor(chosen), torch.tensor(targets))


def group_length(group: Group) -> int:
    """Return how many ids a group is read as."""
    return group[0].n_shared + sum(len(row.rest) for row in group)


def plan_epoch(rows: Sequence[EncodedRow], batch_tokens: int, seed: int, epoch: int) -> list[list[list[int]]]:
    """Return the epoch's batches as groups of row numbers: shuffled, of like length inside windows, cut by padded size.

    A batch that is cut because it is full has an even number of groups, if it has more than one: two threads, each
    with half of it, then end at the same time.
    """
    shuffle = random.Random(f"{seed}/{epoch}")
    groups = _group(rows, min(GROUP_TOKENS, batch_tokens // 2), shuffle)
    shuffle.shuffle(groups)
    lengths = [group_length([rows[number] for number in group]) for group in groups]
    mean = max(1.0, sum(lengths) / max(1, len(lengths)))
    window = max(1, int(WINDOW_BATCHES * batch_tokens / mean))
    batches: list[list[list[int]]] = []
    for start in range(0, len(groups), window):
        part = sorted(range(start, min(start + window, len(groups))), key=lambda at: lengths[at])
        batches.extend([groups[at] for at in batch] for batch in _cut(part, lengths, batch_tokens))
    shuffle.shuffle(batches)
    return batches


def _group(rows: Sequence[EncodedRow], limit: int, shuffle: random.Random) -> list[list[int]]:
    """Return groups of row numbers, each read as at most `limit` ids where it has more than one row."""
    by_opening: dict[tuple[int, ...], list[int]] = {}
    alone = [[number] for number, row in enumerate(rows) if not row.n_shared]
    for number, row in enumerate(rows):
        if row.n_shared:
            by_opening.setdefault(row.opening, []).append(number)
    groups = []
    for opening, numbers in by_opening.items():
        shuffle.shuffle(numbers)
        total, room = sum(len(rows[number].rest) for number in numbers), max(1, limit - len(opening))
        # Shares of like size, so that none is left with a single row.
        share = total / -(-total // room)
        group, filled = list[int](), 0
        for number in numbers:
            length = len(rows[number].rest)
            if group and (filled + length > room or filled + length / 2 > share):
                groups.append(group)
                group, filled = [], 0
            group.append(number)
            filled += length
        groups.append(group)
    return alone + groups


def _cut(groups: Iterable[int], lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    batches: list[list[int]] = [[]]
    for group in groups:
        # Groups come shortest first, so this one's length is what the whole batch would be padded to.
        while (full := batches[-1]) and (len(full) + 1) * lengths[group] > batch_tokens:
            batches.append([full.pop()] if len(full) > 1 and len(full) % 2 else [])
        batches[-1].append(group)
    return [batch for batch in batches if batch]
