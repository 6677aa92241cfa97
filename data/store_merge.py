"""Merging stores: runs that were measured in several files, or on several machines, brought into one.

Contract: what the target has stays as it is; a run that both have must have been set up alike and gains the episodes
that it lacks; the other file is only read. Interrupted, the same call again brings the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from stillroom.data.store import Run, Store, StoreError


@dataclass(frozen=True)
class MergedRun:
    """What one run came to: how many episodes were new, and how many the target had already."""

    run_id: str
    n_new: int
    n_known: int


def merge_store(target: Store, other: Store, run_id: str | None = None) -> tuple[MergedRun, ...]:
    """Bring the other store's runs into the target, all or the one named; return what each of them came to.

    Raise StoreError, before anything is written, when a run is missing or was set up otherwise in the target.
    """
    runs = [run for run in other.list_runs() if run_id in (None, run.run_id)]
    if not runs:
        raise StoreError(f"{other.path}: there is no run {run_id!r}" if run_id else f"{other.path}: there is no run")
    for run in runs:
        target.has_run(run.run_id, run.config, run.seed)
    return tuple(_merge_run(target, other, run) for run in runs)


def _merge_run(target: Store, other: Store, run: Run) -> MergedRun:
    target.adopt_run(run)
    known = target.finished_episodes(run.run_id)
    missing = [summary.episode_id for summary in other.list_episodes(run.run_id) if summary.key not in known]
    for episode in other.read_episodes(missing):
        target.add_episode(run.run_id, episode)
    return MergedRun(run.run_id, len(missing), run.n_episodes - len(missing))
