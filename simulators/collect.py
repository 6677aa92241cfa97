"""Collection: many sessions into the store, resumable; an episode is there whole or not at all.

    collect(stage, stage.expert_seat(), store, CollectConfig(n_episodes=400), run_id="demo")

The n-th episode of a run depends on the run's configuration and n alone, so a run that was killed goes on with what is
missing and ends with the very episodes of one that was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from threadpoolctl import threadpool_limits

from stillroom.data.interactions import Fold
from stillroom.data.store import Store
from stillroom.simulators.agenda import COVERAGE, AgendaConfig
from stillroom.simulators.card import Setting
from stillroom.simulators.session import Seat, SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import User
from stillroom.simulators.wording_bank import Split

Progress = Callable[[int, int], None]

# A command costs a millisecond, a turn of the graph twenty: words are what a student lacks, so most rows are words.
N_ALTERNATIVES: Final = 8


def _no_progress(_done: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class CollectConfig:
    """How many sessions of which people, wordings and settings: all of one, or MR and a `single_round_share` of SR."""

    n_episodes: int = 400
    fold: Fold = Fold.TRAIN
    split: Split = Split.TRAIN
    single_round_share: float = 0.25
    setting: Setting | None = None
    user: str = "agenda"
    seed: int = 0
    agenda: AgendaConfig = COVERAGE
    session: SessionConfig = field(default_factory=lambda: SessionConfig(n_alternatives=N_ALTERNATIVES))

    def to_json(self, stage: Stage, seat: Seat) -> dict[str, object]:
        """Return what the run is recorded with (not how many episodes, so that a run can be made longer)."""
        others = {"setting": self.setting.value} if self.setting else {}
        others |= {} if self.user == "agenda" else {"user": self.user}
        return {
            "kind": "collect",
            "world": stage.catalogue.schema.name,
            "model": seat.model,
            "fold": self.fold.value,
            "split": self.split.value,
            "single_round_share": self.single_round_share,
            "n_rounds": self.session.n_rounds,
            "patience": self.session.patience,
            "n_alternatives": self.session.n_alternatives,
            **others,
        }


def collect(
    stage: Stage,
    seat: Seat,
    store: Store,
    config: CollectConfig,
    *,
    run_id: str | None = None,
    user: User | None = None,
    progress: Progress = _no_progress,
) -> str:
    """Run the sessions that the run still lacks and return the run's id; `progress(done, total)` after each.

    `user` is the one that the configuration names, an agenda user where none is given.
    """
    run = store.start_run(config.to_json(stage, seat), seed=config.seed, run_id=run_id)  # type: ignore[arg-type]
    done = store.finished_episodes(run)
    user = user or stage.user(config.split, config.agenda)
    runner = SessionRunner(stage.catalogue, user, seat, config.session)
    cards = stage.cards(config.fold, config.n_episodes, config.seed)
    every = round(1 / config.single_round_share) if config.single_round_share else 0
    progress(min(len(done), len(cards)), len(cards))
    # A turn's arrays are small: threads that wait for each other cost more than they bring.
    with threadpool_limits(limits=1):
        for number, card in enumerate(cards):
            key = f"{number:06d}"
            if key in done:
                continue
            mixed = Setting.SINGLE_ROUND if every and number % every == every - 1 else Setting.MULTI_ROUND
            setting = config.setting or mixed
            episode = runner.run(card, setting, config.seed * 1_000_003 + number, key=key, split=config.fold.value)
            store.add_episode(run, episode)
            progress(number + 1, len(cards))
    return run
