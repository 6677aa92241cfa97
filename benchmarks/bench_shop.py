"""Generated shops of any size: time to build and load, memory, a turn against one FAISS pass, recall of the index.

    python benchmarks/bench_shop.py --sizes 10000 1000000 10000000
    python benchmarks/bench_shop.py --sizes 1000000 10000000 --own-texts

A turn is filter, match, attenuate and aggregate with the query vectors cached: `narrow` filters to one category,
`broad` keeps most of the shop. The ratio is to one exact pass (IndexFlatIP, one query) over the same vectors as one
float array in the same run, the two interleaved. With --own-texts every product has a vector of its own (its text's
plus noise), and the approximate index is compared with exact scores: recall is of the feed of ten.
Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue, Encoder
from stillroom.data.codebook import Codebook
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.index import IndexConfig, cached_index
from stillroom.data.paths import cache_folder
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.shop import prepare_shop, read_shop_name
from stillroom.data.vectors import RememberingEncoder
from stillroom.data.worlds import load_world
from stillroom.tools.call import ToolCall
from stillroom.tools.matcher import Matcher
from stillroom.tools.state import ToolState, UserProfile
from stillroom.tools.toolbox import ToolConfig, run_tool

TURN = ("filter", "match", "attenuate", "aggregate")
FLAT_UP_TO = 2_000_000
_NOISE = 0.6
_ROWS_AT_ONCE = 100_000
_CATEGORIES = ("Lamps", "Tables", "Bags", "Toys", "Cookware", "Headphones", "Knitwear", "Camping", "Rugs", "Watches")
_WISHES = ("rustic", "minimalist", "waterproof", "gift idea", "handmade", "compact", "foldable", "organic")


def preferences(number: int, narrow: bool) -> Preferences:
    """Return seven or eight constraints of every kind: a person well into a session, the `number`-th."""
    hard, soft, plus, minus = Strength.HARD, Strength.SOFT, Polarity.POSITIVE, Polarity.NEGATIVE
    category, wish = _CATEGORIES[number % len(_CATEGORIES)], _WISHES[number % len(_WISHES)]
    constraints = (
        Constraint(plus, hard if narrow else soft, "category", Op.EQ, category),
        Constraint(minus, hard, "colour", Op.EQ, "pink"),
        Constraint(plus, hard, "price", Op.LE, 400),
        Constraint(plus, soft, "price", Op.EQ, 60 + 10 * number % 90),
        Constraint(plus, soft, "popularity", Op.LESS),
        Constraint(plus, soft, "tag", Op.EQ, wish),
        Constraint(plus, soft, "tag", Op.EQ, "easy to clean"),
        Constraint(minus, soft, "tag", Op.EQ, "vintage"),
    )
    return Preferences(tuple(Remembered(f"c{place}", item) for place, item in enumerate(constraints, 1)), 8)


@dataclass(frozen=True)
class Turns:
    """Milliseconds of a turn, its CPU time, its tools, the FAISS pass beside it (NaN: not run); what is left."""

    turn: float
    cpu: float
    by_tool: dict[str, float]
    flat: float
    n_left: int

    def line(self, label: str) -> str:
        """Return the figures on one line."""
        tools = ", ".join(f"{name} {spent:.1f}" for name, spent in self.by_tool.items())
        ratio = f"FAISS pass {self.flat:.1f} ms, ratio {self.turn / self.flat:.2f}" if self.flat == self.flat else ""
        return f"  {label:<7} {self.n_left:>9,} left  turn {self.turn:6.1f} ms ({tools}), CPU {self.cpu:.1f}  {ratio}"


def one_turn(
    catalogue: Catalogue, wanted: Preferences, config: ToolConfig | None = None
) -> tuple[ToolState, dict[str, float]]:
    """Run a turn's tools; return the last state and milliseconds by tool."""
    state, spent, profile = ToolState.fresh(catalogue), {}, UserProfile(_history(catalogue))
    for name in TURN:
        start = time.perf_counter()
        state, _ = run_tool(ToolCall(name), catalogue, wanted, profile, frozenset(range(20)), state, config)
        spent[name] = (time.perf_counter() - start) * 1000
    return state, spent


def _history(catalogue: Catalogue) -> tuple[int, ...]:
    assert catalogue.interactions is not None
    return tuple(dict.fromkeys(catalogue.interactions.items[:40].tolist()))


def measure_turns(catalogue: Catalogue, repeats: int, narrow: bool, flat: faiss.IndexFlatIP | None) -> Turns:
    """Return medians over interleaved repeats of the turn and of the FAISS pass."""
    wanted, passes, turns, used = preferences(0, narrow), [], [], []
    query = np.ascontiguousarray(catalogue.text_vectors[:1], np.float32)
    state, _ = one_turn(catalogue, wanted)
    for _ in range(repeats):
        start = time.process_time()
        turns.append(one_turn(catalogue, wanted)[1])
        used.append((time.process_time() - start) * 1000)
        start = time.perf_counter()
        if flat is not None:
            flat.search(query, 10)
        passes.append((time.perf_counter() - start) * 1000)
    by_tool = {name: statistics.median(turn[name] for turn in turns) for name in TURN}
    total = statistics.median(sum(turn.values()) for turn in turns)
    single = statistics.median(passes) if flat is not None else float("nan")
    return Turns(total, statistics.median(used), by_tool, single, state.n_candidates)


def flat_index(catalogue: Catalogue) -> faiss.IndexFlatIP:
    """Return FAISS's exact index over every item's vector as one float array."""
    index = faiss.IndexFlatIP(catalogue.text_vectors.shape[1])
    for start in range(0, catalogue.n_items, _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, catalogue.n_items))
        index.add(np.ascontiguousarray(catalogue.text_vectors[rows], np.float32))
    return index


def own_vectors(catalogue: Catalogue, path: Path) -> NDArray[np.float32]:
    """Return a unit vector of its own for every item, its text's plus noise, as float16 mapped from a file."""
    shape, random = catalogue.text_vectors.shape, np.random.default_rng(0)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".making")
        array = np.lib.format.open_memmap(scratch, "w+", np.float16, shape)
        for start in range(0, shape[0], _ROWS_AT_ONCE):
            rows = np.arange(start, min(start + _ROWS_AT_ONCE, shape[0]))
            noise = random.standard_normal((len(rows), shape[1]), np.float32)
            noisy = catalogue.text_vectors[rows] + np.float32(_NOISE / np.sqrt(shape[1])) * noise
            array[rows] = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
        array.flush()
        os.replace(scratch, path)
    return np.load(path, mmap_mode="r")


def recall(catalogue: Catalogue, n_people: int, narrow: bool) -> tuple[float, float]:
    """Return which share of the exact feeds of ten the index gives too, and of their items by text alone."""
    exact = replace(catalogue, text_index=None)
    found = [_shared(catalogue, exact, preferences(number, narrow), ToolConfig()) for number in range(n_people)]
    only_text = ToolConfig(matcher=Matcher(alpha=1.0, tag_weight=0.0))
    texts = [
        _shared(catalogue, exact, _only_theme(preferences(number, narrow)), only_text) for number in range(n_people)
    ]
    return float(np.mean(found)), float(np.mean(texts))


def _only_theme(wanted: Preferences) -> Preferences:
    kept = tuple(item for item in wanted.remembered if item.constraint.is_hard or item.id in ("c6", "c7"))
    return Preferences(kept, wanted.n_issued)


def _shared(catalogue: Catalogue, exact: Catalogue, wanted: Preferences, config: ToolConfig) -> float:
    feeds = [{item.row for item in one_turn(world, wanted, config)[0].feed} for world in (catalogue, exact)]
    return len(feeds[0] & feeds[1]) / max(len(feeds[1]), 1)


class _Clock:
    """Wall and CPU time since it was made, in words: on a busy machine the wall says little."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        return f"{time.perf_counter() - self._wall:.1f} s (CPU {time.process_time() - self._cpu:.1f})"


def measure_shop(
    n_items: int, cache: Path, repeats: int, own_texts: bool = False, encoder: Encoder | None = None
) -> list[str]:
    """Return lines of results for one size; what is in the cache already is not built again, and is said so."""
    name = f"shop:{n_items}"
    shop = read_shop_name(name)
    assert shop is not None
    folder = cache / "worlds" / shop.folder
    known, start = folder.exists(), _Clock()
    prepare_shop(n_items, 0, folder)
    built, start = str(start), _Clock()
    catalogue = load_world(name, cache, encoder=encoder)
    loaded = str(start)
    catalogue = replace(catalogue, encoder=RememberingEncoder(catalogue.encoder))
    vectors = catalogue.text_vectors
    distinct = len(vectors.book) if isinstance(vectors, Codebook) else len(vectors)
    lines = [
        f"{n_items:,} products, {distinct:,} distinct texts: "
        + ("already built, " if known else f"built in {built}, ")
        + f"loaded in {loaded}, peak memory {_peak():.2f} GiB"
    ]
    if own_texts:
        return lines + _with_own_texts(catalogue, cache, repeats)
    flat = flat_index(catalogue) if n_items <= FLAT_UP_TO else None
    lines += [measure_turns(catalogue, repeats, narrow, flat).line(_label(narrow)) for narrow in (True, False)]
    return [*lines, f"  peak memory {_peak():.2f} GiB with the turns" + (" and the flat index" if flat else "")]


def _with_own_texts(catalogue: Catalogue, cache: Path, repeats: int) -> list[str]:
    path = cache / "vectors" / f"own-{catalogue.n_items}.npy"
    own = replace(catalogue, text_vectors=own_vectors(catalogue, path))
    start = _Clock()
    own = replace(own, text_index=cached_index(own.text_vectors, cache / "vectors", _index_config(own.n_items)))
    lines = [f"  own texts: index ready in {start}"]
    for narrow in (True, False):
        for label, world in (("index", own), ("exact", replace(own, text_index=None))):
            lines.append(f"  {label}" + measure_turns(world, repeats, narrow, None).line(_label(narrow)))
        feeds, texts = recall(own, 5, narrow)
        lines.append(f"  recall@10 of the index, {_label(narrow)}: feeds {feeds:.3f}, by text alone {texts:.3f}")
    return [*lines, f"  peak memory {_peak():.2f} GiB"]


def _index_config(n_items: int) -> IndexConfig:
    """Return the usual configuration, but an index for fewer items too, and in proportion."""
    usual = IndexConfig()
    return IndexConfig(min(usual.index_from, n_items), min(usual.exact_up_to, n_items // 5))


def _label(narrow: bool) -> str:
    return "narrow" if narrow else "broad"


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a few lines a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--own-texts", action="store_true")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--cache", type=Path, default=None)
    given = parser.parse_args(arguments)
    if len(given.sizes) == 1:
        faiss.omp_set_num_threads(2)
        for line in measure_shop(given.sizes[0], cache_folder(given.cache), given.repeats, given.own_texts):
            print(line, flush=True)
        return
    rest = ["--own-texts"] * given.own_texts + (["--cache", str(given.cache)] if given.cache else [])
    for size in given.sizes:
        command = [sys.executable, __file__, "--sizes", str(size), "--repeats", str(given.repeats), *rest]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
