"""Rankings of trained sequence models: found by the history, honest about what is not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stillroom.data.catalogue import Catalogue
from stillroom.data.fetch import Fetcher
from stillroom.simulators.rivals.load import load_rival
from stillroom.simulators.rivals.ranked import history_digest, rankings_path
from stillroom.simulators.rivals.rival import Question, RivalError


def write(cache: Path, catalogue: Catalogue, histories: list[tuple[int, ...]], scores: np.ndarray) -> Path:
    path = rankings_path(cache, catalogue.schema.name, "sasrec")
    path.parent.mkdir(parents=True)
    digests = [history_digest([catalogue.ids[row] for row in history]) for history in histories]
    np.savez_compressed(
        path, histories=np.array(digests), item_ids=np.array(catalogue.ids), scores=scores.astype(np.float16)
    )
    return path


def test_a_history_has_its_own_ranking_and_unknown_items_come_last(tiny: Catalogue, tmp_path: Path) -> None:
    scores = np.random.default_rng(0).normal(size=(2, tiny.n_items))
    scores[1, 7] = np.nan
    write(tmp_path, tiny, [(1, 2), (2, 1)], scores)
    rival = load_rival("sasrec", tiny, Fetcher(tmp_path))
    first, second = (rival.rank(Question(history, ("anything",))) for history in ((1, 2), (2, 1)))
    np.testing.assert_allclose(first.scores, scores[0], atol=1e-2)
    assert int(np.argmin(second.scores)) == 7 and np.isfinite(second.scores).all()
    assert first.fallbacks == second.fallbacks == ()


def test_a_person_without_a_ranking_gets_popularity_and_it_is_recorded(tiny: Catalogue, tmp_path: Path) -> None:
    write(tmp_path, tiny, [(1, 2)], np.zeros((1, tiny.n_items)))
    found = load_rival("sasrec", tiny, Fetcher(tmp_path)).rank(Question((), ("anything",)))
    assert (found.scores == tiny.popularity).all()
    assert found.fallbacks == ("sasrec: no ranking of this history",)


def test_a_missing_file_says_how_to_make_it(tiny: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(RivalError, match="no ranking of bert4rec for tiny .*benchmarks/rankers/train_sequences.py"):
        load_rival("bert4rec", tiny, Fetcher(tmp_path))


def test_a_damaged_file_and_one_about_other_items_are_refused(tiny: Catalogue, tmp_path: Path) -> None:
    path = write(tmp_path, tiny, [(1, 2)], np.zeros((1, tiny.n_items)))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RivalError, match="cannot be read"):
        load_rival("sasrec", tiny, Fetcher(tmp_path))
    np.savez(path, histories=np.array(["x"]), item_ids=np.array(["other"]), scores=np.zeros((1, 1), np.float16))
    with pytest.raises(RivalError, match="about other items"):
        load_rival("sasrec", tiny, Fetcher(tmp_path))
