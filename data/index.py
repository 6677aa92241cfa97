"""An approximate index over text vectors (FAISS, inverted lists, a byte a number), for catalogues of millions of texts.

Contract: built once for the same vectors, written whole or not at all, its lists read memory-mapped. Catalogues whose
items share texts need none: a Codebook is multiplied once per distinct text, which is exact and faster.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.codebook import Codebook, Vectors
from stillroom.data.vectors import only_one

_TRAINED_ON: Final = 40
_ROWS_AT_ONCE: Final = 100_000
_SAMPLED: Final = 512


@dataclass(frozen=True)
class IndexConfig:
    """When an index is made and used, and how far it looks.

    `index_from`: the number of vectors of their own from which on a loaded catalogue gets an index. `exact_up_to`: when
    no more rows are left, an exact pass over them is better. `n_near` rows are found, in `n_probes` of the lists.
    """

    index_from: int = 500_000
    exact_up_to: int = 200_000
    n_near: int = 10_000
    n_probes: int = 32


@dataclass(frozen=True, eq=False)
class ApproximateIndex:
    """Finds the rows nearest to a vector by inner product."""

    index: Any
    config: IndexConfig = field(default_factory=IndexConfig)

    def search(self, vector: NDArray[np.float32], among: NDArray[np.bool_]) -> NDArray[np.intp] | None:
        """Return rows of the mask `among` (n,), nearest first by the quantised vectors; None if few rows are left."""
        if np.count_nonzero(among) <= self.config.exact_up_to:
            return None
        # FAISS takes arrays and keywords that its annotations do not know.
        faiss: Any = import_module("faiss")
        allowed = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
        how = faiss.SearchParametersIVF(sel=allowed, nprobe=self.config.n_probes)
        _, rows = self.index.search(np.ascontiguousarray(vector[None], np.float32), self.config.n_near, params=how)
        return np.asarray(rows[0][rows[0] >= 0], np.intp)


def build_index(vectors: NDArray[np.float32], n_lists: int | None = None) -> ApproximateIndex:
    """Return an index over vectors (n, d), float32 or float16; about 2 sqrt(n) lists, d bytes a vector.

    Lists are found by a flat pass over their centres: a graph over them (HNSW by inner product, whose centres are no
    unit vectors) put rows into wrong lists, and half of the nearest ten were not found however many were looked into.
    """
    faiss: Any = import_module("faiss")

    n_rows, width = vectors.shape
    n_lists = n_lists or 2 ** int(np.log2(2.5 * np.sqrt(n_rows)))
    quantiser = faiss.IndexFlatIP(width)
    byte = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(quantiser, width, n_lists, byte, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    quantiser.this.disown()
    index.cp.niter = 6
    step = max(1, n_rows // (_TRAINED_ON * n_lists))
    index.train(np.ascontiguousarray(vectors[::step], np.float32))
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _ROWS_AT_ONCE], np.float32))
    return ApproximateIndex(index)


def cached_index(vectors: Vectors, folder: Path, config: IndexConfig | None = None) -> ApproximateIndex | None:
    """Return the vectors' index from the folder, made first when it is missing; None where an exact pass is cheap."""
    config = config or IndexConfig()
    if isinstance(vectors, Codebook) or len(vectors) < config.index_from:
        return None
    import faiss

    path = folder / f"{_digest(vectors)}.faiss"
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(path.with_suffix(".lock")):
        if not path.exists():
            scratch = path.with_suffix(".making")
            try:
                faiss.write_index(build_index(vectors).index, str(scratch))
                os.replace(scratch, path)
            finally:
                scratch.unlink(missing_ok=True)
    return ApproximateIndex(faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY), config)


def _digest(vectors: NDArray[np.float32]) -> str:
    """Return a name for these vectors, from their shape and a sample of rows."""
    digest = hashlib.sha256(f"ivfsq2:{vectors.shape}:{vectors.dtype}".encode())
    digest.update(np.ascontiguousarray(vectors[:: max(1, len(vectors) // _SAMPLED)]).tobytes())
    return digest.hexdigest()[:24]
