"""Hosted models as commands see them: options become a Hosting, ledgers a line each, a ceiling a way to go on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from stillroom.serve.console import show
from stillroom.serve.options import HostingOptions
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from stillroom.agents.models.hosted import Hosting
    from stillroom.agents.models.hosted.ledger import Prices

# Sessions at once: of a server's model, and of weights that answer a batch at a time.
_OF_A_SERVER: Final = 4
_OF_A_BATCH: Final = 32
_IN_LINE: Final = (
    "--concurrency is for hosted models (PROVIDER:MODEL) and for --runtime transformers: {} plays one session at a time"
)
_PASSWORD: Final = re.compile("//[^/]*@")
_ADDRESSED: Final = re.compile(r"(?:^|:)openai:")
GO_ON: Final = (
    "what is finished is stored: run the same command again, or with a higher ceiling, to go on (a ceiling counts "
    "from the start of each command)"
)

LINES_LEFT: Final = "the lines that were not asked any more say so"


def is_hosted(name: str) -> bool:
    """Say whether a model's name is PROVIDER:MODEL, so that somebody else's machine answers."""
    kind, colon, _ = name.partition(":")
    return bool(colon) and kind not in ("local", "student")


def sessions_at_once(model: str, runtime: str, wanted: int | None) -> int:
    """Return how many sessions a model plays at once; refuse more than one where they would only wait in line."""
    usual = _usual_at_once(model, runtime)
    if usual == 1 and wanted not in (None, 1):
        raise CommandError(_IN_LINE.format(model))
    return wanted or usual


def each_at_once(models: Mapping[str, str], runtime: str, wanted: int | None) -> dict[str, int]:
    """Return how many sessions the named ones play at once, by the model behind each; the others play one.

    Refuse where all of them would only wait in line.
    """
    if wanted in (None, 1):
        return {}
    found = {name: wanted for name, model in models.items() if wanted and _usual_at_once(model, runtime) > 1}
    if not found:
        raise CommandError(_IN_LINE.format(", ".join(models)))
    return found


def _usual_at_once(model: str, runtime: str) -> int:
    if is_hosted(model):
        return _OF_A_SERVER
    from stillroom.agents.models.load import runtime_of
    from stillroom.agents.models.student import TRANSFORMERS

    return _OF_A_BATCH if runtime_of(model, runtime) == TRANSFORMERS else 1


def takes_hosting(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of HostingOptions, one by one, in the place of its parameter `hosted`."""
    taken = signature(command, eval_str=True)
    usual = taken.parameters["hosted"]
    hints = get_type_hints(HostingOptions, include_extras=True)
    options = [
        usual.replace(name=item.name, default=getattr(usual.default, item.name), annotation=hints[item.name])
        for item in fields(HostingOptions)
    ]
    parameters = [
        one for given in taken.parameters.values() for one in (options if given.name == usual.name else [given])
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        chosen = HostingOptions(**{item.name: given.pop(item.name) for item in options})
        command(**given, hosted=chosen)

    # Typer reads both.
    run.__signature__ = taken.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": None}
    return run


def build_hosting(options: HostingOptions, names: Iterable[str], concurrency: int = 1) -> Hosting:
    """Return how the hosted ones of the models named are reached.

    Raise ModelError for a table of prices, CommandError for half a price or an address that is of no model named.
    """
    from stillroom.agents.models.hosted import Account, Hosting
    from stillroom.agents.models.hosted.prices import read_prices
    from stillroom.data.paths import cache_folder

    if options.base_url and not any(map(is_addressed, names)):
        raise CommandError("--base-url is the address of openai: models: name one, as in openai:NAME")
    return Hosting(
        base_url=options.base_url,
        timeout_s=options.timeout,
        concurrency=concurrency,
        temperature=options.temperature,
        cache=cache_folder() / "replies.sqlite" if options.cache else None,
        price=_price(options.price_in, options.price_out),
        prices=read_prices(options.prices) if options.prices else {},
        account=Account(options.max_cost, options.max_tokens),
    )


def is_addressed(name: str) -> bool:
    """Say whether a base URL is of what a name stands for, be it a model, a user or a rival that asks one."""
    return bool(_ADDRESSED.search(name))


def address_of(names: Iterable[str], hosting: Hosting) -> str | None:
    """Return the address that the openai: models among those named are reached at, without a password in it."""
    from stillroom.agents.models.hosted.provider import base_url_of

    url = base_url_of("openai", hosting.base_url) if any(map(is_addressed, names)) else None
    return _PASSWORD.sub("//", url) if url else None


def _price(price_in: float | None, price_out: float | None) -> Prices | None:
    from stillroom.agents.models.hosted.ledger import Prices

    if price_in is None and price_out is None:
        return None
    if price_in is None or price_out is None:
        raise CommandError("--price-in and --price-out go together: a call costs what goes in and what comes out")
    return Prices(price_in, price_out)


@contextmanager
def accounted(hosting: Hosting, *, go_on: str = GO_ON, tell: Callable[[str], None] = show) -> Iterator[None]:
    """Tell every hosted model's ledger at the end, however it ends, and say how to go on after a ceiling."""
    from stillroom.agents.models.hosted import CeilingError

    try:
        yield
    except CeilingError as error:
        raise CommandError(f"{error}; {go_on}") from error
    finally:
        hosting.account.halt()  # sessions at once that were interrupted must not go on asking
        for ledger in hosting.account.ledgers:
            if ledger.n_calls or ledger.n_cache_hits or ledger.failures:
                tell(ledger.describe())


def check_ceiling(hosting: Hosting, go_on: str) -> None:
    """Raise CommandError where a call was refused at a ceiling by whoever takes a failure for an answer."""
    if hosting.account.refused:
        raise CommandError(f"{hosting.account.refused}; {go_on}")
