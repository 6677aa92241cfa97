"""Sessions at once: threads that play, and one thread, the caller's, that is handed what they finish.

Contract: jobs are begun in order and handed over as they end. The first job that fails lets no other begin; those under
way are played to their end and handed over, and then its error is raised. An interrupted caller waits for nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from queue import SimpleQueue
from threading import Lock, Thread

from stillroom.data.trajectory import Episode
from stillroom.simulators.session import Seat

Job = Callable[[Seat], Episode]


def run_jobs(jobs: Sequence[Job], new_seat: Callable[[], Seat], n_at_once: int = 1) -> Generator[Episode, None, None]:
    """Yield the episode of every job, each played on a seat of its own; one at once needs no thread."""
    if n_at_once == 1:
        for job in jobs:
            yield job(new_seat())
        return
    crew = _Crew(jobs, new_seat)
    crew.start(min(n_at_once, len(jobs)))
    try:
        yield from crew.results()
    finally:
        crew.dismiss()


class _Crew:
    """The threads, what is left to do, and what they hand over: an episode, an error, or None when one goes home."""

    def __init__(self, jobs: Sequence[Job], new_seat: Callable[[], Seat]) -> None:
        self._jobs, self._new_seat = deque(jobs), new_seat
        self._lock = Lock()
        self._results: SimpleQueue[Episode | Exception | None] = SimpleQueue()
        self._n_threads = 0

    def start(self, n_threads: int) -> None:
        self._n_threads = n_threads
        for _ in range(n_threads):
            # Daemons: whoever presses Ctrl-C must not wait for a model that is slow to answer.
            Thread(target=self._work, name="session", daemon=True).start()

    def results(self) -> Iterator[Episode]:
        failed: Exception | None = None
        while self._n_threads:
            result = self._results.get()
            if result is None:
                self._n_threads -= 1
            elif isinstance(result, Episode):
                yield result
            else:
                failed = failed or result
        if failed is not None:
            raise failed

    def dismiss(self) -> None:
        """Let no further job begin."""
        with self._lock:
            self._jobs.clear()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._results.put(job(self._new_seat()))
            except Exception as error:  # handed to the caller, who raises it
                self.dismiss()
                self._results.put(error)
        self._results.put(None)

    def _next(self) -> Job | None:
        with self._lock:
            return self._jobs.popleft() if self._jobs else None
