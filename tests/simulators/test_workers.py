"""Sessions at once: handed over as they end; a failure ends the run after what is under way."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from stillroom.data.trajectory import Episode
from stillroom.simulators.workers import run_jobs


def episode(key: str) -> Episode:
    return Episode(key=key, world="w", setting="MR", model="m")


def play(key: str) -> Episode:
    return episode(key)


@pytest.mark.parametrize("n_at_once", [1, 3, 50])
def test_every_job_is_played_once(n_at_once: int) -> None:
    jobs = [partial(play, str(number)) for number in range(20)]
    assert sorted(int(found.key) for found in run_jobs(jobs, n_at_once)) == list(range(20))
    assert list(run_jobs([], n_at_once)) == []


def test_what_ends_first_is_handed_over_first() -> None:
    go_on = threading.Event()

    def slow() -> Episode:
        assert go_on.wait(20)
        return episode("slow")

    found = run_jobs([slow, partial(play, "fast")], 2)
    assert next(found).key == "fast"
    go_on.set()
    assert [last.key for last in found] == ["slow"]


def test_after_a_failure_nothing_begins_and_what_is_under_way_is_kept() -> None:
    failed, begun = threading.Event(), []

    def fails() -> Episode:
        failed.set()
        raise RuntimeError("the ceiling")

    def under_way() -> Episode:
        assert failed.wait(20)
        begun.append("under way")
        return episode("under way")

    def late() -> Episode:
        begun.append("late")
        return episode("late")

    found = run_jobs([under_way, fails, *[late] * 50], 2)
    kept = []
    with pytest.raises(RuntimeError, match="the ceiling"):
        for one in found:
            kept.append(one.key)
    assert "under way" in kept and kept.count("late") < 50


def test_a_caller_that_leaves_lets_nothing_begin() -> None:
    begun: list[str] = []
    left = threading.Event()

    def first() -> Episode:
        return episode("first")

    def waits() -> Episode:
        begun.append("x")
        assert left.wait(20)
        return episode("later")

    found = run_jobs([first, *[waits] * 50], 2)
    assert next(found).key == "first"
    crew = [thread for thread in threading.enumerate() if thread.name == "session"]
    found.close()
    left.set()
    for thread in crew:
        thread.join(20)
    assert len(begun) <= 2
