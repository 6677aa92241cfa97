"""The account of one command: ceilings on money and tokens over all hosted models, and each model's ledger.

Contract: no call starts once a ceiling is reached. Near it, calls start one after the other, so that many threads
overrun it by no more than the one call that reaches it, as a single thread would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Event

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted.failure import FailureKind
from stillroom.agents.models.hosted.ledger import Ledger, Prices

Pay = Callable[[int, int], None]


class CeilingError(ModelError):
    """A ceiling on cost or tokens that was reached; nothing more is asked."""


class Account:
    """What may be spent, what was, and on which model; used by any number of threads."""

    def __init__(self, max_cost: float | None = None, max_tokens: int | None = None) -> None:
        """Open an account; None is no ceiling."""
        self.max_cost, self.max_tokens = max_cost, max_tokens
        self._ledgers: dict[str, Ledger] = {}
        self._refused = ""
        self._n_under_way = 0
        self._largest_cost: float | None = None
        self._largest_tokens: int | None = None
        self._changed = Condition()
        self._halted = Event()

    @property
    def has_ceiling(self) -> bool:
        """Say whether anything is limited."""
        return self.max_cost is not None or self.max_tokens is not None

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """Return the ledgers of the models that were opened, in that order."""
        return tuple(self._ledgers.values())

    @property
    def cost(self) -> float:
        """Return what all models cost so far, those without prices left out."""
        return sum(ledger.cost or 0.0 for ledger in self._ledgers.values())

    @property
    def n_tokens(self) -> int:
        """Return the tokens of all models so far."""
        return sum(ledger.n_tokens for ledger in self._ledgers.values())

    @property
    def reached(self) -> str:
        """Return which ceiling is reached in a few words, empty when none is."""
        return self._reached(0)

    @property
    def refused(self) -> str:
        """Return the ceiling that a call was refused at, empty when every call was made."""
        return self._refused

    def open_ledger(self, model: str, prices: Prices | None) -> Ledger:
        """Return a model's ledger, the same one however often the model is loaded; raise ModelError without prices."""
        if self.max_cost is not None and prices is None:
            raise ModelError(
                f"a ceiling on cost needs the prices of {model}: give --price-in and --price-out, or --prices with a "
                "table that names it"
            )
        with self._changed:
            return self._ledgers.setdefault(model, Ledger(model, prices))

    @contextmanager
    def call(self, ledger: Ledger) -> Iterator[Pay]:
        """Wait until a call may start, and raise CeilingError when none may; the caller pays with its tokens."""
        with self._changed:
            self._changed.wait_for(self._may_start)
            self._n_under_way += 1
        try:
            yield lambda n_in, n_out: self._pay(ledger, n_in, n_out)
        finally:
            with self._changed:
                self._n_under_way -= 1
                self._changed.notify_all()

    def halt(self) -> None:
        """Let no further call start, and end every pause: whoever asked has gone."""
        self._halted.set()
        with self._changed:
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Sleep before a call is tried again, unless there is nobody to try it for."""
        self._halted.wait(seconds)

    def note_failure(self, ledger: Ledger, kind: FailureKind, retried: bool) -> None:
        """Count a call that failed."""
        with self._changed:
            ledger.failures[kind] += 1
            ledger.n_retries += retried

    def note_cache_hit(self, ledger: Ledger) -> None:
        """Count a question that was answered before."""
        with self._changed:
            ledger.n_cache_hits += 1

    def _may_start(self) -> bool:
        if self._halted.is_set():
            raise ModelError("the command has ended")
        if not self.has_ceiling:
            return True
        if reached := self._reached(0):
            self._refused = reached
            raise CeilingError(reached)
        # How much a call takes is known when it is over; what is under way is taken to be as large as the largest yet.
        return not self._n_under_way or (self._largest_tokens is not None and not self._reached(self._n_under_way))

    def _reached(self, n_more: int) -> str:
        """Return which ceiling is reached when `n_more` calls are still to be paid for, empty when none is."""
        tokens = self.n_tokens + n_more * (self._largest_tokens or 0)
        if self.max_tokens is not None and tokens >= self.max_tokens:
            return f"the ceiling of {self.max_tokens:,} tokens is reached ({tokens:,} used)"
        cost = self.cost + n_more * (self._largest_cost or 0.0)
        if self.max_cost is not None and cost >= self.max_cost:
            return f"the ceiling of {self.max_cost:g} on cost is reached ({cost:.4f} spent)"
        return ""

    def _pay(self, ledger: Ledger, n_in: int, n_out: int) -> None:
        if self.has_ceiling and not n_in + n_out:
            raise ModelError(f"{ledger.model} does not say how many tokens a call takes, so no ceiling can be kept")
        with self._changed:
            ledger.n_calls += 1
            ledger.n_tokens_in += n_in
            ledger.n_tokens_out += n_out
            cost = ledger.prices.cost(n_in, n_out) if ledger.prices else 0.0
            self._largest_cost = max(cost, self._largest_cost or 0.0)
            self._largest_tokens = max(n_in + n_out, self._largest_tokens or 0)
