"""`stillroom demo`: from nothing to a student, a table, a report and a conversation; Ctrl-C and run again goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from stillroom.serve.console import show, show_next
from stillroom.serve.options import Offline, Seed
from stillroom.serve.refusals import resumable

if TYPE_CHECKING:
    from stillroom.serve.demo import Demo, Step


def demo(
    out: Annotated[Path, typer.Option(help="The folder that everything is written to.")] = Path("runs/demo"),
    recipe: Annotated[str, typer.Option(help="A recipe's name or path: demo, films-smollm2, my.toml.")] = "demo",
    seed: Seed = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Make everything tiny, to see that it runs.")] = False,
    offline: Offline = False,
) -> None:
    """Simulate, distil and compare, from one command; run again after Ctrl-C, it goes on where it stopped."""
    from stillroom.serve.demo import Demo, build_config

    run = Demo(build_config(recipe, out, seed, fast=fast, offline=offline))
    with resumable("interrupted; run the same command again to go on where it stopped."):
        run.run(_announce, lambda step: _finish(run, step))
    _show_results(run)


def _announce(step: Step, done: bool) -> None:
    mark = "done before" if done else step.title
    show(Text.assemble((f"{step.name.value:<9}", "bold"), mark))


def _finish(run: Demo, step: Step) -> None:
    show(Text(f"{'':<9}{run.ledger.seconds(step.name):.0f} s", style="dim"))


def _show_results(run: Demo) -> None:
    from stillroom.serve.evaluation_view import render_evaluation

    show("", render_evaluation(run.read_evaluation()))
    show("", Rule("The student with a simulated user, the first one drawn", align="left"))
    show(*render_conversation(run))
    show("", f"The report: {run.report}")
    show_next(
        f"stillroom chat --model student:{run.student}",
        f"stillroom traces list --store {run.store}",
        "stillroom demo --recipe films-smollm2 --out runs/films    (an hour of training)",
    )


def render_conversation(run: Demo) -> list[RenderableType]:
    """Return what was said, what was understood, and how the feed began each time."""
    from stillroom.agents.reply import describe_all

    episode = run.read_conversation()
    lines: list[RenderableType] = [Text(f"It is after {episode.target_title}, and never says so.", style="dim")]
    for turn in episode.turns:
        if turn.command is not None:
            lines.append(Text.assemble(("\nuser       ", "bold green"), turn.command))
            understood = describe_all(turn.edit_effective.add) if turn.edit_effective else ""
            lines.append(Text.assemble(("understood ", "dim"), understood or "nothing to change"))
        lines.append(Text.assemble(("student    ", "bold magenta"), turn.reply))
        titles = ", ".join(str(item["title"]) for item in turn.feed[:4])
        lines.append(Text.assemble(("feed       ", "dim"), f"{titles} …"))
    lines.append(Text(f"\n{episode.outcome.value} after {episode.n_rounds} commands", style="dim"))
    return lines
