"""From solved tasks to numbers: each task counts once, and is what is resampled and paired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from stillroom.data.trajectory import Episode, Outcome
from stillroom.simulators.evaluation import TASK_PREFIX
from stillroom.simulators.evaluation_table import PartTable
from stillroom.simulators.tasks.task import CORRECT

# The part that is the tasks of all environments.
ALL: Final = f"{TASK_PREFIX}all"


def tasks_table(episodes: Sequence[Episode]) -> PartTable:
    """Return the table of solved tasks; a task that failed (its model could not be reached) counts as wrong."""
    rows = [_columns(episode) for episode in episodes]
    return PartTable(
        tuple(f"{episode.world}/{episode.target_id}" for episode in episodes),
        {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]} if rows else {},
        tuple(episode.latency_ms for episode in episodes),
        sum(episode.outcome is Outcome.FAILED for episode in episodes),
        sum(int(episode.score("invalid_actions") or 0) for episode in episodes),
    )


def _outside_model(episode: Episode) -> tuple[float, float]:
    """Return the time that code and searches of all candidates took, and the whole time of the steps, in ms."""
    whole = sum(turn.latency_ms for turn in episode.turns)
    return whole - sum(call.latency_ms for turn in episode.turns for call in turn.calls), whole


def _columns(episode: Episode) -> dict[str, tuple[float, float]]:
    steps, searches = episode.score("steps") or 0.0, episode.score("searches") or 0.0
    found, f1 = episode.score("support_found"), episode.score("f1")
    correct = episode.score(CORRECT) or 0.0
    return {
        "correct": (correct, 1),
        "answer_f1": (correct if f1 is None else f1, 1),
        "answered": (episode.outcome is Outcome.ANSWERED, 1),
        "search_rate": (searches > 0, 1),
        "support_found": (found or 0.0, found is not None),
        "invalid_actions": (episode.score("invalid_actions") or 0.0, steps),
        "steps": (steps, 1),
        "tokens_out": (episode.score("tokens_out") or 0.0, 1),
        "outside_model": _outside_model(episode),
    }
