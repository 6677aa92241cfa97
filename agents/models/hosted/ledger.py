"""What a hosted model was asked and what that cost: one ledger for each model of a command."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from stillroom.agents.models.hosted.failure import FailureKind

_MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in and out, in whatever currency the person counts."""

    per_million_in: float
    per_million_out: float

    def cost(self, n_in: int, n_out: int) -> float:
        """Return the cost of one call's tokens."""
        return (n_in * self.per_million_in + n_out * self.per_million_out) / _MILLION


@dataclass
class Ledger:
    """Counts of one model, changed under the account's lock.

    `n_calls` are requests that were answered, `failures` those that were not, by kind; cache hits made no request.
    """

    model: str
    prices: Prices | None = None
    n_calls: int = 0
    n_cache_hits: int = 0
    n_tokens_in: int = 0
    n_tokens_out: int = 0
    failures: Counter[FailureKind] = field(default_factory=Counter)
    n_retries: int = 0

    @property
    def n_tokens(self) -> int:
        """Return all tokens that were paid for."""
        return self.n_tokens_in + self.n_tokens_out

    @property
    def cost(self) -> float | None:
        """Return what the answered calls cost, None when no prices are known."""
        return self.prices.cost(self.n_tokens_in, self.n_tokens_out) if self.prices else None

    def describe(self) -> str:
        """Return everything that was counted as one line."""
        failed = ", ".join(f"{count} {kind.value.replace('_', ' ')}" for kind, count in self.failures.items())
        parts = [
            f"{self.n_calls:,} calls",
            f"{self.n_retries:,} retries{f' (failed: {failed})' if failed else ''}",
            f"{self.n_cache_hits:,} cache hits",
            f"{self.n_tokens_in:,} tokens in, {self.n_tokens_out:,} out",
            "cost unknown (no prices were given)" if self.cost is None else f"cost {self.cost:.4f}",
        ]
        return f"{self.model}: {', '.join(parts)}"
