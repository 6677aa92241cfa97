"""The chat as the terminal shows it: feed, chips, reply, trace. Every function returns a rich renderable.

Text of a person, a model or a catalogue is shown, never taken for markup or obeyed by the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stillroom.agents.requests import ShownItem
from stillroom.data.trajectory import Turn
from stillroom.serve.chat import ChatTurn, Chip
from stillroom.serve.console import safe
from stillroom.tools.feed import Feed

NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def render_turn(turn: ChatTurn, *, with_feed: bool = True) -> RenderableType:
    """Return the reply, the chips and (when it changed) the feed."""
    parts: list[RenderableType] = [Text.assemble(("stillroom  ", "bold magenta"), safe(turn.reply))]
    if turn.chips:
        parts.append(render_chips(turn.chips))
    if with_feed:
        parts.append(Padding(render_feed(turn.feed, turn.items), (1, 0, 0, 0)))
    return Group(*parts)


def render_feed(feed: Feed, items: Sequence[ShownItem]) -> RenderableType:
    """Return the feed as a table: position, title, year, genres, and why the item is there."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("#", justify="right", style="dim")
    table.add_column("title", style="bold", ratio=4, overflow="fold")
    table.add_column("year")
    table.add_column("genres", style="cyan", ratio=3)
    table.add_column("why", style="dim", ratio=4)
    for item, shown in zip(feed, items, strict=True):
        year = "" if shown.year is None else str(shown.year)
        cells = (str(item.position), item.title, year, ", ".join(shown.genres[:3]), why(item.reason, shown))
        table.add_row(*(Text(safe(cell)) for cell in cells))
    return table


def why(reason: str, shown: ShownItem) -> str:
    """Return the reason without what the other columns say already."""
    said = {*shown.genres, str(shown.year)}
    parts = [", ".join(fact for fact in part.split(", ") if fact not in said) for part in reason.split("; ")]
    return "; ".join(part for part in parts if part)


def render_chips(chips: Sequence[Chip]) -> RenderableType:
    """Return what is remembered as chips: green is wanted, red unwanted, bold a must or a ban."""
    line = Text.assemble(("remembered ", "dim"))
    for chip in chips:
        style = f"{'bold ' if chip.is_hard else ''}{'green' if chip.is_positive else 'red'} reverse"
        # A chip is never broken over two lines.
        line.append(f" {chip.id} {safe(chip.text)} ".replace(" ", NO_BREAK), style=style)
        line.append(" ")
    return line


def render_trace(turn: Turn) -> RenderableType:
    """Return the model calls and tool calls of one turn, in order, with times."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("step", "call", "outcome"):
        table.add_column(name, overflow="fold")
    table.add_column("ms", justify="right")
    for call in turn.calls:
        outcome = f"{call.reply.strip()}\n{call.n_tokens_in} -> {call.n_tokens_out} tokens".strip()
        table.add_row(*(Text(safe(cell)) for cell in (call.node, call.model, outcome)), f"{call.latency_ms:.0f}")
    for tool in turn.tool_calls:
        outcome = f"{tool.error}: {tool.outcome}" if tool.error else tool.outcome
        table.add_row(*(Text(safe(cell)) for cell in ("tool", tool.call, outcome)), f"{tool.latency_ms:.1f}")
    notes = [Text(safe(f"fallback  {note}"), style="yellow") for note in turn.fallbacks]
    return Group(table, *notes, Text(f"{turn.latency_ms:.0f} ms in all", style="dim"))
