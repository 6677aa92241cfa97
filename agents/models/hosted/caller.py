"""One question to a hosted model: limited, counted, paid for, and tried again where that helps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from langchain_core.messages import AIMessage

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted.account import Account
from stillroom.agents.models.hosted.deadline import within
from stillroom.agents.models.hosted.failure import Failure, FailureKind, classify
from stillroom.agents.models.hosted.ledger import Ledger
from stillroom.agents.models.hosted.limiter import Limiter
from stillroom.agents.models.hosted.retry import RetryConfig, wait_before_retry

Ask = Callable[[], AIMessage]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Answer:
    """A model's message, how long its request took, and the failures before it."""

    message: AIMessage
    latency_ms: float
    failures: tuple[FailureKind, ...] = ()

    @property
    def tokens(self) -> tuple[int, int]:
        """Return the tokens in and out, zeros when the provider does not count."""
        return _tokens(self.message)


@dataclass(frozen=True)
class Caller:
    """How one model is asked; shared by all threads. Whoever wants no time to pass gives `rng`, `sleep` and `now`."""

    address: str
    limiter: Limiter
    account: Account
    ledger: Ledger
    sleep: Callable[[float], None]
    timeout_s: float
    secret: str = ""
    retry: RetryConfig = field(default_factory=RetryConfig)
    rng: Random = field(default_factory=Random)
    now: Callable[[], datetime] = _now

    def __call__(self, ask: Ask) -> Answer:
        """Return the answer; raise CeilingError at a ceiling, ModelError with one sentence when there is no answer."""
        failures: list[FailureKind] = []
        while True:
            outcome = self._try(ask, tuple(failures))
            if isinstance(outcome, Answer):
                return outcome
            failures.append(outcome.kind)
            wait_s = self._wait_s(outcome, len(failures))
            self.account.note_failure(self.ledger, outcome.kind, wait_s is not None)
            if wait_s is None:
                sentence = self._sentence(outcome, len(failures))
                # Servers quote what they were sent, and a sentence may end up in a file.
                raise ModelError(sentence.replace(self.secret, "[key]") if self.secret else sentence)
            self.sleep(wait_s)

    def _try(self, ask: Ask, failures: tuple[FailureKind, ...]) -> Answer | Failure:
        with self.limiter.slot() as ticket, self.account.call(self.ledger) as pay:
            start = time.perf_counter()
            try:
                message = within(self.timeout_s, ask)
            except Exception as error:  # a provider's library raises what it likes: see failure.py
                failure = classify(error, self.now())
                if failure.kind in (FailureKind.RATE_LIMIT, FailureKind.TIMEOUT):
                    self.limiter.cut(ticket)
                return failure
            latency_ms = (time.perf_counter() - start) * 1000
            pay(*_tokens(message))
        self.limiter.grow()
        return Answer(message, latency_ms, failures)

    def _wait_s(self, failure: Failure, n_failed: int) -> float | None:
        if failure.kind is FailureKind.UNREACHABLE and not self.ledger.n_calls:
            return None  # it never answered: more likely a wrong address than a pause
        return wait_before_retry(failure, n_failed, self.retry, self.rng)

    def _sentence(self, failure: Failure, n_failed: int) -> str:
        who = f"{self.ledger.model} at {self.address}" if self.address else self.ledger.model
        if failure.kind is FailureKind.UNREACHABLE:
            return f"{who} cannot be reached ({failure.reason}): is the address right, and does the server run?"
        tries = f" after {n_failed} tries" if n_failed > 1 else ""
        hint = ""
        if failure.reason.startswith("HTTP 404") and self.address:
            hint = ": is the base URL right (most end in /v1), and does the server have this model?"
        if failure.reason.startswith(("HTTP 401", "HTTP 403")):
            hint = ": is the key right?"
        return f"{who} gave no answer{tries} ({failure.reason}){hint}"


def _tokens(message: AIMessage) -> tuple[int, int]:
    usage = message.usage_metadata
    return (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)
