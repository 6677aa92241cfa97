"""The decoding loop on a byte tokenizer: a model of random logits cannot leave the grammar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from stillroom.agents.models.decoding import LENGTH, STOP, Logits, Sampling, TokenSpace, decode
from stillroom.agents.models.error import ModelError

GRAMMAR = r"(?:keep|(?:must|ban) genre = (?:Comedy|Film-Noir)(?:\ntag = [a-zé]{1,12}){0,2})"


def write_byte_tokenizer(path: Path, *, chatml: bool = True) -> Path:
    """Write a tokenizer of single bytes, with or without the token that ends a turn."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({mark: at for at, mark in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if chatml:
        tokenizer.add_special_tokens([AddedToken("<|im_start|>"), AddedToken("<|im_end|>")])
    tokenizer.save(str(path))
    return path


@pytest.fixture
def space(tmp_path: Path) -> TokenSpace:
    return TokenSpace(write_byte_tokenizer(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize("seed", range(40))
def test_random_logits_stay_inside_the_grammar(space: TokenSpace, seed: int) -> None:
    generator = np.random.default_rng(seed)

    def step(ids: Sequence[int]) -> Logits:
        return generator.normal(size=258).astype(np.float32)

    reply = decode(step, space, "<|im_start|>user\nhi", GRAMMAR, Sampling(temperature=float(seed % 2), seed=seed))
    assert re.fullmatch(GRAMMAR, reply.text)
    assert reply.finish_reason == STOP


def test_forced_text_asks_the_model_nothing(space: TokenSpace) -> None:
    asked: list[Sequence[int]] = []

    def step(ids: Sequence[int]) -> Logits:
        asked.append(list(ids))
        logits = np.zeros(258, dtype=np.float32)
        logits[space.encode("b")[0]] = 1
        logits[space.encode("F")[0]] = 1
        logits[space.stop] = 2
        return logits

    reply = decode(step, space, "hi", GRAMMAR, Sampling())
    assert reply.text == "ban genre = Film-Noir"
    assert len(asked) == 3  # the tone, the value, and whether to go on
    assert sum(len(ids) for ids in asked) == reply.n_in + reply.n_out
    assert reply.n_in == 2


def test_running_out_of_tokens_leaves_whole_lines(space: TokenSpace) -> None:
    def step(ids: Sequence[int]) -> Logits:
        logits = np.zeros(258, dtype=np.float32)
        logits[space.encode("\n")[0]] = 1
        logits[space.stop] = -1
        return logits

    reply = decode(step, space, "hi", GRAMMAR, Sampling(max_tokens=32))
    assert reply.finish_reason == LENGTH
    assert reply.text == "ban genre = Comedy\ntag = a"


def test_without_a_grammar_the_model_is_free(space: TokenSpace) -> None:
    wanted = iter([*space.encode("so be it"), space.stop])

    def step(ids: Sequence[int]) -> Logits:
        return np.eye(258, dtype=np.float32)[next(wanted)]

    assert decode(step, space, "hi", None, Sampling()).text == "so be it"


def test_bad_grammars_and_tokenizers_are_one_sentence(space: TokenSpace, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="grammar cannot be used"):
        space.constrain("(")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ModelError, match="is no tokenizer"):
        TokenSpace(tmp_path / "broken.json")
    with pytest.raises(ModelError, match="only ChatML"):
        TokenSpace(write_byte_tokenizer(tmp_path / "plain.json", chatml=False))
