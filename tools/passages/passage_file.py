"""Passages on disk: a file of text and one of offsets, both memory-mapped, so that a corpus costs no memory to open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillroom.tools.passages.passage import Passage

_TEXT: Final = "passages.jsonl"
_OFFSETS: Final = "offsets.npy"


class PassageFile(Sequence[Passage]):
    """A sequence of passages, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        """Open what `write_passages` wrote."""
        self._text = np.memmap(folder / _TEXT, mode="r", dtype=np.uint8)
        self._offsets: NDArray[np.int64] = np.load(folder / _OFFSETS, mmap_mode="r", allow_pickle=False)

    def __len__(self) -> int:
        """Return how many passages there are."""
        return len(self._offsets) - 1

    def __getitem__(self, at: int) -> Passage:  # type: ignore[override]
        """Return one passage by its place."""
        start, end = self._offsets[at], self._offsets[at + 1]
        return Passage(*json.loads(self._text[start:end].tobytes()))


def write_passages(folder: Path, passages: Sequence[Passage]) -> None:
    """Write passages into a folder."""
    offsets = [0]
    with (folder / _TEXT).open("wb") as stream:
        for passage in passages:
            row = [passage.id, passage.title, passage.text]
            offsets.append(offsets[-1] + stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n"))
    np.save(folder / _OFFSETS, np.array(offsets, np.int64), allow_pickle=False)
