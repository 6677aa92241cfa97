"""An approximate index over text vectors (FAISS, IVF with product quantisation), for catalogues of millions of texts.

Contract: built once for the same vectors, written whole or not at all, its lists read memory-mapped. Catalogues whose
items share texts need none: a Codebook is multiplied once per distinct text, which is exact and faster.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.codebook import Codebook, Vectors
from stillroom.data.vectors import only_one

INDEX_FROM: Final = 500_000
"""From this many vectors of their own on, a catalogue that is loaded gets an index."""
_BYTES_A_VECTOR: Final = 64
_N_PROBES: Final = 64
_TRAINED_ON: Final = 40
_ROWS_AT_ONCE: Final = 100_000
_SAMPLED: Final = 512


@dataclass(frozen=True, eq=False)
class ApproximateIndex:
    """Finds the rows nearest to a vector by inner product; `n_probes` of its lists are looked at."""

    index: Any
    n_probes: int = _N_PROBES

    def search(self, vector: NDArray[np.float32], n_rows: int, among: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return at most `n_rows` rows of the mask `among` (n,), nearest first by the quantised vectors."""
        import faiss

        allowed = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
        how = faiss.SearchParametersIVF(sel=allowed, nprobe=self.n_probes)
        _, rows = self.index.search(np.ascontiguousarray(vector[None], np.float32), n_rows, params=how)
        return np.asarray(rows[0][rows[0] >= 0], np.intp)


def build_index(vectors: NDArray[np.float32], n_lists: int | None = None) -> ApproximateIndex:
    """Return an index over vectors (n, d), float32 or float16, d a multiple of 8; about 8 sqrt(n) lists."""
    import faiss

    n_rows, width = vectors.shape
    n_lists = n_lists or 2 ** int(np.log2(8 * np.sqrt(n_rows)))
    n_codes = next(count for count in (_BYTES_A_VECTOR, 48, 32, 8, 1) if width % count == 0)
    quantiser = faiss.IndexHNSWFlat(width, 32, faiss.METRIC_INNER_PRODUCT)
    index = faiss.IndexIVFPQ(quantiser, width, n_lists, n_codes, 8, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    quantiser.this.disown()
    index.cp.niter = 6
    step = max(1, n_rows // (_TRAINED_ON * n_lists))
    index.train(np.ascontiguousarray(vectors[::step], np.float32))
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _ROWS_AT_ONCE], np.float32))
    return ApproximateIndex(index)


def cached_index(vectors: Vectors, folder: Path, index_from: int = INDEX_FROM) -> ApproximateIndex | None:
    """Return the vectors' index from the folder, made first when it is missing; None where an exact pass is cheap."""
    import faiss

    if isinstance(vectors, Codebook) or len(vectors) < index_from:
        return None
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
    return ApproximateIndex(faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY))


def _digest(vectors: NDArray[np.float32]) -> str:
    """Return a name for these vectors, from their shape and a sample of rows."""
    digest = hashlib.sha256(f"ivfpq1:{vectors.shape}:{vectors.dtype}".encode())
    digest.update(np.ascontiguousarray(vectors[:: max(1, len(vectors) // _SAMPLED)]).tobytes())
    return digest.hexdigest()[:24]
