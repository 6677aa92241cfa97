"""Time of one turn's feed tools, as a ratio to one exact FAISS pass over the same vectors in the same run.

    python benchmarks/bench_tools.py [--repeats 50] [--threads 2]

Measures filter, match, attenuate and aggregate with hard and soft constraints and a history, the query vectors cached:
wall time, and CPU time, which a busy machine lengthens less.
Worlds: films, where it is in the cache, and random catalogues of 9,000 and 100,000 items.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillroom.data.artefact import ArtefactError
from stillroom.data.catalogue import Catalogue, CatalogueError, Encoder, SetColumn
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.data.worlds import load_world
from stillroom.tools.call import ToolCall
from stillroom.tools.state import ToolState, UserProfile
from stillroom.tools.toolbox import run_tool

TURN = ("filter", "match", "attenuate", "aggregate")
HISTORY = UserProfile(tuple(range(0, 400, 4)))


class CachedEncoder:
    """Encodes every text once: a turn's tools are timed apart from the encoder."""

    def __init__(self, encode: Callable[[str], NDArray[np.float32]]) -> None:
        """Take what encodes one text."""
        self._encode = cache(encode)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows of shape (len(texts), d)."""
        return np.stack([self._encode(text) for text in texts])


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def random_world(n_items: int, n_dimensions: int = 384, n_tags: int = 8000, n_tastes: int = 64) -> Catalogue:
    """Return a catalogue of random items shaped like films: nine keywords, three people and two genres each."""
    random = np.random.default_rng(0)

    def column(values: tuple[str, ...], each: int) -> SetColumn:
        rows, columns = np.repeat(np.arange(n_items), each), random.integers(0, len(values), n_items * each)
        matrix = csr_matrix((np.ones(rows.size, np.bool_), (rows, columns)), shape=(n_items, len(values)))
        return SetColumn(values, matrix, np.ones(n_items, np.bool_))

    def vectors(n_rows: int, width: int) -> NDArray[np.float32]:
        return _unit(random.normal(size=(n_rows, width)).astype(np.float32))

    kinds = {"genre": FacetKind.CATEGORICAL, "year": FacetKind.NUMBER, "runtime": FacetKind.NUMBER}
    kinds |= {"person": FacetKind.PERSON, "tag": FacetKind.TAG, "popularity": FacetKind.POPULARITY}
    return Catalogue(
        schema=CatalogueSchema(
            name="random", noun="film", facets={name: Facet(kind=kind) for name, kind in kinds.items()}
        ),
        ids=tuple(str(row) for row in range(n_items)),
        titles=tuple(f"Film {row}" for row in range(n_items)),
        texts=("",) * n_items,
        sets={
            "genre": column(("Comedy", "Drama", "Horror", *(f"genre {number}" for number in range(16))), 2),
            "person": column(tuple(f"person {number}" for number in range(n_items)), 3),
            "tag": column(tuple(f"tag {number}" for number in range(n_tags)), 9),
        },
        numbers={
            "year": random.integers(1920, 2019, n_items).astype(np.float32),
            "runtime": random.normal(105, 20, n_items).astype(np.float32),
        },
        popularity=np.asarray(random.permutation(n_items) / n_items, np.float32),
        text_vectors=vectors(n_items, n_dimensions),
        tag_vectors=vectors(n_tags, n_dimensions),
        collaborative=vectors(n_items, n_tastes),
        encoder=CachedEncoder(lambda text: vectors(1, n_dimensions)[0]),
    )


def films_world() -> Catalogue | None:
    """Return the films world with cached query vectors, or None where it is not in the cache yet."""
    try:
        films = load_world("films", offline=True)
    except (ArtefactError, CatalogueError):
        return None
    encoder: Encoder = films.encoder
    return replace(films, encoder=CachedEncoder(lambda text: encoder.encode([text])[0]))


def busy_preferences() -> Preferences:
    """Return eight constraints of every kind: a person well into a session."""
    hard, soft, plus, minus = Strength.HARD, Strength.SOFT, Polarity.POSITIVE, Polarity.NEGATIVE
    constraints = (
        Constraint(plus, hard, "genre", Op.EQ, "Comedy"),
        Constraint(minus, hard, "genre", Op.EQ, "Horror"),
        Constraint(plus, hard, "year", Op.GE, 1960),
        Constraint(plus, soft, "runtime", Op.EQ, 95),
        Constraint(plus, soft, "popularity", Op.LESS),
        Constraint(plus, soft, "tag", Op.EQ, "slow burn"),
        Constraint(plus, soft, "tag", Op.EQ, "small town"),
        Constraint(minus, soft, "tag", Op.EQ, "violence"),
    )
    return Preferences(tuple(Remembered(f"c{number}", item) for number, item in enumerate(constraints, 1)), 8)


def one_turn(catalogue: Catalogue, preferences: Preferences) -> dict[str, float]:
    """Run a turn's tools; return milliseconds by tool."""
    state, spent = ToolState.fresh(catalogue), {}
    for name in TURN:
        start = time.perf_counter()
        state, _ = run_tool(ToolCall(name), catalogue, preferences, HISTORY, frozenset(range(20)), state)
        spent[name] = (time.perf_counter() - start) * 1000
    return spent


def measure(catalogue: Catalogue, repeats: int) -> str:
    """Return one line of results: medians over interleaved repeats of the turn and of the FAISS pass."""
    index = faiss.IndexFlatIP(catalogue.text_vectors.shape[1])
    index.add(np.ascontiguousarray(catalogue.text_vectors))
    query, preferences = catalogue.text_vectors[:1].copy(), busy_preferences()
    one_turn(catalogue, preferences)
    turns, passes, used = [], [], []
    for _ in range(repeats):
        start = time.thread_time()
        turns.append(one_turn(catalogue, preferences))
        used.append((time.thread_time() - start) * 1000)
        start = time.perf_counter()
        index.search(query, 10)
        passes.append((time.perf_counter() - start) * 1000)
    total = statistics.median(sum(turn.values()) for turn in turns)
    single = statistics.median(passes)
    by_tool = ", ".join(f"{name} {statistics.median(turn[name] for turn in turns):.2f}" for name in TURN)
    return (
        f"{catalogue.schema.name:>8} {catalogue.n_items:>7} items  turn {total:6.2f} ms ({by_tool})  "
        f"CPU {statistics.median(used):.2f} ms  FAISS pass {single:.2f} ms  ratio {total / single:.1f}"
    )


def main() -> None:
    """Print one line a world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(arguments.threads)
    films = films_world()
    print(measure(films, arguments.repeats) if films else "films: not in the cache (`stillroom fetch`), left out")
    for n_items in (9_000, 100_000):
        print(measure(random_world(n_items), arguments.repeats))


if __name__ == "__main__":
    main()
