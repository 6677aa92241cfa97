"""How many calls may be under way at once: additive increase, multiplicative decrease (Chiu and Jain 1989).

Contract: one limiter for all calls of a model, from any number of threads. The limit starts at the most that is
allowed, halves when the server says that it is too much, grows by one for every full round of answers, and stays
between 1 and the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Limiter:
    """The limit and the calls under way; `with limiter.slot() as ticket:` waits for a place."""

    def __init__(self, most: int) -> None:
        """Allow at most `most` calls at once, at least one."""
        self.most = max(1, most)
        self._limit = float(self.most)
        self._n_under_way = 0
        self._n_cuts = 0
        self._changed = Condition()

    @property
    def limit(self) -> int:
        """Return how many calls may be under way now."""
        return max(1, int(self._limit))

    @contextmanager
    def slot(self) -> Iterator[int]:
        """Wait for a place and hold it; the ticket tells `cut` from when a call was."""
        with self._changed:
            self._changed.wait_for(lambda: self._n_under_way < self.limit)
            self._n_under_way += 1
            ticket = self._n_cuts
        try:
            yield ticket
        finally:
            with self._changed:
                self._n_under_way -= 1
                self._changed.notify_all()

    def grow(self) -> None:
        """Note an answer: as many of them as the limit is make it one larger."""
        with self._changed:
            self._limit = min(float(self.most), self._limit + 1.0 / self._limit)
            self._changed.notify_all()

    def cut(self, ticket: int) -> None:
        """Note that the server has too much to do: halve, but once for all the calls that were under way together."""
        with self._changed:
            if ticket == self._n_cuts:
                self._n_cuts += 1
                self._limit = max(1.0, self._limit / 2)
