"""What makes a large catalogue fast changes no feed: shared texts and cells, rows scored only when they count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue, Cells
from stillroom.data.codebook import Codebook
from stillroom.data.preferences import Preferences
from stillroom.tools import likeness, state
from stillroom.tools.aggregator import total_score
from stillroom.tools.call import ToolCall
from stillroom.tools.state import ToolState, UserProfile
from stillroom.tools.toolbox import run_plan

Build = Callable[..., Preferences]
PLANS = (
    ("filter", "match", "attenuate", "aggregate"),
    ("filter", "match", "attenuate", "relax c1", "aggregate"),
    ("match", "filter", "diversify", "aggregate"),
    ("filter", "match", "match", "relax c1", "popular", "aggregate"),
)


def _run(catalogue: Catalogue, preferences: Preferences, plan: tuple[str, ...]) -> ToolState:
    calls = [ToolCall(*line.split()) for line in plan]
    return run_plan(calls, catalogue, preferences, UserProfile(tuple(range(0, 30, 3))), frozenset({1, 2})).state


def _same(one: ToolState, other: ToolState) -> None:
    assert [item.row for item in one.feed] == [item.row for item in other.feed]
    assert [item.reason for item in one.feed] == [item.reason for item in other.feed]
    np.testing.assert_array_equal(one.candidates, other.candidates)
    kept = one.candidates
    np.testing.assert_allclose(total_score(one)[kept], total_score(other)[kept], atol=1e-5)


def _wanted(catalogue: Catalogue, prefer: Build) -> Preferences:
    return prefer(
        ("must", "genre", "=", "Comedy"),
        ("wish", "tag", "=", "heist"),
        ("wish", "tag", "=", "courtroom"),
        ("wish", "runtime", "<=", 110),
        ("wish", "person", "=", "Ada Reed"),
        ("avoid", "tag", "=", "violence"),
        ("avoid", "item", "like", catalogue.titles[5]),
        ("wish", "popularity", "more", None),
    )


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: " ".join(plan))
def test_scoring_candidates_only_gives_the_same_feed(
    make_catalogue: Callable[[int, int], Catalogue],
    prefer: Build,
    monkeypatch: pytest.MonkeyPatch,
    plan: tuple[str, ...],
) -> None:
    """Rows that a relax brings back after the match are scored when they come back."""
    catalogue = make_catalogue(3, 400)
    preferences = _wanted(catalogue, prefer)
    full = _run(catalogue, preferences, plan)
    monkeypatch.setattr(state, "MANY", 10)
    some = _run(catalogue, preferences, plan)
    _same(full, some)
    assert some.pending and not full.pending


@pytest.mark.parametrize("many", [10, 50_000])
def test_shared_texts_and_cells_give_the_same_feed(
    make_catalogue: Callable[[int, int], Catalogue], prefer: Build, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """A catalogue whose items share texts, tastes and cells, kept shared or written out."""
    monkeypatch.setattr(state, "MANY", many)
    small = make_catalogue(4, 60)
    codes = np.random.default_rng(0).integers(0, 60, 500)
    shared = _repeated(small, codes, keep=True)
    for plan in PLANS:
        preferences = _wanted(shared, prefer)
        _same(_run(shared, preferences, plan), _run(_repeated(small, codes, keep=False), preferences, plan))


def _repeated(small: Catalogue, codes: NDArray[np.intp], keep: bool) -> Catalogue:
    def vectors(rows: object) -> object:
        return Codebook(codes, np.asarray(rows)) if keep else np.asarray(rows)[codes]

    return replace(
        small,
        ids=tuple(f"i{row}" for row in range(len(codes))),
        titles=tuple(f"{small.titles[code]} {row}" for row, code in enumerate(codes.tolist())),
        texts=tuple(small.texts[code] for code in codes.tolist()),
        sets={
            name: replace(
                column,
                matrix=column.matrix[codes],
                known=column.known[codes],
                cells=Cells(codes, column.matrix) if keep else None,
            )
            for name, column in small.sets.items()
        },
        numbers={name: values[codes] for name, values in small.numbers.items()},
        popularity=np.linspace(0, 1, len(codes), dtype=np.float32),
        text_vectors=vectors(small.text_vectors),
        collaborative=vectors(small.collaborative),
    )


def test_a_pass_in_parts_is_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads, parts of 1024 rows, half precision, some rows only: the same numbers."""
    random = np.random.default_rng(1)
    vectors, vector = random.normal(size=(5_000, 16)).astype(np.float32), random.normal(size=16).astype(np.float32)
    rows = np.flatnonzero(random.random(5_000) < 0.7)
    whole = likeness.cosines(vectors, vector)
    monkeypatch.setattr(likeness, "_LARGE", 100)
    np.testing.assert_allclose(likeness.cosines(vectors, vector), whole, atol=1e-5)
    np.testing.assert_allclose(likeness.cosines(vectors, vector, rows), whole[rows], atol=1e-5)
    np.testing.assert_allclose(likeness.cosines(vectors.astype(np.float16), vector), whole, atol=0.05)


class HalfIndex:
    """Finds the nearest half of what is allowed, exactly."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.vectors = vectors

    def search(self, vector: NDArray[np.float32], among: NDArray[np.bool_]) -> NDArray[np.intp] | None:
        rows = np.flatnonzero(among)
        return rows[np.argsort(-(self.vectors[rows] @ vector))][: max(1, len(rows) // 2)]


def test_with_an_index_the_far_rows_get_the_least_of_the_near(catalogue: Catalogue) -> None:
    """Near rows have their own cosine, the others the least of these; the order of the near is exact."""
    vector = catalogue.encoder.encode(["heist"])[0]
    exact = likeness.text_likeness(catalogue, vector)
    assert isinstance(catalogue.text_vectors, np.ndarray)
    indexed = replace(catalogue, text_index=HalfIndex(catalogue.text_vectors))
    np.testing.assert_allclose(likeness.text_likeness(indexed, vector), np.maximum(exact, np.sort(exact)[-30]))
    rows = np.arange(0, catalogue.n_items, 2)
    some = np.maximum(exact[rows], np.sort(exact[rows])[-15])
    np.testing.assert_allclose(likeness.text_likeness(indexed, vector, rows), some)
