"""Ids and mask agree with the text, rows of a group do not see each other, an epoch holds every row once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stillroom.distill.rows import (
    GROUP_TOKENS,
    WINDOW_BATCHES,
    EncodedRow,
    RowError,
    collate,
    encode_row,
    group_length,
    plan_epoch,
    read_rows,
)
from stillroom.distill.training_set import TrainingRow


def test_ids_and_mask_round_trip(tokenizer: Any, rows: list[TrainingRow]) -> None:
    encoded = [encode_row(tokenizer, row.prompt, row.completion, row.slice) for row in rows]
    for row, made in zip(rows, encoded, strict=True):
        ((start, end),) = made.learnt
        assert "".join(tokenizer.convert_ids_to_tokens(made.ids[:start])) == row.prompt
        assert "".join(tokenizer.convert_ids_to_tokens(made.ids[start:end])) == row.completion
        assert made.ids[-1] == tokenizer.eos_token_id and end == len(made.ids)
        # Turns are marked by real special tokens, not by their spelling.
        assert made.ids[0] == tokenizer.convert_tokens_to_ids("<|im_start|>")


def test_a_batch_learns_each_completion_token_from_the_one_before(tokenizer: Any, rows: list[TrainingRow]) -> None:
    encoded = [encode_row(tokenizer, row.prompt, row.completion, shared=row.shared) for row in rows[:9]]
    groups = [encoded[0:6:2], encoded[1:6:2], encoded[6:7], encoded[8:9]]
    batch = collate(groups, pad=tokenizer.eos_token_id)
    flat = batch.ids.flatten()
    assert flat[batch.chosen + 1].tolist() == batch.targets.tolist()
    assert batch.targets.tolist() == [token for group in groups for row in group for token in learnt(row)]


def learnt(row: EncodedRow) -> list[int]:
    return [token for start, end in row.learnt for token in row.ids[start:end]]


def test_a_row_that_goes_on_learns_its_completions_alone(tokenizer: Any, rows: list[TrainingRow]) -> None:
    more = (("\n<|im_start|>user\nno<|im_end|>\n<|im_start|>assistant\n", "ban<|im_end|>"), ("\nnow ", "c<|im_end|>"))
    long = replace(rows[0], more=more)
    made = encode_row(tokenizer, long.prompt, long.completion, shared=long.shared, more=more)
    text = "".join(tokenizer.convert_ids_to_tokens(made.ids))
    assert text == long.prompt + long.completion + "".join(part for pair in more for part in pair)
    assert "".join(tokenizer.convert_ids_to_tokens(learnt(made))) == f"{long.completion}ban<|im_end|>c<|im_end|>"
    assert made.n_learnt == len(learnt(made))
    other = encode_row(tokenizer, rows[2].prompt, rows[2].completion, shared=rows[2].shared)
    batch = collate([[other, made], [made]], pad=tokenizer.eos_token_id)
    assert batch.ids.flatten()[batch.chosen + 1].tolist() == batch.targets.tolist()
    assert batch.targets.tolist() == learnt(other) + 2 * learnt(made)


@pytest.mark.parametrize("more", [(("", "a<|im_end|>"),), (("a", "b"),)])
def test_a_row_that_goes_on_badly_is_refused(tokenizer: Any, more: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(RowError):
        encode_row(tokenizer, "a", "b<|im_end|>", more=more)


def test_a_row_is_written_and_read_with_all_its_turns(tmp_path: Path, tokenizer: Any, rows: list[TrainingRow]) -> None:
    path = tmp_path / "train.jsonl"
    more = (("a", "b<|im_end|>"),)
    path.write_text("\n".join(row.to_json() for row in (rows[0], replace(rows[0], more=more))), encoding="utf-8")
    alone, longer = read_rows(path, tokenizer, 512)
    assert len(longer.learnt) == 2 and longer.ids[: len(alone.ids)] == alone.ids
    assert "more" not in rows[0].to_json()


def test_a_row_in_a_group_sees_its_own_ids_in_their_own_places(tokenizer: Any, rows: list[TrainingRow]) -> None:
    encoded = [encode_row(tokenizer, row.prompt, row.completion, shared=row.shared) for row in rows[0:8:2]]
    assert all(row.n_shared == 1 + len("user\nparse\nmust ") for row in encoded)
    batch = collate([encoded, encoded[:1]], pad=0)
    seen = batch.mask(torch.float32) == 0
    end = encoded[0].n_shared
    for row in encoded:
        end += len(row.rest)
        last = seen[0, end - 1]
        assert batch.ids[0, last].tolist() == list(row.ids)
        assert batch.positions[0, last].tolist() == list(range(len(row.ids)))
    assert end == group_length(encoded) < sum(len(row.ids) for row in encoded)


def test_an_opening_ends_before_a_token_that_reaches_over_it_and_before_the_prompts_last() -> None:
    def words(text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [sum(map(ord, word)) for word in text.split("|")]}

    words.eos_token_id = ord("!")  # type: ignore[attr-defined]
    assert encode_row(words, "ab|cd|ef", "!", shared=len("ab|c")).opening == (sum(map(ord, "ab")),)
    assert encode_row(words, "ab|cd", "!", shared=len("ab|cd")).n_shared == 1
    assert encode_row(words, "ab|cd", "!").n_shared == 0


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


def made_rows(lengths: list[tuple[int, int]]) -> list[EncodedRow]:
    """Return rows of these lengths, after openings of these lengths; one opening for each length."""
    return [EncodedRow((*[shared] * shared, *[0] * length), (), "", shared) for length, shared in lengths]


@given(
    lengths=st.lists(st.tuples(st.integers(2, 90), st.integers(0, 4).map(lambda size: size * 9)), max_size=200),
    batch_tokens=st.integers(1, 700),
    seed=st.integers(0, 3),
    epoch=st.integers(0, 3),
)
def test_an_epoch_holds_every_row_once(
    lengths: list[tuple[int, int]], batch_tokens: int, seed: int, epoch: int
) -> None:
    rows = made_rows(lengths)
    batches = plan_epoch(rows, batch_tokens, seed, epoch)
    assert sorted(row for batch in batches for group in batch for row in group) == list(range(len(rows)))
    for batch in batches:
        groups = [[rows[number] for number in group] for group in batch]
        assert len(batch) == 1 or len(batch) * max(map(group_length, groups)) <= batch_tokens
        for group in groups:
            assert len({row.opening for row in group}) == 1
            assert len(group) == 1 or (group[0].n_shared and group_length(group) <= min(GROUP_TOKENS, batch_tokens / 2))
    assert batches == plan_epoch(rows, batch_tokens, seed, epoch)


@given(length=st.integers(2, 60), n_rows=st.integers(1, 300), batch_tokens=st.integers(1, 400))
def test_full_batches_have_an_even_number_of_groups(length: int, n_rows: int, batch_tokens: int) -> None:
    sizes = [len(batch) for batch in plan_epoch(made_rows([(length, 0)] * n_rows), batch_tokens, 0, 0)]
    wanted = max(1, batch_tokens // length // 2 * 2)
    # What is left of a window of groups may be less, and odd: one batch in WINDOW_BATCHES.
    assert sum(size != wanted for size in sizes) <= 1 + len(sizes) / WINDOW_BATCHES


def test_rows_that_open_alike_are_read_together() -> None:
    rows = made_rows([(20, 40)] * 12 + [(20, 0)] * 3)
    groups = [group for batch in plan_epoch(rows, 400, 0, 0) for group in batch]
    assert sorted(map(len, groups)) == [1, 1, 1, 6, 6]


def test_epochs_and_seeds_differ() -> None:
    rows = made_rows([(length, 0) for length in range(10, 60)])
    plans = [plan_epoch(rows, 200, seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert plans[0] != plans[1] and plans[0] != plans[2]
