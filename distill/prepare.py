"""From stored trajectories to training rows: every prompt is rendered by the function that the graph's node uses.

A turn gives a parse row (what the user meant, in the words typed), a parse row for each of its alternatives (what else
the user might have typed there), and a plan row for every question that the Planner was put. Only turns of training
people, spoken in training wordings, become rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from os.path import commonprefix
from random import Random

from langchain_core.messages import BaseMessage

from stillroom.agents.chatml import TURN_END, render_chat
from stillroom.agents.plan import nothing_left, standard_plan
from stillroom.agents.profiles import PromptProfile, StudentProfile
from stillroom.agents.requests import ParseRequest, PlanRequest, ShownItem, ToolReport
from stillroom.agents.wire.edit import encode_edit
from stillroom.agents.wire.plan import encode_plan
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences
from stillroom.data.store import Store
from stillroom.data.trajectory import Alternative, Episode, Turn
from stillroom.distill.recipe import Recipe
from stillroom.distill.training_set import TrainingRow


def training_rows(store: Store, recipe: Recipe) -> list[TrainingRow]:
    """Return the rows that a recipe asks for, shuffled by its seed; at most `examples`, plan rows a fixed share."""
    parse: list[TrainingRow] = []
    plan: list[TrainingRow] = []
    profile = StudentProfile()
    for number, episode in enumerate(_episodes(store, recipe)):
        if recipe.data.episodes is not None and number >= recipe.data.episodes:
            break
        for turn in episode.turns:
            if turn.command is not None:
                parse += parse_rows(turn, profile, episode.key, recipe.data.alternatives)
                plan += plan_rows(turn, profile, episode)
    rng = Random(recipe.data.seed)
    rng.shuffle(parse)
    rng.shuffle(plan)
    n_plan = min(len(_unique(plan)), round(len(parse) * recipe.data.plan_share))
    rows = _unique(parse) + _unique(plan)[:n_plan]
    rng.shuffle(rows)
    return rows[: recipe.data.examples]


def parse_rows(turn: Turn, profile: PromptProfile, source: str, n_alternatives: int) -> Iterator[TrainingRow]:
    """Yield the row of a turn's command and of its first alternatives.

    The prompt is as the Parser renders it, the completion is what the user meant.
    """
    assert turn.command is not None, "only turns with a command become rows"
    if turn.gold_said is None:  # a model spoke: nobody knows what it meant
        return
    shown, before = _shown(turn), Preferences.from_json(list(turn.preferences_before))
    given = Alternative(turn.command, turn.gold_said, turn.act)
    wordless = render_chat(profile.render_parse(ParseRequest("", shown, before)))
    for said in (given, *turn.alternatives[:n_alternatives]):
        row = _row(
            profile.render_parse(ParseRequest(said.command, shown, before)),
            encode_edit(said.gold_said),
            f"parse:{said.act}",
            source,
        )
        maker = said.maker.label if said.maker else ""
        yield replace(row, shared=len(commonprefix([row.prompt, wordless])), maker=maker)


def plan_rows(turn: Turn, profile: PromptProfile, episode: Episode) -> Iterator[TrainingRow]:
    """Yield a row for every time that the Planner was asked in this turn."""
    after = Preferences.from_json(list(turn.preferences_after))
    if turn.gold_edit is None or not turn.tool_calls:
        return
    for reports in _questions(tuple(ToolReport(call.call, call.outcome) for call in turn.tool_calls)):
        request = PlanRequest(after, reports, bool(episode.history), turn.command or "")
        yield _row(profile.render_plan(request), encode_plan(standard_plan(request)), "plan", episode.key)


def _questions(reports: Sequence[ToolReport]) -> Iterator[tuple[ToolReport, ...]]:
    """Yield what the Planner had before it at each question: nothing, then what was reported when nothing was left."""
    yield ()
    for end in range(1, len(reports)):
        counted = reports[end - 1].call.split()[0] in ("filter", "relax")
        if counted and nothing_left(reports[:end]) and reports[end].call != "aggregate":
            yield tuple(reports[:end])


def _row(messages: list[BaseMessage], reply: str, slice_name: str, source: str) -> TrainingRow:
    return TrainingRow(render_chat(messages), reply + TURN_END, slice_name, source)


def _shown(turn: Turn) -> tuple[ShownItem, ...]:
    return tuple(ShownItem.from_json(dict(item)) for item in turn.feed_shown)


def _episodes(store: Store, recipe: Recipe) -> Iterator[Episode]:
    for run in recipe.data.runs or (None,):
        for episode in store.episodes(run):
            if episode.split == Fold.TRAIN.value and episode.model == recipe.data.teacher:
                yield episode


def _unique(rows: list[TrainingRow]) -> list[TrainingRow]:
    return list({(row.prompt, row.completion): row for row in rows}.values())
