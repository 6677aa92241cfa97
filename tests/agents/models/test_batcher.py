"""Questions of several threads answered together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from stillroom.agents.models.batcher import Batcher


class Slow:
    """Doubles numbers; the first batch waits until it is let go, so that others gather meanwhile."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go_on = Event(), Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if len(self.batches) == 1:
            self.begun.set()
            assert self.go_on.wait(10)
        if -1 in numbers:
            raise ValueError("no")
        return [2 * number for number in numbers]


def _ask(slow: Slow, batcher: Batcher[int, int], numbers: Sequence[int]) -> list[int | str]:
    """Ask zero first, the numbers while that is under way, each from its own thread; an error is its text."""

    def one(number: int) -> int | str:
        try:
            return batcher(number)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(numbers) + 1) as threads:
        first = threads.submit(one, 0)
        assert slow.begun.wait(10)
        others = [threads.submit(one, number) for number in numbers]
        while len(batcher._waiting) < len(numbers):
            pass
        slow.go_on.set()
        return [first.result(10), *(other.result(10) for other in others)]


def test_who_comes_during_a_batch_is_in_the_next() -> None:
    slow = Slow()
    batcher = Batcher(slow, largest=64)
    assert _ask(slow, batcher, range(1, 9)) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert [sorted(batch) for batch in slow.batches] == [[0], [1, 2, 3, 4, 5, 6, 7, 8]]


def test_no_batch_is_larger_than_allowed() -> None:
    slow = Slow()
    answers = _ask(slow, Batcher(slow, largest=3), range(1, 9))
    assert answers == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert [len(batch) for batch in slow.batches] == [1, 3, 3, 2]


def test_an_error_reaches_everyone_of_its_batch_and_nobody_else() -> None:
    slow = Slow()
    batcher = Batcher(slow, largest=64)
    assert _ask(slow, batcher, [1, -1, 3]) == [0, "no", "no", "no"]
    assert batcher(4) == 8


def test_one_thread_asks_as_it_would_without() -> None:
    batcher = Batcher[int, int](lambda numbers: [number + 1 for number in numbers], largest=2)
    assert [batcher(number) for number in range(3)] == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        Batcher[int, float](lambda numbers: [1 / number for number in numbers], largest=2)(0)
