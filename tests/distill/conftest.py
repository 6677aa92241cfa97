"""A tiny random llama with a character tokenizer, and a training folder made of it: training in milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from stillroom.distill.recipe import Recipe, parse_recipe
from stillroom.distill.train_command import train_folder
from stillroom.distill.training_set import TrainingRow, write_training_folder

CHARACTERS = "\nabcdefghijklmnopqrstuvwxyz =<>#0123456789"
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


@pytest.fixture
def tokenizer() -> Any:
    """Return a tokenizer of single characters with real special tokens."""
    vocabulary = {text: index for index, text in enumerate((*SPECIALS, *CHARACTERS))}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIALS[0]))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.add_special_tokens(list(SPECIALS))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        unk_token=SPECIALS[0],
        bos_token=SPECIALS[1],
        eos_token=SPECIALS[2],
        pad_token=SPECIALS[2],
    )


@pytest.fixture
def tiny_base(tmp_path: Path, tokenizer: Any) -> Path:
    """Return a folder with a random two-layer llama of grouped-query attention."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        initializer_range=0.3,
        eos_token_id=2,
    )
    torch.manual_seed(1)
    folder = tmp_path / "tiny-base"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def rows() -> list[TrainingRow]:
    """Return rows of two kinds and several lengths; those of a kind open alike."""
    made = []
    for index in range(60):
        word = "abc"[index % 3] * (1 + index % 5)
        kind = ("must", "ban")[index % 2]
        opening = f"<|im_start|>user\nparse\n{kind} "
        prompt = f"{opening}{word} {index}<|im_end|>\n<|im_start|>assistant\n"
        made.append(TrainingRow(prompt, f"{kind} genre = {word}<|im_end|>", kind, "test", len(opening)))
    return made


@pytest.fixture
def recipe() -> Recipe:
    """Return a recipe of twelve small steps in float32."""
    optimiser = {"batch_tokens": 256, "steps": 12, "epochs": 10.0, "learning_rate": 0.02}
    data = {"dev_share": 0.2}
    return parse_recipe(
        {
            "name": "tiny",
            "base": "tiny",
            "precision": "fp32",
            "adapter": {"r": 4},
            "data": data,
            "optimiser": optimiser,
        },
        "tiny.toml",
    )


@pytest.fixture
def folder(tmp_path: Path, tiny_base: Path, rows: list[TrainingRow], recipe: Recipe) -> Path:
    """Return a prepared training folder."""
    out = tmp_path / "folder"
    write_training_folder(rows, recipe, 'name = "tiny"\n', tiny_base, out)
    return out


@pytest.fixture
def student(folder: Path, tmp_path: Path) -> Path:
    """Return a student of the training folder."""
    train_folder(folder, tmp_path / "student")
    return tmp_path / "student"
