"""When a failed call is tried again: exponential back-off with jitter, and the server's own wish where it has one."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from stillroom.agents.models.hosted.failure import Failure, FailureKind


@dataclass(frozen=True)
class RetryConfig:
    """How often and after how long; all times in seconds.

    A body that cannot be read is worth few tries: what is garbled twice is garbled on purpose. A server that asks for
    more than `longest_asked_s` has in truth said no.
    """

    n_retries: int = 6
    n_unreadable: int = 2
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    longest_asked_s: float = 300.0


def wait_before_retry(failure: Failure, n_failed: int, config: RetryConfig, rng: Random) -> float | None:
    """Return the seconds to wait after the `n_failed`-th failure of a call, None when it is not tried again.

    Half of the wait is random, so that calls which failed together do not come back together.
    """
    n_allowed = config.n_unreadable if failure.kind is FailureKind.UNREADABLE else config.n_retries
    if failure.kind is FailureKind.DETERMINISTIC or n_failed > n_allowed:
        return None
    asked = failure.retry_after_s
    if asked is not None:
        return None if asked > config.longest_asked_s else asked + rng.random() * config.first_wait_s
    wait = min(config.longest_wait_s, config.first_wait_s * 2.0 ** (n_failed - 1))
    return wait * (0.5 + 0.5 * rng.random())
