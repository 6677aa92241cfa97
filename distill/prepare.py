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
from typing import Final
from zlib import crc32

from langchain_core.messages import BaseMessage

from stillroom.agents.chatml import TURN_END, render_chat
from stillroom.agents.command import Appeal, read_appeal
from stillroom.agents.plan import is_stale, nothing_left, standard_plan
from stillroom.agents.profiles import PromptProfile, StudentProfile
from stillroom.agents.requests import ParseRequest, PlanRequest, ShownItem, ToolReport
from stillroom.agents.wire.edit import encode_edit
from stillroom.agents.wire.plan import LAST, encode_plan
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences
from stillroom.data.store import Store
from stillroom.data.trajectory import Alternative, Episode, Turn
from stillroom.distill.gate import GateYield, completion_of
from stillroom.distill.recipe import DataPart, Recipe
from stillroom.distill.solver_rows import solver_rows
from stillroom.distill.training_set import TrainingRow
from stillroom.tools.aggregator import MUCH_ALIKE

_RARE: Final = 8


def training_rows(store: Store, recipe: Recipe, gated: GateYield | None = None) -> list[TrainingRow]:
    """Return the rows that a recipe asks for, shuffled by its seed; at most `examples`, plan rows a fixed share.

    What the recipe's gate let through is counted in `gated`.
    """
    gated = gated if gated is not None else GateYield()
    if recipe.tasks:
        return solver_rows(store, recipe, gated)
    parse: list[TrainingRow] = []
    plan: list[TrainingRow] = []
    profile = StudentProfile()
    for number, episode in enumerate(_episodes(store, recipe)):
        if recipe.data.episodes is not None and number >= recipe.data.episodes:
            break
        for turn in episode.turns:
            if turn.command is not None:
                parse += parse_rows(turn, profile, episode.key, recipe.data, gated)
                plan += plan_rows(turn, profile, episode)
                plan += rare_plan_rows(turn, profile, episode)
    rng = Random(recipe.data.seed)
    rng.shuffle(parse)
    rng.shuffle(plan)
    n_plan = min(len(_unique(plan)), round(len(parse) * recipe.data.plan_share))
    rows = _unique(parse) + _unique(plan)[:n_plan]
    rng.shuffle(rows)
    return rows[: recipe.data.examples]


def parse_rows(
    turn: Turn, profile: PromptProfile, source: str, data: DataPart, gated: GateYield
) -> Iterator[TrainingRow]:
    """Yield the row of a turn's command, if the gate keeps it, and of its first alternatives.

    The prompt is as the Parser renders it, the completion is what the user meant, or what the teacher said where the
    gate confirms it. Of an alternative there is only what was meant: behind a gate it counts where a model worded it.
    """
    assert turn.command is not None, "only turns with a command become rows"
    if turn.gold_said is None:  # a model spoke: nobody knows what it meant
        return
    taught = completion_of(turn, data.gate)
    gated.count(turn.act, taught is not None)
    said = [] if taught is None else [Alternative(turn.command, taught, turn.act)]
    said += [other for other in turn.alternatives[: data.alternatives] if data.gate == "none" or other.maker]
    shown, before = _shown(turn), Preferences.from_json(list(turn.preferences_before))
    wordless = render_chat(profile.render_parse(ParseRequest("", shown, before)))
    for given in said:
        row = _row(
            profile.render_parse(ParseRequest(given.command, shown, before)),
            encode_edit(given.gold_said),
            f"parse:{given.act}",
            source,
        )
        maker = given.maker.label if given.maker else ""
        yield replace(row, shared=len(commonprefix([row.prompt, wordless])), maker=maker)


def plan_rows(turn: Turn, profile: PromptProfile, episode: Episode) -> Iterator[TrainingRow]:
    """Yield a row for every time that the Planner was asked in this turn."""
    after = Preferences.from_json(list(turn.preferences_after))
    if turn.gold_edit is None or not turn.tool_calls:
        return
    reports = _reports(turn)
    wants_variety = read_appeal(turn.command or "") is Appeal.VARIETY
    for known in _questions(reports):
        request = PlanRequest(after, known, bool(episode.history), turn.command or "", wants_variety)
        yield _row(profile.render_plan(request), encode_plan(standard_plan(request)), "plan", episode.key)


def rare_plan_rows(turn: Turn, profile: PromptProfile, episode: Episode) -> Iterator[TrainingRow]:
    """Yield, of one turn in four, the question that might have been put instead, and its standard answer.

    Simulated people never ask to be surprised, and few feeds are much alike, so a student would meet neither.
    """
    after, reports = Preferences.from_json(list(turn.preferences_after)), _reports(turn)
    if turn.gold_edit is None or not reports:
        return
    chance = crc32(f"{episode.key}/{turn.number}".encode()) % _RARE
    if chance == 0:
        request = PlanRequest(after, (), bool(episode.history), turn.command or "", wants_variety=True)
        yield _row(profile.render_plan(request), encode_plan(standard_plan(request)), "plan:surprise", episode.key)
    elif chance == 1:
        last = next((at for at, report in enumerate(reports) if report.call == LAST), len(reports))
        known = (*reports[:last], ToolReport(LAST, f"{len(turn.feed)} items, {MUCH_ALIKE}"))
        request = PlanRequest(after, known, bool(episode.history), turn.command or "")
        yield _row(profile.render_plan(request), encode_plan(standard_plan(request)), "plan:stale", episode.key)


def _reports(turn: Turn) -> tuple[ToolReport, ...]:
    return tuple(ToolReport(call.call, call.outcome) for call in turn.tool_calls)


def _questions(reports: Sequence[ToolReport]) -> Iterator[tuple[ToolReport, ...]]:
    """Yield what the Planner had before it at each question.

    At first that is nothing; then what was reported when nothing was left, or when the feed was much alike.
    """
    yield ()
    for end in range(1, len(reports) + 1):
        known, following = tuple(reports[:end]), reports[end:]
        counted = known[-1].call.split()[0] in ("filter", "relax")
        stuck = counted and nothing_left(known) and bool(following) and following[0].call != LAST
        if stuck or is_stale(known):
            yield known


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
