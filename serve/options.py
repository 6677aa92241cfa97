"""The options that several commands share, with one wording and one default each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT_STORE: Final = Path("runs/stillroom.duckdb")


class Runtime(StrEnum):
    """What runs a local model's weights; `auto` is openvino, but transformers for `local:` where there is a GPU."""

    AUTO = "auto"
    OPENVINO = "openvino"
    TRANSFORMERS = "transformers"


class SolverForm(StrEnum):
    """How a task is solved (`stillroom.data.trajectory.Form`)."""

    AGENT = "agent"
    COT = "cot"


World = Annotated[
    str,
    typer.Option(
        help="films, films-renamed, books, shop, shop:N, shop:N:SEED, or the path of a catalogue's schema (.toml)."
    ),
]
StorePath = Annotated[Path, typer.Option(help="The DuckDB file that holds runs and episodes.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same people, commands and feeds.")]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing; use what the cache holds.")]
RuntimeOption = Annotated[Runtime, typer.Option(help="What runs a local model's weights.")]
User = Annotated[str, typer.Option(help="agenda, noisy, noisy:LEVEL (mild, medium, strong) or llm:MODEL.")]
# What an agent's code runs in, and how it finds passages.
SandboxName = Annotated[str, typer.Option("--sandbox", help="monty, or cpython (numpy and sympy; needs bubblewrap).")]
FormOption = Annotated[
    SolverForm,
    typer.Option("--form", help="agent (thoughts and Python, step by step) or cot (words alone)."),
]
SearchMode = Annotated[
    str | None,
    typer.Option("--search", help="How passages are found: hybrid, dense or bm25 (default: the task's own)."),
]
Model = Annotated[str, typer.Option(help="expert, rules, local:NAME_OR_PATH, student:NAME_OR_PATH or PROVIDER:MODEL.")]

# Hosted models (PROVIDER:MODEL) only; every other model ignores them.
BaseUrl = Annotated[
    str | None,
    typer.Option(
        help="Where openai: models are, a server like OpenAI's: http://localhost:8000/v1 (also: STILLROOM_BASE_URL)."
    ),
]
MaxCost = Annotated[float | None, typer.Option(min=0, help="Stop when hosted models have cost this much.")]
MaxTokens = Annotated[int | None, typer.Option(min=0, help="Stop when hosted models have used this many tokens.")]
PriceIn = Annotated[float | None, typer.Option(min=0, help="What a million tokens cost that go in.")]
PriceOut = Annotated[float | None, typer.Option(min=0, help="What a million tokens cost that come out.")]
PriceTable = Annotated[
    Path | None,
    typer.Option("--prices", help='A TOML table of them: ["openai:NAME"], input = 0.15, output = 0.60.'),
]
Temperature = Annotated[
    float, typer.Option(min=0, help="How freely replies are drawn: a hosted model's, or any model's actions.")
]
CallTimeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that one call may take in all.")]
KeepReplies = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep a hosted model's replies: the same question is paid once.")
]


@dataclass(frozen=True)
class HostingOptions:
    """How hosted models are reached and what they may cost; `hosted.takes_hosting` gives a command these options.

    Whatever is a command's default of them is the default that it shows.
    """

    base_url: BaseUrl = None
    max_cost: MaxCost = None
    max_tokens: MaxTokens = None
    price_in: PriceIn = None
    price_out: PriceOut = None
    prices: PriceTable = None
    temperature: Temperature = 0.0
    timeout: CallTimeout = 60.0
    cache: KeepReplies = False


HOSTING: Final = HostingOptions()
HOSTING_KEPT: Final = HostingOptions(cache=True)
