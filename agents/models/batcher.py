"""Questions of several threads answered together: whoever comes while a batch is being answered is in the next one.

No thread of its own, no waiting for company: the first that finds the place free answers for all who wait by then, so
that batches grow by themselves to as many as ask at once (dynamic batching).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Job(Generic[Question, Answer]):
    question: Question
    future: Future[Answer]


class Batcher(Generic[Question, Answer]):
    """A function of many questions, called with one; `largest` bounds how many are answered together."""

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Answer]], largest: int) -> None:
        """Take what answers questions in their order."""
        self._answer, self._largest = answer, largest
        self._waiting: deque[_Job[Question, Answer]] = deque()
        self._turn = Lock()

    def __call__(self, question: Question) -> Answer:
        """Return the answer; what answering raises is raised to everyone whose question was in the batch."""
        job = _Job[Question, Answer](question, Future())
        self._waiting.append(job)
        while not job.future.done():
            with self._turn:
                # Whoever had the turn before may have answered this question too.
                if not job.future.done():
                    self._answer_some()
        return job.future.result()

    def _answer_some(self) -> None:
        jobs = [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]
        try:
            answers = self._answer([job.question for job in jobs])
        except BaseException as error:
            for job in jobs:
                job.future.set_exception(error)
            return
        for job, answer in zip(jobs, answers, strict=True):
            job.future.set_result(answer)
