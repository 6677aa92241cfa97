"""What an evaluation puts before every model: a fixed set of commands, and sessions of the same cards and seeds.

Contract: only people of the evaluation fold and wordings of the evaluation split occur, nobody's session twice.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Final

from stillroom.data.interactions import Fold
from stillroom.data.trajectory import Json
from stillroom.simulators.bootstrap import N_RESAMPLES
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.evaluation_commands import HeldOutCommand, make_commands
from stillroom.simulators.session import SessionConfig
from stillroom.simulators.stage import Stage
from stillroom.simulators.wording_bank import Split

_DRAWN_FOR_EACH: Final = 4


@dataclass(frozen=True)
class EvaluationConfig:
    """How much is measured: commands, sessions a seed in each setting, and the seeds of the sessions."""

    n_commands: int = 300
    n_sessions: int = 100
    n_single_round: int = 100
    seeds: tuple[int, ...] = (0,)
    session: SessionConfig = field(default_factory=SessionConfig)
    n_resamples: int = N_RESAMPLES
    n_drift: int = 0
    user: str = "agenda"

    def to_json(self, stage: Stage) -> dict[str, Json]:
        """Return what the run is recorded with (not the models, so that more can be added to a run)."""
        settings: dict[str, Json] = asdict(self)
        settings["seeds"] = list(self.seeds)
        for name, usual in (("n_drift", 0), ("user", "agenda")):
            # As it is when nothing else is asked for, so that older runs can be gone on with.
            if settings[name] == usual:
                del settings[name]
        return {
            "kind": "evaluate",
            "world": stage.catalogue.schema.name,
            "fold": Fold.EVAL.value,
            "split": Split.EVALUATION.value,
            **settings,
        }


@dataclass(frozen=True)
class PlannedSession:
    """One session of every model: who speaks, in which setting, by which seed."""

    setting: Setting
    card: UserCard
    seed: int

    @property
    def key(self) -> str:
        """Return what tells it from all others of a run."""
        return f"{self.setting.value}/{self.seed}/{self.card.user}/{self.card.target}"


@dataclass(frozen=True)
class EvaluationPlan:
    """What every model goes through; the sessions in blocks of one setting and seed."""

    commands: tuple[HeldOutCommand, ...]
    sessions: tuple[tuple[PlannedSession, ...], ...]

    def first(self, share: float) -> EvaluationPlan:
        """Return the first of the commands and of each block of sessions, at least one of each."""
        blocks = (block[: ceil(share * len(block))] for block in self.sessions)
        return EvaluationPlan(self.commands[: ceil(share * len(self.commands))], tuple(blocks))

    def without_commands(self) -> EvaluationPlan:
        """Return the sessions alone."""
        return EvaluationPlan((), self.sessions)


def draw_plan(stage: Stage, config: EvaluationConfig) -> EvaluationPlan:
    """Return what a configuration asks for; there are fewer sessions where the fold has no more later likes."""
    # The commands come from other cards than the sessions, so that neither part is a rehearsal of the other.
    commands = make_commands(stage, config.n_commands, config.seeds[0] + 7919, config.session)
    blocks = []
    counts = {
        Setting.SINGLE_ROUND: config.n_single_round,
        Setting.MULTI_ROUND: config.n_sessions,
        Setting.DRIFT: config.n_drift,
    }
    for setting, n_cards in counts.items():
        for seed in config.seeds:
            cards = _different_cards(stage, n_cards, seed) if n_cards else ()
            blocks.append(tuple(PlannedSession(setting, card, seed) for card in cards))
    return EvaluationPlan(commands, tuple(blocks))


def _different_cards(stage: Stage, n_cards: int, seed: int) -> tuple[UserCard, ...]:
    """Return cards no two of which are the same: the same person after the same item would say the same words again.

    There are fewer than asked for where the people of the fold have no more later likes.
    """
    drawn = stage.cards(Fold.EVAL, n_cards, seed)
    if len(set(drawn)) == len(drawn):
        return drawn
    return tuple(dict.fromkeys(stage.cards(Fold.EVAL, _DRAWN_FOR_EACH * n_cards, seed)))[:n_cards]
