"""A deadline on a whole call, also of a server that drips its answer.

A provider's own timeout is for each read, so a byte now and then would hold a call for ever.

Contract: `within(seconds, ask)` gives what `ask()` gives, raises what it raises, or TimeoutError when the time is up. A
call that is given up goes on in its thread until its own timeout or the server ends it; nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Done(Generic[T]):
    result: T


def within(seconds: float, ask: Callable[[], T]) -> T:
    """Return what `ask()` returns, raise what it raises, and TimeoutError when neither has come in time."""
    ended: SimpleQueue[_Done[T] | Exception] = SimpleQueue()

    def work() -> None:
        try:
            ended.put(_Done(ask()))
        except Exception as error:  # handed to whoever waits, who raises it
            ended.put(error)

    # A daemon: a command that ends must not wait for a call that was given up.
    Thread(target=copy_context().run, args=(work,), name="call", daemon=True).start()
    try:
        found = ended.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer in {seconds:g} s") from None
    if isinstance(found, _Done):
        return found.result
    raise found
