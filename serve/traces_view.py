"""One episode or a list of them, as the terminal shows it: what each model saw and said, tools, times and scores.

Contract: `render_episode(episode)` is a rich renderable that reads from top to bottom; all text of a model or a person
is shown, never taken for markup or obeyed by the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from stillroom.agents.wire.edit import encode_constraint, encode_edit
from stillroom.data.constraint import Constraint, ConstraintError
from stillroom.data.edit import Edit
from stillroom.data.store import EpisodeSummary
from stillroom.data.trajectory import Call, Episode, Json, Outcome, ToolCallRecord, Turn
from stillroom.serve.console import safe

# The setting of a solved task, whose turns are the solver's steps.
_TASK: Final = "solve"
_CANDIDATES: Final = "candidates"
_COLOURS: Final[Mapping[Outcome, str]] = {
    Outcome.SATISFIED: "green",
    Outcome.ANSWERED: "green",
    Outcome.GAVE_UP: "yellow",
    Outcome.OUT_OF_ROUNDS: "yellow",
    Outcome.FAILED: "red",
}


def render_summaries(summaries: Iterable[EpisodeSummary]) -> RenderableType:
    """Return a table, one line an episode."""
    table = Table(box=None, pad_edge=False)
    for name in ("id", "setting", "model", "target", "rounds", "outcome", "time"):
        table.add_column(name, justify="right" if name in ("rounds", "time") else "left", overflow="fold")
    for item in summaries:
        outcome = Text(item.outcome.value, style=_COLOURS[item.outcome])
        cells = [item.episode_id, item.setting, item.model, item.target_title or ""]
        table.add_row(*map(_text, cells), Text(str(item.n_rounds)), outcome, Text(_time(item.latency_ms)))
    return table


def render_episode(episode: Episode) -> RenderableType:
    """Return the whole episode, readable from top to bottom."""
    parts: list[RenderableType] = [_head(episode)]
    for turn in episode.turns:
        parts += [Text(), *_turn(turn)]
    parts += [Text(), Rule(Text("scores", style="bold"), align="left"), _scores(episode)]
    return Group(*parts)


def _head(episode: Episode) -> RenderableType:
    facts = [
        ("world", f"{episode.world} · {episode.setting} · seed {episode.seed}"),
        ("model", episode.model),
        ("user", " ".join(part for part in (episode.user, episode.user_id, episode.split) if part)),
        ("looks for", episode.target_title or episode.target_id or ""),
        ("hides", _inline(episode.state)),
        ("history", f"{len(episode.history)} items" if episode.history else ""),
        ("started", " · ".join(part for part in (episode.started_at, _time(episode.latency_ms)) if part)),
    ]
    lines = [_fact(name, value) for name, value in facts if value]
    length = f"{len(episode.turns)} steps" if episode.setting == _TASK else f"{episode.n_rounds} rounds"
    ending = Text(f"{episode.outcome.value} after {length}", style=_COLOURS[episode.outcome])
    if episode.error:
        ending.append(safe(f": {episode.error}"))
    return Panel(Group(*lines, ending), title=_text(episode.key), title_align="left")


def _turn(turn: Turn) -> Iterator[RenderableType]:
    heading = "opening" if turn.command is None and not turn.number else f"turn {turn.number}"
    yield Rule(Text(f"{heading} · {_time(turn.latency_ms)}", style="bold"), align="left")
    if turn.feed_shown and turn.command is not None:
        yield Text("the person saw", style="dim")
        yield _indent(_feed(turn.feed_shown))
    if turn.command is not None:
        yield _fact("person", turn.command, style="bold cyan")
        yield from _facts([("act", turn.act), ("wordings", " ".join(turn.wording_ids))])
        yield from _facts([("remembered", _preferences(turn.preferences_before))])
    for before, call in zip((None, *turn.calls), turn.calls, strict=False):
        yield _call(call, asked_again=before is not None and before.messages == call.messages)
    yield from _edits(turn)
    if turn.tool_calls:
        yield Text("tools", style="dim")
        yield _indent(_tools(turn.tool_calls))
    yield from (_fact("fallback", note, style="yellow") for note in turn.fallbacks)
    state = {name: value for name, value in turn.state.items() if name != _CANDIDATES}
    yield from _facts([("remembers now", _preferences(turn.preferences_after)), ("state", _inline(state))])
    yield from _outcomes(turn.state.get(_CANDIDATES))
    if turn.feed:
        yield Text("the feed", style="dim")
        yield _indent(_feed(turn.feed))
    yield from _facts([("agent", turn.reply)])


def _outcomes(candidates: Json) -> Iterator[RenderableType]:
    """Yield what became of each of a step's candidates, where there were several."""
    for number, found in enumerate(candidates if isinstance(candidates, list) else (), start=1):
        said = found if isinstance(found, dict) else {}
        yield _fact(f"candidate {number}", _inline({name: value for name, value in said.items() if _value(value)}))


def _call(call: Call, asked_again: bool = False) -> RenderableType:
    facts = [
        f"{call.n_tokens_in} → {call.n_tokens_out} tokens",
        _time(call.latency_ms),
        f"profile {call.prompt_profile} {call.prompt_hash}".rstrip() if call.prompt_profile else "",
        f"adapter {call.adapter}" if call.adapter else "",
        _inline(call.sampling),
        f"stopped by {call.finish_reason}" if call.finish_reason else "",
    ]
    body: list[RenderableType] = []
    if asked_again:
        body.append(Text("asked the same again", style="dim"))
    for message in () if asked_again else call.messages:
        body.append(_text(str(message.get("role", message.get("type", "message"))), style="dim"))
        body.append(_indent(_text(_words(message.get("content")))))
    body += [Text("said", style="dim"), _indent(_text(call.reply, style="bold"))]
    body += [_fact("candidate", candidate) for candidate in call.candidates if candidate != call.reply]
    if call.error:
        body.append(_fact("error", call.error, style="red"))
    footer = _text(" · ".join(fact for fact in facts if fact))
    return Panel(
        Group(*body),
        title=_text(f"{call.node} · {call.model}"),
        title_align="left",
        subtitle=footer,
        border_style="dim",
    )


def _edits(turn: Turn) -> Iterator[RenderableType]:
    named = [
        ("said", turn.edit_said),
        ("resolved", turn.edit_proposed),
        ("took effect", turn.edit_effective),
        ("was meant", turn.gold_edit),
        ("meant, as said", turn.gold_said),
    ]
    yield from _facts([(name, _edit(edit)) for name, edit in named])


def _edit(edit: Edit | None) -> str:
    return "" if edit is None else encode_edit(edit).replace("\n", " | ")


def _preferences(items: Sequence[Mapping[str, Json]]) -> str:
    return " | ".join(f"{item.get('id', '?')} {_constraint(item)}" for item in items)


def _constraint(item: Mapping[str, Json]) -> str:
    try:
        return encode_constraint(Constraint.from_json(dict(item)))
    except ConstraintError:
        return _inline({name: value for name, value in item.items() if name != "id"})


def _feed(items: Sequence[Mapping[str, Json]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for item in items:
        score, parts = item.get("score"), item.get("parts")
        about = [str(item["year"])] if item.get("year") is not None else []
        about += [_inline(parts)] if isinstance(parts, dict) and parts else []
        about += [str(item["reason"])] if item.get("reason") else []
        cells = [f"{item.get('position', '')}.", str(item.get("title", "")), _value(score), " · ".join(about)]
        table.add_row(*map(_text, cells))
    return table


def _tools(records: Sequence[ToolCallRecord]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for record in records:
        outcome = _text(record.outcome)
        if record.error:
            outcome = _text(f"{record.error}: {record.outcome}", style="red")
        table.add_row(_text(record.call), outcome, Text(_time(record.latency_ms), style="dim"))
    return table


def _scores(episode: Episode) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False)
    for score in episode.scores:
        table.add_row(_text(score.name), Text(safe(_value(score.value)), justify="right"))
    return table if episode.scores else Text("none", style="dim")


def _facts(pairs: Iterable[tuple[str, str]]) -> Iterator[RenderableType]:
    yield from (_fact(name, value) for name, value in pairs if value)


def _text(text: str, style: str = "") -> Text:
    return Text(safe(text), style)


def _fact(name: str, value: str, style: str = "") -> Text:
    return Text.assemble((safe(f"{name}: "), "dim"), (safe(value), style))


def _indent(renderable: RenderableType) -> Padding:
    return Padding(renderable, (0, 0, 0, 2))


def _words(content: Json) -> str:
    # A chat message's content is text, or a list of blocks of which some are text.
    if isinstance(content, list):
        return "\n".join(_words(block.get("text") if isinstance(block, dict) else block) for block in content)
    return "" if content is None else str(content)


def _inline(values: Mapping[str, Json]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in values.items())


def _value(value: Json) -> str:
    if isinstance(value, list):
        return " ".join(_value(item) for item in value)
    if isinstance(value, dict):
        return f"({_inline(value)})"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def _time(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
