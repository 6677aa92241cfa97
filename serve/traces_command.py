"""`stillroom traces list | show ID | merge STORE` and `stillroom export`: what stores hold, read or taken elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillroom.serve.console import show, show_next
from stillroom.serve.options import DEFAULT_STORE, StorePath
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from stillroom.data.store import Run

RunId = Annotated[str | None, typer.Option(help="Of this run only.")]


class Form(StrEnum):
    """What files an export has: a table a file, or whole episodes as JSON lines."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    EPISODES = "episodes"


def list_traces(
    store: StorePath = DEFAULT_STORE,
    run: RunId = None,
    limit: Annotated[int, typer.Option(min=1, help="How many episodes at most, the latest.")] = 50,
) -> None:
    """List the store's runs, and the latest episodes one a line."""
    from stillroom.data.store import Store
    from stillroom.serve.traces_view import render_summaries

    with Store.open(store, read_only=True) as opened:
        runs = [known for known in opened.list_runs() if run in (None, known.run_id)]
        if run is not None and not runs:
            raise CommandError(f"there is no run {run!r} in {store}; `stillroom traces list` names them all")
        summaries = opened.list_episodes(run)
    show(render_runs(runs), "", render_summaries(summaries[-limit:]))
    if len(summaries) > limit:
        show(f"… the last {limit} of {len(summaries)} episodes; --limit shows more.")
    if summaries:
        show_next(f"stillroom traces show {summaries[-1].episode_id} --store {store}")


def show_trace(
    episode: Annotated[str, typer.Argument(metavar="ID", help="An episode's id, or the end of it.")],
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Show one episode from top to bottom: what was seen, said, understood and done."""
    from stillroom.data.store import Store
    from stillroom.serve.traces_view import render_episode

    with Store.open(store, read_only=True) as opened:
        found = opened.read_episode(episode)
    show(render_episode(found))


def merge_traces(
    others: Annotated[list[Path], typer.Argument(metavar="STORE …", help="The files to take runs from.")],
    store: StorePath = DEFAULT_STORE,
    run: RunId = None,
) -> None:
    """Bring the runs of other stores into one: a run that several have gets the episodes of all of them.

    Measure on several machines with one --run, merge, and evaluate the same run again: it shows them in one table.
    """
    from contextlib import ExitStack

    from stillroom.data.store import Store
    from stillroom.data.store_merge import merge_store

    if store.resolve() in (other.resolve() for other in others):
        raise CommandError(f"{store} is named twice: the store that is merged into cannot be one of the others")
    with ExitStack() as stack:
        # All of them are looked at before anything is written.
        opened = [stack.enter_context(Store.open(other, read_only=True)) for other in others]
        store.parent.mkdir(parents=True, exist_ok=True)
        target = stack.enter_context(Store.open(store))
        for other in opened:
            for merged in merge_store(target, other, run):
                show(f"{merged.run_id} of {other.path}: {merged.n_new:,} new, {merged.n_known:,} there already.")
    show_next(f"stillroom traces list --store {store}")


def export_store(
    store: StorePath = DEFAULT_STORE,
    form: Annotated[
        Form, typer.Option("--format", help="parquet or jsonl: a file a table; episodes: one file of whole episodes.")
    ] = Form.PARQUET,
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("runs/export"),
    run: RunId = None,
) -> None:
    """Write the store as Parquet or JSON lines."""
    from stillroom.data import export
    from stillroom.data.store import Store

    with Store.open(store, read_only=True) as opened:
        files = export.export_store(opened, out, export.ExportForm(form.value), run)
    show(*(f"Wrote {file} ({file.stat().st_size / 1e6:.1f} MB)." for file in files))


def render_runs(runs: Iterable[Run]) -> Table:
    """Return a table, one line a run."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("run", "started (UTC)", "model", "episodes", "seed", "revision"):
        table.add_column(heading, overflow="fold")
    for run in runs:
        model = run.config.get("model") or run.config.get("models") or ""
        cells = (run.run_id, f"{run.created_at:%Y-%m-%d %H:%M}", model, run.n_episodes, run.seed, run.git_revision[:10])
        table.add_row(*(Text(str(cell)) for cell in cells))
    return table


def build_traces() -> typer.Typer:
    """Return the group of the commands about what stores hold."""
    group = typer.Typer(no_args_is_help=True, help="Read what the store holds, or bring several stores into one.")
    group.command("list", epilog="Example: stillroom traces list --run films-expert-train-0")(list_traces)
    group.command("show", epilog="Example: stillroom traces show films-expert-train-0/000007")(show_trace)
    merge = "Example: stillroom traces merge gpu.duckdb --run films-suite --store runs/stillroom.duckdb"
    group.command("merge", epilog=merge)(merge_traces)
    return group
