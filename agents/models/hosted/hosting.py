"""How hosted models are reached, in one frozen record that commands fill and `load_model` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from stillroom.agents.models.hosted.account import Account
from stillroom.agents.models.hosted.ledger import Prices
from stillroom.agents.models.hosted.retry import RetryConfig


@dataclass(frozen=True)
class Hosting:
    """Address, patience, sampling, prices and purse; `account` is shared by all models that are loaded with it.

    `base_url` is of `openai:` models alone, and `timeout_s` is what one call may take in all. `concurrency` is the most
    calls at once, `reply_tokens` the longest reply (None: the provider's own limit), `price` stands for every model,
    before what `prices` names; `sleep` is the account's pause unless one is given.
    Without `cache` nothing is kept on disk.
    """

    base_url: str | None = None
    timeout_s: float = 60.0
    retry: RetryConfig = field(default_factory=RetryConfig)
    concurrency: int = 1
    temperature: float | None = 0.0
    reply_tokens: int | None = 2048
    cache: Path | None = None
    price: Prices | None = None
    prices: Mapping[str, Prices] = field(default_factory=dict)
    account: Account = field(default_factory=Account)
    rng: Random = field(default_factory=Random)
    sleep: Callable[[float], None] | None = None

    def at(self, base_url: str | None) -> Hosting:
        """Return the same with an address, where one is given."""
        return self if base_url is None else replace(self, base_url=base_url)

    def price_of(self, model: str) -> Prices | None:
        """Return a model's prices, None when nobody gave them."""
        return self.price or self.prices.get(model)
