"""A small language model of random weights over single bytes, as files: it says anything, within a grammar."""

from __future__ import annotations

from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers


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


def write_byte_model(folder: Path) -> Path:
    """Write two layers of random weights and their tokenizer; return the folder, which transformers reads."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder.mkdir(exist_ok=True)
    tokenizer = Tokenizer.from_file(str(write_byte_tokenizer(folder / "tokenizer.json")))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=260, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
