"""Held-out commands: one fixed set of (feed, preferences, command, meaning), parsed by every model alike.

Contract: made by sessions of the expert with evaluation people who speak evaluation wordings, so no model shapes the
set it is measured on; each command that a model parsed is an Episode of one turn in the setting `commands`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.expert import Oracle
from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP, Edit
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences, merge
from stillroom.data.trajectory import Episode, Outcome, Turn
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.card import Setting
from stillroom.simulators.evaluation import EvaluationError
from stillroom.simulators.evaluation_table import COMMANDS
from stillroom.simulators.session import SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.wording_bank import Split


@dataclass(frozen=True)
class HeldOutCommand:
    """A command, what was shown and remembered when it was given, and the edit that it means.

    `gold` is the edit as it takes effect, `gold_said` as it was said ("#2"); `target_title` is what the user was after
    (for the leakage audit), empty for a command of a file.
    """

    user: str
    request: ParseRequest
    gold: Edit
    gold_said: Edit = KEEP
    target_title: str = ""
    act: str = ""
    wording_ids: tuple[str, ...] = ()


def make_commands(stage: Stage, n_commands: int, seed: int, config: SessionConfig) -> tuple[HeldOutCommand, ...]:
    """Return the first commands of as many expert sessions as it takes; the rarer acts are as frequent as in training.

    People come in turn; the same arguments give the same set.
    """
    runner = SessionRunner(stage.catalogue, stage.user(Split.EVALUATION, COVERAGE), stage.expert_seat(), config)
    found: list[HeldOutCommand] = []
    for card in stage.cards(Fold.EVAL, n_commands, seed):
        try:
            episode = runner.run(card, Setting.MULTI_ROUND, seed)
        except RuntimeError:
            # Some targets give a user nothing to say; the set does without them.
            continue
        found += [_held_out(episode, turn) for turn in episode.turns if turn.command is not None]
        if len(found) >= n_commands:
            break
    return tuple(found[:n_commands])


def _held_out(episode: Episode, turn: Turn) -> HeldOutCommand:
    return HeldOutCommand(
        episode.user_id,
        ParseRequest(
            turn.command or "",
            tuple(ShownItem.from_json(item) for item in turn.feed_shown),
            Preferences.from_json([dict(item) for item in turn.preferences_before]),
        ),
        turn.gold_edit or KEEP,
        turn.gold_said or KEEP,
        episode.target_title or "",
        turn.act,
        turn.wording_ids,
    )


@dataclass(frozen=True)
class CommandReader:
    """Has one model parse commands; the oracle is set before each, so that the privileged teacher can take part."""

    catalogue: Catalogue
    model: BaseChatModel
    name: str
    oracle: Oracle

    @cached_property
    def parser(self) -> Parser:
        """Return what reads the commands, made once and before any is timed: it takes up the catalogue's words."""
        return Parser(self.model, self.catalogue)

    def read(self, command: HeldOutCommand, key: str) -> Episode:
        """Return what the model made of a command, as an episode of one turn; a model that breaks says nothing."""
        self.oracle.edit = command.gold_said
        started_at, start = datetime.now(UTC).isoformat(timespec="seconds"), perf_counter()
        turn = self._turn(command)
        error = str(turn.state.get("error", ""))
        return Episode(
            key=key,
            world=self.catalogue.schema.name,
            setting=COMMANDS,
            model=self.name,
            user="agenda" if command.target_title else "file",
            user_id=command.user,
            split=Fold.EVAL.value,
            target_title=command.target_title or None,
            started_at=started_at,
            latency_ms=(perf_counter() - start) * 1000,
            outcome=Outcome.FAILED if error else Outcome.SATISFIED,
            error=error,
            turns=(turn,),
        )

    def _turn(self, command: HeldOutCommand) -> Turn:
        request, parser = command.request, self.parser
        blank = Turn(
            number=1,
            command=request.command,
            feed_shown=tuple(item.to_json() for item in request.feed),
            preferences_before=tuple(request.preferences.to_json()),
            edit_effective=KEEP,
            gold_said=command.gold_said,
            gold_edit=command.gold,
            act=command.act,
            wording_ids=command.wording_ids,
        )
        start = perf_counter()
        try:
            parsed = parser(request)
            latency_ms = (perf_counter() - start) * 1000
            effective = merge(request.preferences, parsed.edit).edit
        except ModelError:
            raise
        except (RuntimeError, ValueError) as problem:
            return replace(blank, state={"error": f"{type(problem).__name__}: {problem}"})
        return replace(
            blank,
            edit_said=parsed.said,
            edit_proposed=parsed.edit,
            edit_effective=effective,
            fallbacks=parsed.fallbacks,
            latency_ms=latency_ms,
            calls=parsed.calls,
        )


def read_commands(path: Path, catalogue: Catalogue, part: str | None) -> tuple[HeldOutCommand, ...]:
    """Read commands from a file of the batch contract with `gold` in each line; raise EvaluationError with the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot be read ({error})") from error
    ids = {(title.casefold(), year): item for item, title, year in _titles(catalogue)}
    commands = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if part is None or row.get("part") == part:
                commands.append(_from_line(row, ids))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvaluationError(f"{path}, line {number}: not a command with its gold ({error})") from error
    if not commands:
        raise EvaluationError(f"{path}: has no commands{f' of the part {part}' if part else ''}")
    return tuple(commands)


def _from_line(row: dict[str, Any], ids: dict[tuple[str, int | None], str]) -> HeldOutCommand:
    feed = tuple(
        ShownItem(
            place,
            ids.get((item["title"].casefold(), item.get("year")), ""),
            item["title"],
            item.get("year"),
            tuple(item.get("genres", ())),
        )
        for place, item in enumerate(row["feed"], start=1)
    )
    request = ParseRequest(str(row["command"]), feed, Preferences.from_json(row["preferences"]))
    gold = Edit.from_json(row["gold"])
    return HeldOutCommand(str(row["id"]), request, gold, gold)


def _titles(catalogue: Catalogue) -> Iterator[tuple[str, str, int | None]]:
    years = catalogue.numbers.get("year")
    for row, (item, title) in enumerate(zip(catalogue.ids, catalogue.titles, strict=True)):
        known = years is not None and years[row] == years[row]
        yield item, title, int(years[row]) if years is not None and known else None
