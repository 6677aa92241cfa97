"""The episodes that a run has, read once; a new one is stored as soon as it is over."""

from __future__ import annotations

from collections.abc import Callable

from stillroom.data.store import Store
from stillroom.data.trajectory import Episode


class Ledger:
    """What an evaluation has measured so far; without a store it is kept in memory alone."""

    def __init__(self, store: Store | None, run_id: str) -> None:
        """Read what the run has."""
        self.store, self.run_id = store, run_id
        self.known = {episode.key: episode for episode in store.episodes(run_id)} if store else {}

    def have(self, key: str, run: Callable[[str], Episode]) -> Episode:
        """Return the episode of a key, run if it is not there yet."""
        if key not in self.known:
            episode = run(key)
            if self.store is not None:
                self.store.add_episode(self.run_id, episode)
            self.known[key] = episode
        return self.known[key]
