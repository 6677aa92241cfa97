"""The limiter: halves once for what was under way together, grows by one a round, stays between 1 and the most."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from stillroom.agents.models.hosted.limiter import Limiter


def failed_call(limiter: Limiter) -> None:
    with limiter.slot() as ticket:
        limiter.cut(ticket)


def test_calls_that_fail_together_halve_it_once() -> None:
    limiter = Limiter(16)
    with limiter.slot() as first, limiter.slot() as second:
        limiter.cut(first)
        limiter.cut(second)
    assert limiter.limit == 8
    failed_call(limiter)
    assert limiter.limit == 4


def test_it_stays_between_one_and_the_most() -> None:
    limiter = Limiter(5)
    for _ in range(20):
        failed_call(limiter)
    assert limiter.limit == 1
    for _ in range(100):
        limiter.grow()
    assert limiter.limit == 5 and Limiter(0).limit == 1


def test_a_full_round_of_answers_makes_it_one_larger() -> None:
    limiter = Limiter(64)
    for _ in range(4):
        failed_call(limiter)
    assert limiter.limit == 4
    for _ in range(5):
        limiter.grow()
    assert limiter.limit == 5


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_than_the_limit_are_under_way(most: int) -> None:
    limiter, release, inside = Limiter(most), Event(), []

    def work() -> None:
        with limiter.slot():
            inside.append(1)
            release.wait(10)

    threads = [Thread(target=work) for _ in range(most + 4)]
    for thread in threads:
        thread.start()
    threads[-1].join(0.1)
    assert len(inside) <= most
    release.set()
    for thread in threads:
        thread.join()
    assert len(inside) == most + 4
