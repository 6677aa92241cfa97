"""Text vectors: the MiniLM encoder, a memory of query texts, and vectors cached on disk by what they were made from.

Contract: unit rows, float32. A cached array is keyed by the texts and the encoder, written whole or not at all, read
memory-mapped.
"""

from __future__ import annotations

import copy
import hashlib
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Encoder

MAX_TOKENS = 128
N_DIMENSIONS = 384
# A batch whose activations stay in the cores' caches is faster than a larger one.
_TOKENS_PER_CORE = 1536
_BULK = 32
# Attention is slow on widths that do not fill the vector registers; for short rows the padding costs more than that.
_WIDTH_STEP = 16
_WIDE = 32
_REMEMBERED = 4096


@dataclass(frozen=True, eq=False)
class MiniLmEncoder:
    """all-MiniLM-L6-v2: mean of the last layer, unit length. Weights load at the first text."""

    folder: Callable[[], Path]
    progress: Callable[[int, int], None] = lambda _done, _total: None

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        from safetensors.torch import load_file
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        folder = self.folder()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        # Not from_pretrained: it writes bars and reports to the terminal of whoever asked for a feed.
        model: Any = AutoModel.from_config(  # type: ignore[no-untyped-call]
            AutoConfig.from_pretrained(folder, local_files_only=True)
        )
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
        return tokenizer, model.eval()

    @cached_property
    def _half_model(self) -> Any:
        """Return a copy in bfloat16: cast once, where autocast would cast weights and activations in every batch."""
        import torch

        return copy.deepcopy(self._parts[1]).to(torch.bfloat16)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows of shape (len(texts), 384); texts with like numbers of tokens share a batch.

        In bulk, where the processor multiplies bfloat16, the model computes in it: cosine 0.9999 to full precision.
        """
        import torch

        vectors = np.zeros((len(texts), N_DIMENSIONS), dtype=np.float32)
        if not texts:
            return vectors
        half = len(texts) >= _BULK and bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        model = self._half_model if half else self._parts[1]
        tokens = self._parts[0](list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
        n_tokens = _TOKENS_PER_CORE * torch.get_num_threads()
        done = 0
        for batch in batches_by_length([len(row) for row in tokens], n_tokens):
            vectors[batch] = _mean_of_last_layer(model, [tokens[row] for row in batch])
            done += len(batch)
            self.progress(done, len(texts))
        return vectors


def batches_by_length(lengths: Sequence[int], n_tokens: int) -> Iterator[list[int]]:
    """Yield all rows in batches by rising length, each of at most `n_tokens` when padded to its longest row."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if batch and (len(batch) + 1) * lengths[row] > n_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _mean_of_last_layer(model: Any, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Return unit rows of shape (len(rows), 384) for rows of token ids."""
    import torch

    longest = max(map(len, rows))
    n_columns = longest if longest < _WIDE else -(-longest // _WIDTH_STEP) * _WIDTH_STEP
    tokens = torch.zeros((len(rows), n_columns), dtype=torch.int64)
    mask = torch.zeros_like(tokens)
    for place, row in enumerate(rows):
        tokens[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    with torch.inference_mode():
        hidden = model(input_ids=tokens, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1.0)
        unit = torch.nn.functional.normalize(mean, dim=-1)
    return np.asarray(unit.numpy(), dtype=np.float32)


@dataclass(eq=False)
class RememberingEncoder:
    """Encodes through another encoder, but a text that was asked lately only once."""

    inner: Encoder
    limit: int = _REMEMBERED
    _known: OrderedDict[str, NDArray[np.float32]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows of shape (len(texts), d); sessions in several threads share one memory and one tokenizer."""
        with self._lock:
            return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        known = {text: self._known[text] for text in texts if text in self._known}
        fresh = list(dict.fromkeys(text for text in texts if text not in known))
        if fresh or not texts:
            vectors = self.inner.encode(fresh)
            if not texts:
                return vectors
            known.update(zip(fresh, vectors, strict=True))
        for text, vector in known.items():
            self._known[text] = vector
            self._known.move_to_end(text)
        while len(self._known) > self.limit:
            self._known.popitem(last=False)
        return np.stack([known[text] for text in texts])


def cached_vectors(texts: Sequence[str], encoder: Encoder, encoder_name: str, folder: Path) -> NDArray[np.float32]:
    """Return the texts' vectors, memory-mapped; made once for these texts and this encoder."""
    digest = hashlib.sha256(f"{encoder_name}\0{len(texts)}".encode())
    for text in texts:
        digest.update(b"\0" + text.encode())
    return cached_array(folder / f"{digest.hexdigest()[:24]}.npy", lambda: encoder.encode(texts))


def cached_array(path: Path, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the array in the file, memory-mapped; make and write it (atomically) when it is missing or damaged."""
    if (array := _loaded(path)) is not None:
        return array
    path.parent.mkdir(parents=True, exist_ok=True)
    with only_one(path.with_suffix(".lock")):
        # Another process may have made it while this one waited: making it takes minutes.
        if (array := _loaded(path)) is not None:
            return array
        scratch = path.with_suffix(".making")
        try:
            with scratch.open("wb") as stream:
                np.save(stream, make(), allow_pickle=False)
            os.replace(scratch, path)
        finally:
            scratch.unlink(missing_ok=True)
    array = _loaded(path)
    if array is None:
        raise OSError(f"{path} cannot be read back")
    return array


def _loaded(path: Path) -> NDArray[np.float32] | None:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False), dtype=np.float32)
    except (OSError, ValueError, EOFError):
        return None


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Let one process at a time do it; where there are no file locks, several may, each with the same outcome."""
    with path.open("wb") as stream:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
