"""Merged stores hold every run once and every episode once, and what does not fit is refused before anything moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stillroom.data.store import Store, StoreError
from stillroom.data.store_merge import MergedRun, merge_store
from stillroom.data.trajectory import Episode

EpisodeOf = Callable[..., Episode]


@pytest.fixture
def other(tmp_path: Path, episode_of: EpisodeOf) -> Iterator[Store]:
    path = tmp_path / "other.duckdb"
    with Store.open(path) as written:
        for run in ("both", "new"):
            written.start_run({"part": "test"}, seed=3, run_id=run)
            for key in "abc":
                written.add_episode(run, episode_of(key))
    with Store.open(path, read_only=True) as opened:
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "target.duckdb") as opened:
        yield opened


def test_a_run_that_both_have_gains_what_it_lacks(target: Store, other: Store, episode_of: EpisodeOf) -> None:
    run = target.start_run({"part": "test"}, seed=3, run_id="both")
    own = episode_of("a", n_turns=2)
    target.add_episode(run, own)
    target.add_episode(run, episode_of("z"))

    assert merge_store(target, other) == (MergedRun("both", 2, 1), MergedRun("new", 3, 0))

    assert [summary.episode_id for summary in target.list_episodes("both")] == ["both/a", "both/z", "both/b", "both/c"]
    assert target.read_episode("both/a") == own
    assert list(target.episodes("new")) == list(other.episodes("new"))
    adopted, source = ({run.run_id: run for run in store.list_runs()}["new"] for store in (target, other))
    assert adopted == source
    assert merge_store(target, other) == (MergedRun("both", 0, 3), MergedRun("new", 0, 3))


def test_one_run_is_taken_by_its_name(target: Store, other: Store) -> None:
    assert merge_store(target, other, "new") == (MergedRun("new", 3, 0),)
    assert [run.run_id for run in target.list_runs()] == ["new"]
    with pytest.raises(StoreError, match="there is no run 'old'"):
        merge_store(target, other, "old")


def test_a_run_set_up_otherwise_is_refused_and_nothing_is_written(target: Store, other: Store) -> None:
    target.start_run({"part": "validation"}, seed=3, run_id="new")
    with pytest.raises(StoreError, match="'new' was started with another part"):
        merge_store(target, other)
    assert [(run.run_id, run.n_episodes) for run in target.list_runs()] == [("new", 0)]


def test_an_empty_store_has_nothing_to_merge(target: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty.duckdb") as empty, pytest.raises(StoreError, match="there is no run"):
        merge_store(target, empty)
