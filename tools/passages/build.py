"""Building an index over passages: once for the same ones and encoder, cached whole or not at all, memory-mapped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.building import building
from stillroom.data.catalogue import Encoder
from stillroom.data.vectors import cached_vectors
from stillroom.tools.passages.bm25_index import Bm25Index, write_bm25
from stillroom.tools.passages.dense_index import DenseIndex, EncodeQuery
from stillroom.tools.passages.hybrid_index import HybridIndex
from stillroom.tools.passages.passage import Passage, PassageIndex
from stillroom.tools.passages.passage_file import PassageFile, write_passages

DENSE: Final = "dense"
BM25: Final = "bm25"
HYBRID: Final = "hybrid"
MODES: Final = (DENSE, BM25, HYBRID)
# Raise when what is written from the same passages changes.
_FORMAT: Final = "1"


class PassageError(ValueError):
    """A corpus or a mode that no index can be made of."""


@dataclass(frozen=True)
class PassageEncoder:
    """What makes vectors: of passages, of a query, and the name that they are cached under."""

    name: str
    encoder: Encoder
    encode_query: EncodeQuery

    @classmethod
    def symmetric(cls, name: str, encoder: Encoder) -> PassageEncoder:
        """Return an encoder that reads queries as it reads passages (MiniLM does)."""

        def encode_query(query: str) -> NDArray[np.float32]:
            return np.asarray(encoder.encode((query,))[0], np.float32)

        return cls(name, encoder, encode_query)


def build_passage_index(
    passages: Sequence[Passage], cache: Path, encoder: PassageEncoder | None = None, mode: str = HYBRID
) -> PassageIndex:
    """Return an index over the passages; `encoder` is needed for `dense` and `hybrid`, whose vectors are cached too.

    Raise PassageError for an unknown mode, an empty corpus, or ids that are not unique.
    """
    if mode not in MODES:
        raise PassageError(f"there is no search mode {mode!r}; known are {', '.join(MODES)}")
    if not passages or len({passage.id for passage in passages}) != len(passages):
        raise PassageError("a corpus needs passages, each with an id of its own")
    if mode != BM25 and encoder is None:
        raise PassageError(f"search mode {mode!r} needs an encoder")
    folder = cache / "passages" / digest_of(passages)
    if not folder.is_dir():
        with building(folder) as scratch:
            write_passages(scratch, passages)
            write_bm25(scratch, passages)
    kept = PassageFile(folder)
    if mode == BM25 or encoder is None:
        return Bm25Index.open(folder, kept)
    texts = [passage.whole for passage in passages]
    vectors = cached_vectors(texts, encoder.encoder, encoder.name, cache / "vectors")
    dense = DenseIndex(kept, vectors, encoder.encode_query)
    return dense if mode == DENSE else HybridIndex(dense, Bm25Index.open(folder, kept))


def digest_of(passages: Sequence[Passage]) -> str:
    """Return what tells two corpora apart."""
    digest = hashlib.sha256(_FORMAT.encode())
    for passage in passages:
        digest.update(f"\0{passage.id}\0{passage.title}\0{passage.text}".encode())
    return digest.hexdigest()[:24]
