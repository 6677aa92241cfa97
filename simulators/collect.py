"""Collection: many sessions into the store, resumable; an episode is there whole or not at all.

    collect(stage, stage.expert_seat(), store, CollectConfig(n_episodes=400), run_id="demo")

The n-th episode of a run depends on the run's configuration and n alone, so a run that was killed goes on with what is
missing and ends with the very episodes of one that was not. Sessions at once are stored in the order in which they end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Final

from threadpoolctl import threadpool_limits

from stillroom.data.interactions import Fold
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Json
from stillroom.simulators.agenda import COVERAGE, AgendaConfig
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.session import Seat, SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import User
from stillroom.simulators.wording_bank import Split
from stillroom.simulators.workers import run_jobs

Progress = Callable[[int, int], None]

# A command costs a millisecond, a turn of the graph twenty: words are what a student lacks, so most rows are words.
N_ALTERNATIVES: Final = 8


def _no_progress(_done: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class AgentSettings:
    """What an agent is beside its name: its weights' version, how it is sampled, where it is, how it is prompted."""

    version: str = ""
    temperature: float = 0.0
    base_url: str | None = None
    prompt_profile: str | None = None


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
    agent: AgentSettings = field(default_factory=AgentSettings)

    def to_json(self, stage: Stage, seat: Seat) -> dict[str, Json]:
        """Return what the run is recorded with (not how many episodes, so that a run can be made longer)."""
        others: dict[str, Json] = {"setting": self.setting.value} if self.setting else {}
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
            **asdict(self.agent),
            **others,
        }

    def unrecorded(self) -> dict[str, Json]:
        """Return what older runs, which do not say it, are taken to have been set up with.

        That they were sampled as usual; of the rest nothing is known, so it is taken to be what it is now.
        """
        return {**asdict(self.agent), "temperature": AgentSettings.temperature}


def collect(
    stage: Stage,
    seat: Seat,
    store: Store,
    config: CollectConfig,
    *,
    run_id: str | None = None,
    user: User | None = None,
    progress: Progress = _no_progress,
    concurrency: int = 1,
    new_seat: Callable[[], Seat] | None = None,
) -> str:
    """Run the sessions that the run still lacks and return the run's id; `progress(done, total)` after each.

    `user` is the one that the configuration names, an agenda user where none is given. With `concurrency`, so many
    sessions are under way at once, each on a seat of its own from `new_seat`; they are stored by this thread, each as
    soon as it is over.
    """
    if concurrency > 1 and new_seat is None:
        raise ValueError("sessions at once need a seat each: give new_seat")
    settings, before = config.to_json(stage, seat), config.unrecorded()
    run = store.start_run(settings, seed=config.seed, run_id=run_id, unrecorded=before)
    done = store.finished_episodes(run)
    user = user or stage.user(config.split, config.agenda)
    cards = stage.cards(config.fold, config.n_episodes, config.seed)
    n_done = min(len(done), len(cards))
    progress(n_done, len(cards))
    missing = [(number, card) for number, card in enumerate(cards) if f"{number:06d}" not in done]
    take_seat = new_seat if new_seat is not None and concurrency > 1 else lambda: seat
    jobs = [partial(_run, stage, config, user, card, number, take_seat) for number, card in missing]
    # A turn's arrays are small: threads that wait for each other cost more than they bring.
    with threadpool_limits(limits=1), closing(run_jobs(jobs, concurrency)) as episodes:
        for episode in episodes:
            store.add_episode(run, episode)
            n_done += 1
            progress(n_done, len(cards))
    return run


def _run(
    stage: Stage, config: CollectConfig, user: User, card: UserCard, number: int, take_seat: Callable[[], Seat]
) -> Episode:
    """Return the run's episode of this number, whoever else plays at the same time."""
    runner = SessionRunner(stage.catalogue, user, take_seat(), config.session)
    every = round(1 / config.single_round_share) if config.single_round_share else 0
    mixed = Setting.SINGLE_ROUND if every and number % every == every - 1 else Setting.MULTI_ROUND
    setting = config.setting or mixed
    seed = config.seed * 1_000_003 + number
    return runner.run(card, setting, seed, key=f"{number:06d}", split=config.fold.value)
