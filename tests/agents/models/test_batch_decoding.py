"""A batch of replies by transformers on a small random model: each row is what it would be alone."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.agents.models.test_decoding import GRAMMAR
from tests.byte_model import write_byte_model

from stillroom.agents.models.decoding import LENGTH, LOOP, STOP, Completion, Sampling
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.transformers_model import TransformersModel

LINES = r"tag = [ab]{1,2}(?:\ntag = [ab]{1,2}){0,9}"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TransformersModel:
    """Open a two-layer model of random weights over bytes."""
    folder = write_byte_model(tmp_path_factory.mktemp("bytes"))
    return TransformersModel.open(folder, tokenizer_json=folder / "tokenizer.json", model_name="local:bytes")


def _together(model: TransformersModel, questions: list[tuple[Any, ...]]) -> list[Completion]:
    with ThreadPoolExecutor(len(questions)) as threads:
        return list(threads.map(lambda question: model.complete(*question), questions))


def test_rows_of_a_batch_are_what_they_are_alone(model: TransformersModel) -> None:
    questions: list[tuple[Any, ...]] = [
        ("hi", GRAMMAR, Sampling()),
        ("a much longer prompt than the others, about films", GRAMMAR, Sampling(max_tokens=70)),
        ("hi", GRAMMAR, Sampling(temperature=1.0, seed=1)),
        ("hi", GRAMMAR, Sampling(temperature=1.0, seed=2)),
        ("hi", None, Sampling(max_tokens=5)),
        ("ho", LINES, Sampling(temperature=0.5, seed=3)),
        ("ho", None, Sampling(temperature=1.5, seed=4, max_tokens=40)),
    ]
    alone = [model.complete(*question) for question in questions]
    sizes: list[int] = []
    decode_rows = model._batcher._answer

    def counted(rows: Any) -> Any:
        sizes.append(len(rows))
        return decode_rows(rows)

    model._batcher._answer = counted
    try:
        for _ in range(3):
            assert _together(model, questions) == alone
    finally:
        model._batcher._answer = decode_rows
    assert max(sizes) > 1
    assert alone[2] != alone[3]
    for reply, (_, grammar, sampling) in zip(alone, questions, strict=True):
        assert reply.n_out <= sampling.max_tokens
        if grammar and reply.finish_reason == STOP:
            assert re.fullmatch(grammar, reply.text)
    assert (alone[4].n_out, alone[4].finish_reason) == (5, LENGTH)


def test_a_row_that_repeats_a_line_ends_while_others_go_on(model: TransformersModel) -> None:
    replies = _together(model, [("ho", r"(?:ab\n){9}", Sampling()), ("hi", GRAMMAR, Sampling(temperature=1.0))])
    assert (replies[0].finish_reason, replies[0].text) == (LOOP, "ab")
    assert re.fullmatch(GRAMMAR, replies[1].text)


def test_a_grammar_that_is_none_spoils_nobody_elses_reply(model: TransformersModel) -> None:
    with pytest.raises(ModelError, match="grammar cannot be used"):
        model.complete("hi", "(", Sampling())
    assert re.fullmatch(GRAMMAR, model.complete("hi", GRAMMAR, Sampling()).text)


def test_sampling_follows_the_models_probabilities(model: TransformersModel) -> None:
    # The first token over many seeds against the softmax of the logits at that temperature.
    ids = torch.tensor([model._space.encode("hi")])
    with torch.inference_mode():
        wanted = torch.softmax(model._model(ids).logits[0, -1].float() / 0.2, dim=-1)
    questions = [("hi", "[a-d]", Sampling(temperature=0.2, seed=seed, max_tokens=1)) for seed in range(400)]
    said = [reply.text for reply in _together(model, questions)]
    among = {letter: float(wanted[model._space.encode(letter)[0]]) for letter in "abcd"}
    total = sum(among.values())
    for letter, weight in among.items():
        assert abs(said.count(letter) / len(said) - weight / total) < 0.08


def test_a_folder_without_a_tokenizer_file_is_read_by_transformers(model: TransformersModel) -> None:
    folder = Path(str(model._model.config._name_or_path))
    again = TransformersModel.open(folder, model_name="local:bytes")
    assert again.complete("hi", GRAMMAR, Sampling()) == model.complete("hi", GRAMMAR, Sampling())
