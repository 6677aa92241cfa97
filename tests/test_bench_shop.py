"""The benchmark of shops runs at a small size: build, load, turns against FAISS, the index and its recall."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.tools import state

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_shop.py"


class LetterEncoder:
    """Encodes a text as the counts of its letters."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.array([[text.count(chr(97 + n)) for n in range(24)] for text in texts], np.float32).reshape(-1, 24)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


def test_a_small_shop_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("bench_shop", BENCH)
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    monkeypatch.setitem(sys.modules, "bench_shop", bench)
    spec.loader.exec_module(bench)
    monkeypatch.setattr(state, "MANY", 100)
    n_threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    shared = bench.measure_shop(3_000, tmp_path, 1, encoder=LetterEncoder())
    own = bench.measure_shop(3_000, tmp_path, 1, own_texts=True, encoder=LetterEncoder())
    faiss.omp_set_num_threads(n_threads)
    assert "built in" in shared[0] and "already built" in own[0]
    assert sum("ratio" in line for line in shared) == 2
    recalls = [line for line in own if "recall@10" in line]
    assert len(recalls) == 2
    # Narrow turns leave few items, which are scored exactly.
    assert "feeds 1.000, by text alone 1.000" in recalls[0]
    assert float(recalls[1].split("feeds ")[1][:5]) >= 0.8
