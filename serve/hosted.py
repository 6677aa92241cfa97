"""Hosted models as commands see them: options become a Hosting, ledgers a line each, a ceiling a way to go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stillroom.serve.console import show
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from stillroom.agents.models.hosted import Hosting
    from stillroom.agents.models.hosted.ledger import Prices

# Sessions at once: of a server's model, and of weights that answer a batch at a time.
_OF_A_SERVER: Final = 4
_OF_A_BATCH: Final = 32
GO_ON: Final = (
    "what is finished is stored: run the same command again, or with a higher ceiling, to go on (a ceiling counts "
    "from the start of each command)"
)


def is_hosted(name: str) -> bool:
    """Say whether a model's name is PROVIDER:MODEL, so that somebody else's machine answers."""
    kind, colon, _ = name.partition(":")
    return bool(colon) and kind not in ("local", "student")


def sessions_at_once(model: str, runtime: str, wanted: int | None) -> int:
    """Return how many sessions a model plays at once; refuse more than one where they would only wait in line."""
    if is_hosted(model):
        return wanted or _OF_A_SERVER
    from stillroom.agents.models.load import runtime_of
    from stillroom.agents.models.student import TRANSFORMERS

    if runtime_of(model, runtime) == TRANSFORMERS:
        return wanted or _OF_A_BATCH
    if wanted not in (None, 1):
        raise CommandError(
            f"--concurrency is for hosted models (PROVIDER:MODEL) and for --runtime transformers: {model} plays one "
            "session at a time"
        )
    return 1


def build_hosting(
    base_url: str | None = None,
    *,
    concurrency: int = 1,
    temperature: float = 0.0,
    timeout_s: float = 60.0,
    cache: bool = False,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    price_in: float | None = None,
    price_out: float | None = None,
    prices: Path | None = None,
) -> Hosting:
    """Return how hosted models are reached; raise ModelError for a table of prices, CommandError for half a price."""
    from stillroom.agents.models.hosted import Account, Hosting
    from stillroom.agents.models.hosted.prices import read_prices
    from stillroom.data.paths import cache_folder

    return Hosting(
        base_url=base_url,
        timeout_s=timeout_s,
        concurrency=concurrency,
        temperature=temperature,
        cache=cache_folder() / "replies.sqlite" if cache else None,
        price=_price(price_in, price_out),
        prices=read_prices(prices) if prices else {},
        account=Account(max_cost, max_tokens),
    )


def _price(price_in: float | None, price_out: float | None) -> Prices | None:
    from stillroom.agents.models.hosted.ledger import Prices

    if price_in is None and price_out is None:
        return None
    if price_in is None or price_out is None:
        raise CommandError("--price-in and --price-out go together: a call costs what goes in and what comes out")
    return Prices(price_in, price_out)


@contextmanager
def accounted(hosting: Hosting) -> Iterator[None]:
    """Show every hosted model's ledger at the end, however it ends, and say how to go on after a ceiling."""
    from stillroom.agents.models.hosted import CeilingError

    try:
        yield
    except CeilingError as error:
        raise CommandError(f"{error}; {GO_ON}") from error
    finally:
        hosting.account.halt()  # sessions at once that were interrupted must not go on asking
        ledgers = hosting.account.ledgers
        show(*(ledger.describe() for ledger in ledgers if ledger.n_calls or ledger.n_cache_hits or ledger.failures))
