"""The options that several commands share, with one wording and one default each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT_STORE: Final = Path("runs/stillroom.duckdb")


class Runtime(StrEnum):
    """What runs a local model's weights."""

    OPENVINO = "openvino"
    TRANSFORMERS = "transformers"


World = Annotated[str, typer.Option(help="films, films-renamed, books, or the path of a catalogue's schema (.toml).")]
StorePath = Annotated[Path, typer.Option(help="The DuckDB file that holds runs and episodes.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same people, commands and feeds.")]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing; use what the cache holds.")]
RuntimeOption = Annotated[Runtime, typer.Option(help="What runs a local model's weights.")]
Model = Annotated[str, typer.Option(help="expert, rules, local:NAME_OR_PATH, student:NAME_OR_PATH or PROVIDER:MODEL.")]
