"""`stillroom fetch`: the weights and data files, fetched once into the cache and checked by their SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.options import Offline
from stillroom.serve.refusals import resumable

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

# What `stillroom demo` needs; the larger models are fetched by name.
DEFAULT: Final = ("ml-latest-small", "movies-metadata", "movies-credits", "all-minilm-l6-v2", "smollm2-135m-instruct")

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Artefacts to fetch; without a name, what the demo needs."),
]


def fetch(
    names: Names = None,
    listing: Annotated[bool, typer.Option("--list", help="List what there is, and fetch nothing.")] = False,
    offline: Offline = False,
) -> None:
    """Fetch weights and data into the cache, every file checked by its SHA-256."""
    from stillroom.data.fetch import Fetcher
    from stillroom.data.paths import cache_folder

    if listing:
        show(list_artefacts(cache_folder()))
        return
    with resumable("interrupted; run the same command again: what is complete is not fetched twice"), Meter() as meter:
        fetcher = Fetcher(cache_folder(), offline, meter, meter.note)
        folders = [fetcher.fetch(name) for name in dict.fromkeys(names or DEFAULT)]
    show(*(f"{folder.name}: {folder}" for folder in folders))
    show_next("stillroom demo", "stillroom fetch --list")


def list_artefacts(cache: Path) -> Table:
    """Return the table of all artefacts: size, licence, what for, and whether the cache holds them."""
    from rich.table import Table
    from rich.text import Text

    from stillroom.data.artefacts import ARTEFACTS
    from stillroom.data.fetch import is_complete, source_of

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "size", "here", "for", "licence"):
        table.add_column(heading, justify="right" if heading == "size" else "left", overflow="fold")
    for name, artefact in ARTEFACTS.items():
        folder = cache / "artefacts" / name
        here = f"from {source_of(folder)}" if is_complete(folder, artefact) else "no"
        cells = (name, f"{artefact.size / 1e6:,.0f} MB", here, artefact.about, artefact.licence)
        table.add_row(*map(Text, cells))
    return table
