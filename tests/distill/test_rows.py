"""Ids and mask agree with the text, and the batches of an epoch hold every row once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.distill.rows import WINDOW_BATCHES, RowError, collate, encode_row, plan_epoch, read_rows
from stillroom.distill.training_set import TrainingRow


def test_ids_and_mask_round_trip(tokenizer: Any, rows: list[TrainingRow]) -> None:
    encoded = [encode_row(tokenizer, row.prompt, row.completion, row.slice) for row in rows]
    for row, made in zip(rows, encoded, strict=True):
        assert "".join(tokenizer.convert_ids_to_tokens(made.ids[: made.n_prompt])) == row.prompt
        assert "".join(tokenizer.convert_ids_to_tokens(made.completion)) == row.completion
        assert made.completion[-1] == tokenizer.eos_token_id
        # Turns are marked by real special tokens, not by their spelling.
        assert made.ids[0] == tokenizer.convert_tokens_to_ids("<|im_start|>")


def test_a_batch_learns_each_completion_token_from_the_one_before(tokenizer: Any, rows: list[TrainingRow]) -> None:
    encoded = [encode_row(tokenizer, row.prompt, row.completion) for row in rows[:7]]
    batch = collate(encoded, pad=tokenizer.eos_token_id)
    flat = batch.ids.flatten()
    assert flat[batch.chosen + 1].tolist() == batch.targets.tolist()
    assert batch.targets.tolist() == [token for row in encoded for token in row.completion]


@pytest.mark.parametrize(("prompt", "completion"), [("", "a<|im_end|>"), ("a", ""), ("a", "must genre = a")])
def test_a_row_that_cannot_teach_is_refused(tokenizer: Any, prompt: str, completion: str) -> None:
    with pytest.raises(RowError):
        encode_row(tokenizer, prompt, completion)


def test_a_broken_line_is_named(tmp_path: Path, tokenizer: Any, rows: list[TrainingRow]) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text(rows[0].to_json() + "\n{broken\n", encoding="utf-8")
    with pytest.raises(RowError, match=r"train\.jsonl, line 2"):
        read_rows(path, tokenizer, 512)


def test_rows_that_are_too_long_are_left_out(tmp_path: Path, tokenizer: Any, rows: list[TrainingRow]) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(row.to_json() for row in rows), encoding="utf-8")
    kept = read_rows(path, tokenizer, 50)
    assert 0 < len(kept) < len(rows)
    assert all(len(row.ids) <= 50 for row in kept)


@given(
    lengths=st.lists(st.integers(1, 90), max_size=200),
    batch_tokens=st.integers(1, 400),
    seed=st.integers(0, 3),
    epoch=st.integers(0, 3),
)
def test_an_epoch_holds_every_row_once(lengths: list[int], batch_tokens: int, seed: int, epoch: int) -> None:
    batches = plan_epoch(lengths, batch_tokens, seed, epoch)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= batch_tokens
    assert batches == plan_epoch(lengths, batch_tokens, seed, epoch)


@given(length=st.integers(1, 60), n_rows=st.integers(1, 300), batch_tokens=st.integers(1, 400))
def test_full_batches_have_an_even_number_of_rows(length: int, n_rows: int, batch_tokens: int) -> None:
    sizes = [len(batch) for batch in plan_epoch([length] * n_rows, batch_tokens, 0, 0)]
    wanted = max(1, batch_tokens // length // 2 * 2)
    # What is left of a window of rows may be less, and odd: one batch in WINDOW_BATCHES.
    assert sum(size != wanted for size in sizes) <= 1 + len(sizes) / WINDOW_BATCHES


def test_epochs_and_seeds_differ() -> None:
    lengths = list(range(10, 60))
    plans = [plan_epoch(lengths, 200, seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert plans[0] != plans[1] and plans[0] != plans[2]
