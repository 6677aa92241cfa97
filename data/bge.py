"""bge-small-en-v1.5 as int8 ONNX: unit vectors of passages and of the questions put to them (needs onnxruntime).

Contract: like any Encoder for passages; a question is encoded by `encode_query`, with the words that its publisher
trained it with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.artefact import ArtefactError
from stillroom.data.vectors import batches_by_length

_MAX_TOKENS: Final = 128
_TOKENS_A_BATCH: Final = 2048
_QUESTION: Final = "Represent this sentence for searching relevant passages: "


@dataclass(frozen=True, eq=False)
class BgeEncoder:
    """The state of the first token, at unit length. The graph loads at the first text."""

    folder: Callable[[], Path]
    progress: Callable[[int, int], None] = lambda _done, _total: None
    n_threads: int = 2
    artefact: ClassVar[str] = "bge-small-en-v1.5"

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        try:
            import onnxruntime
        except ImportError as error:
            raise ArtefactError("bge-small-en-v1.5 runs in onnxruntime: pip install 'stillroom[rivals]'") from error
        from tokenizers import Tokenizer

        folder = self.folder()
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(_MAX_TOKENS)
        tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.n_threads
        session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        return tokenizer, session

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows of shape (len(texts), 384); texts with like numbers of tokens share a batch."""
        tokenizer, session = self._parts
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        names = {given.name for given in session.get_inputs()}
        vectors: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(rows)
        done = 0
        for batch in batches_by_length([len(row) for row in rows], _TOKENS_A_BATCH):
            fed = {name: value for name, value in _padded([rows[row] for row in batch]).items() if name in names}
            states = session.run(None, fed)[0]
            for row, state in zip(batch, states, strict=True):
                vectors[row] = _unit(state[0] if state.ndim == 2 else state)
            done += len(batch)
            self.progress(done, len(rows))
        return np.stack(vectors) if vectors else np.zeros((0, 384), np.float32)

    def encode_query(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, shape (384,)."""
        return np.asarray(self.encode((_QUESTION + question,))[0], np.float32)


def _padded(rows: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    width = max(map(len, rows))
    ids = np.zeros((len(rows), width), np.int64)
    mask = np.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
