"""Jobs at once: threads that do them, and one thread, the caller's, that is handed what comes of them.

Contract: jobs are begun in order and handed over as they end. The first job that fails lets no other begin; those under
way are done to their end and handed over, and then its error is raised. An interrupted caller waits for nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


def run_jobs(jobs: Sequence[Callable[[], T]], n_at_once: int = 1) -> Generator[T, None, None]:
    """Yield what every job returns; one at once needs no thread."""
    if n_at_once == 1:
        for job in jobs:
            yield job()
        return
    crew = _Crew(jobs)
    crew.start(min(n_at_once, len(jobs)))
    try:
        yield from crew.results()
    finally:
        crew.dismiss()


@dataclass(frozen=True)
class _Done(Generic[T]):
    result: T


class _Crew(Generic[T]):
    """The threads, what is left to do, and what they hand over: a result, an error, or None when one goes home."""

    def __init__(self, jobs: Sequence[Callable[[], T]]) -> None:
        self._jobs = deque(jobs)
        self._lock = Lock()
        self._results: SimpleQueue[_Done[T] | Exception | None] = SimpleQueue()
        self._n_threads = 0

    def start(self, n_threads: int) -> None:
        self._n_threads = n_threads
        for _ in range(n_threads):
            # Daemons: whoever presses Ctrl-C must not wait for a model that is slow to answer.
            Thread(target=self._work, name="session", daemon=True).start()

    def results(self) -> Iterator[T]:
        failed: Exception | None = None
        while self._n_threads:
            found = self._results.get()
            if found is None:
                self._n_threads -= 1
            elif isinstance(found, _Done):
                yield found.result
            else:
                failed = failed or found
        if failed is not None:
            raise failed

    def dismiss(self) -> None:
        """Let no further job begin."""
        with self._lock:
            self._jobs.clear()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._results.put(_Done(job()))
            except Exception as error:  # handed to the caller, who raises it
                self.dismiss()
                self._results.put(error)
        self._results.put(None)

    def _next(self) -> Callable[[], T] | None:
        with self._lock:
            return self._jobs.popleft() if self._jobs else None
