"""The approximate index: finds nearly what an exact pass finds, among the rows allowed, and is built once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.data.codebook import Codebook
from stillroom.data.index import ApproximateIndex, IndexConfig, build_index, cached_index

CONFIG = IndexConfig(index_from=1_000, exact_up_to=500, n_near=400, n_probes=8)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Keep FAISS to one thread: its threads wait for each other, which takes minutes on a busy machine."""
    import faiss

    n_threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    yield
    faiss.omp_set_num_threads(n_threads)


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 16))[random.integers(0, 60, 6_000)] + 0.5 * random.normal(size=(6_000, 16))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_most_of_the_nearest_are_found_among_those_allowed(vectors: NDArray[np.float32]) -> None:
    """Recall of the exact ten is high; nothing outside the mask is returned; few rows left are left to a pass."""
    index = ApproximateIndex(build_index(vectors, n_lists=32).index, CONFIG)
    among = np.arange(6_000) % 3 > 0
    found = 0
    for row in range(0, 600, 30):
        near = index.search(vectors[row], among)
        assert near is not None and among[near].all() and len(set(near.tolist())) == len(near) <= 400
        exact = np.argsort(-np.where(among, vectors @ vectors[row], -1))[:10]
        found += len(set(exact.tolist()) & set(near.tolist()))
    assert found >= 0.9 * 200
    assert index.search(vectors[0], np.arange(6_000) < 400) is None


def test_an_index_is_built_once(vectors: NDArray[np.float32], tmp_path: Path) -> None:
    """A second load reads the file; other vectors are not taken for these; shared or few vectors get none."""
    first = cached_index(vectors, tmp_path, CONFIG)
    (path,) = tmp_path.glob("*.faiss")
    written = path.stat().st_mtime_ns
    again = cached_index(vectors, tmp_path, CONFIG)
    assert path.stat().st_mtime_ns == written and first is not None and again is not None
    everything = np.ones(6_000, np.bool_)
    np.testing.assert_array_equal(first.search(vectors[5], everything), again.search(vectors[5], everything))
    cached_index(vectors[::-1].copy(), tmp_path, CONFIG)
    assert len(list(tmp_path.glob("*.faiss"))) == 2
    assert cached_index(Codebook(np.zeros(6_000, np.intp), vectors[:1]), tmp_path, CONFIG) is None
    assert cached_index(vectors[:900], tmp_path, CONFIG) is None
