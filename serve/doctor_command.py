"""`stillroom doctor`: what this machine has of what Stillroom needs, and what to do where something is missing."""

from __future__ import annotations

import typer

from stillroom.serve.console import show
from stillroom.serve.fetch_command import DEFAULT


def doctor() -> None:
    """Look at versions, cache, cores, GPU, disk and artefacts, and say what to do; changes nothing."""
    from rich.table import Table
    from rich.text import Text

    from stillroom.data.paths import cache_folder
    from stillroom.serve.doctor import State, examine

    colours = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}
    findings = list(examine(cache_folder(), DEFAULT))
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for found in findings:
        table.add_row(
            Text(found.name),
            Text(found.state.value, style=colours[found.state]),
            Text(found.detail),
            Text(found.advice),
        )
    show(table)
    if any(found.state is State.BAD for found in findings):
        show("Something is missing: see the lines marked bad.")
        raise typer.Exit(1)
    show("Nothing stands in the way.")
