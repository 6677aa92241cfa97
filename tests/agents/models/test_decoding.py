"""The decoding loop on a byte tokenizer: a model of random logits cannot leave the grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.byte_model import write_byte_tokenizer

from stillroom.agents.models.decoding import (
    LENGTH,
    LOOP,
    STOP,
    Logits,
    Sampling,
    States,
    TokenIds,
    TokenSpace,
    before_loop,
    decode,
    decode_many,
    look_up,
)
from stillroom.agents.models.error import ModelError

GRAMMAR = r"(?:keep|(?:must|ban) genre = (?:Comedy|Film-Noir)(?:\ntag = [a-zé]{1,12}){0,2})"


class Scripted:
    """A Reader whose states are its logits; they depend on all that it has read, through a function of the ids."""

    def __init__(self, logits_after: Callable[[Sequence[int]], Logits], pass_length: int = 1) -> None:
        self.logits_after = logits_after
        self.pass_length = pass_length
        self.ids: list[int] = []
        self.asked: list[list[int]] = []

    def begin(self, prompt: Sequence[int]) -> list[int]:
        self.ids = []
        return list(prompt)

    def read(self, ids: Sequence[int], n_last: int = 1) -> States:
        self.asked.append(list(ids))
        self.ids += ids
        ends = range(len(self.ids) - n_last + 1, len(self.ids) + 1)
        return np.stack([self.logits_after(self.ids[:end]) for end in ends])

    def logits(self, state: States, tokens: TokenIds | None) -> Logits:
        return state if tokens is None else state[tokens]

    def unread(self, n_ids: int) -> None:
        self.ids = self.ids[: len(self.ids) - n_ids]


class Fanning(Scripted):
    """A scripted Reader that goes on in branches; each knows its own ids."""

    branches: list[list[int]] = []

    def begin(self, prompt: Sequence[int]) -> list[int]:
        self.branches = []
        return super().begin(prompt)

    def fan_out(self, parents: Sequence[int], ids: Sequence[int]) -> States:
        before = self.branches or [self.ids]
        self.branches = [[*before[parent], token] for parent, token in zip(parents, ids, strict=True)]
        self.asked.append(list(ids))
        return np.stack([self.logits_after(branch) for branch in self.branches])

    def all_logits(self, states: States) -> Logits:
        return states


def dice(ids: Sequence[int]) -> Logits:
    """Return random logits, the same after the same ids."""
    return np.random.default_rng(list(ids)).normal(size=258).astype(np.float32)


@pytest.fixture
def space(tmp_path: Path) -> TokenSpace:
    return TokenSpace(write_byte_tokenizer(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize("seed", range(40))
def test_random_logits_stay_inside_the_grammar(space: TokenSpace, seed: int) -> None:
    reader, sampling = Scripted(dice), Sampling(temperature=float(seed % 2), seed=seed)
    reply = decode(reader, space, f"<|im_start|>user\nhi {seed}", GRAMMAR, sampling)
    assert re.fullmatch(GRAMMAR, reply.text)
    assert reply.finish_reason == STOP


def test_forced_text_asks_the_model_nothing(space: TokenSpace) -> None:
    def logits_after(ids: Sequence[int]) -> Logits:
        logits = np.zeros(258, dtype=np.float32)
        logits[space.encode("b")[0]] = 1
        logits[space.encode("F")[0]] = 1
        logits[space.stop] = 2
        return logits

    reader = Scripted(logits_after)
    reply = decode(reader, space, "hi", GRAMMAR, Sampling())
    assert reply.text == "ban genre = Film-Noir"
    assert len(reader.asked) == 3  # the tone, the value, and whether to go on
    assert len(reader.ids) == reply.n_in + reply.n_out
    assert reply.n_in == 2


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(
    "kind", ["right", "cut short", "too long", "wrong at once", "wrong later", "not in the grammar"]
)
def test_a_draft_changes_nothing_but_the_number_of_questions(space: TokenSpace, kind: str, seed: int) -> None:
    sampling = Sampling(temperature=float(seed % 2), seed=seed)
    plain = Scripted(dice)
    wanted = decode(plain, space, f"hi {seed}", GRAMMAR, sampling)
    draft = {
        "right": wanted.text,
        "cut short": wanted.text[: len(wanted.text) // 2],
        "too long": wanted.text + "\ntag = abc",
        "wrong at once": "x" + wanted.text,
        "wrong later": wanted.text[:-2] + "xy",
        "not in the grammar": "wish! <|im_end|> é",
    }[kind]
    reader = Scripted(dice)
    assert decode(reader, space, f"hi {seed}", GRAMMAR, sampling, draft) == wanted
    assert len(reader.asked) <= len(plain.asked)
    if kind in ("right", "too long"):
        assert len(reader.asked) == 1
    if kind == "wrong at once":
        assert reader.ids == plain.ids


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("pass_length", [2, 6, 40])
def test_looking_up_changes_nothing_but_the_number_of_questions(space: TokenSpace, pass_length: int, seed: int) -> None:
    # Among so few letters much is looked up, and much of it in vain.
    grammar = "[ab]{3}(?:\nx[ab]{1,20}){0,4}"
    sampling = Sampling(temperature=float(seed % 2), seed=seed, max_tokens=40)
    plain, quick = Scripted(dice), Scripted(dice, pass_length)
    wanted = decode(plain, space, f"ab ba {seed}", grammar, sampling)
    assert decode(quick, space, f"ab ba {seed}", grammar, sampling) == wanted
    assert quick.ids[: len(plain.ids)] == plain.ids
    assert max(len(ids) for ids in quick.asked[1:]) <= pass_length
    assert len(quick.asked) <= len(plain.asked)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("n_replies", [1, 2, 7])
@pytest.mark.parametrize("grammar", [GRAMMAR, None])
def test_replies_side_by_side_are_those_one_after_another(
    space: TokenSpace, grammar: str | None, n_replies: int, temperature: float
) -> None:
    sampling = Sampling(temperature, seed=3, max_tokens=30)
    alone = [decode(Scripted(dice), space, "hello", grammar, replace(sampling, seed=3 + at)) for at in range(n_replies)]
    reader = Fanning(dice)
    assert decode_many(reader, space, "hello", grammar, sampling, n_replies) == alone
    assert len(reader.asked) <= 1 + max(reply.n_out for reply in alone)
    assert temperature == 0 or n_replies == 1 or len({reply.text for reply in alone}) > 1


def test_names_are_copied_from_the_prompt_in_one_go(space: TokenSpace) -> None:
    wanted = space.encode("wish person = Donatas Banionis")

    def logits_after(ids: Sequence[int]) -> Logits:
        said = ids[n_prompt:]
        return np.eye(258, dtype=np.float32)[wanted[len(said)] if len(said) < len(wanted) else space.stop]

    prompt = "> more of donatas, I mean Donatas Banionis"
    n_prompt = len(space.encode(prompt))
    grammar = "wish person = [A-Za-z ]{1,40}"
    slow, quick = Scripted(logits_after), Scripted(logits_after, 8)
    assert decode(slow, space, prompt, grammar, Sampling()) == decode(quick, space, prompt, grammar, Sampling())
    assert len(slow.asked) == 2 + len("Donatas Banionis")
    assert len(quick.asked) <= 6


@pytest.mark.parametrize(
    ("said", "sources", "n_ids", "found"),
    [
        ([1, 2], [[1, 2, 3, 4, 5]], 2, [3, 4]),
        ([1, 2], [[1, 2, 3], [1, 2, 4]], 5, [3]),  # the first source goes before
        ([1, 2], [[9, 2, 3], [1, 2, 4]], 5, [4]),  # two ids go before one
        ([1, 2], [[9, 2, 3, 2, 5]], 1, [5]),  # the last occurrence
        ([1, 2], [[1, 2]], 5, []),  # nothing follows it
        ([7], [[1, 2]], 5, []),
        ([], [[1, 2]], 5, []),
        ([1], [[1, 2]], 0, []),
        ([1], [[1, 2]], -3, []),
    ],
)
def test_look_up(said: list[int], sources: list[list[int]], n_ids: int, found: list[int]) -> None:
    assert look_up(said, sources, n_ids) == found


def test_running_out_of_tokens_leaves_whole_lines(space: TokenSpace) -> None:
    def logits_after(ids: Sequence[int]) -> Logits:
        logits = np.zeros(258, dtype=np.float32)
        logits[space.encode("\n")[0]] = 1
        logits[space.stop] = -1
        return logits

    reply = decode(Scripted(logits_after), space, "hi", GRAMMAR, Sampling(max_tokens=32))
    assert reply.finish_reason == LENGTH
    assert reply.text == "ban genre = Comedy\ntag = a"


def test_a_reply_that_repeats_a_line_ends_there(space: TokenSpace) -> None:
    wanted = space.encode("ban genre = Comedy\ntag = ab\ntag = ab\n")

    def logits_after(ids: Sequence[int]) -> Logits:
        return np.eye(258, dtype=np.float32)[wanted[(len(ids) - 2) % len(wanted)]]

    grammar = r"ban genre = Comedy(?:\ntag = [a-z]{1,2}){0,9}"
    reader = Scripted(logits_after)
    reply = decode(reader, space, "hi", grammar, Sampling())
    assert (reply.text, reply.finish_reason) == ("ban genre = Comedy\ntag = ab", LOOP)
    assert reply.n_out < len(wanted) + 9
    # Free text may say a thing twice.
    free = decode(Scripted(logits_after), space, "hi", None, Sampling(max_tokens=60))
    assert "tag = ab\ntag = ab\n" in free.text and free.finish_reason == LENGTH


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("a", None),
        ("a\na", None),  # the second line may go on
        ("a\na\n", "a"),
        ("a\nb\na\n", None),
        ("c\na\na\nb", "c\na"),
    ],
)
def test_where_a_loop_begins(text: str, cut: str | None) -> None:
    assert before_loop(text) == cut


@pytest.mark.parametrize("draft", [None, "so be it", "so it is", ""])
def test_without_a_grammar_the_model_is_free(space: TokenSpace, draft: str | None) -> None:
    wanted = [*space.encode("so be it"), space.stop]

    def logits_after(ids: Sequence[int]) -> Logits:
        return np.eye(258, dtype=np.float32)[wanted[len(ids) - 2] if len(ids) - 2 < len(wanted) else 0]

    assert decode(Scripted(logits_after), space, "hi", None, Sampling(), draft).text == "so be it"


def test_bad_grammars_and_tokenizers_are_one_sentence(space: TokenSpace, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="grammar cannot be used"):
        space.constrain("(")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ModelError, match="is no tokenizer"):
        TokenSpace(tmp_path / "broken.json")
    with pytest.raises(ModelError, match="only ChatML"):
        TokenSpace(write_byte_tokenizer(tmp_path / "plain.json", chatml=False))
