"""The episodes that a run has, and the revision that stored each; a new one is stored as soon as it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from stillroom.data.provenance import git_revision
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode

_REVISION: Final = "git_revision"


class LedgerError(RuntimeError):
    """A model of which nothing is stored, where nothing is run; the message is one sentence for the person."""


class Ledger:
    """What an evaluation has measured so far; without a store it is kept in memory alone."""

    def __init__(self, store: Store | None, run_id: str, *, only_stored: bool = False) -> None:
        """Read what the run has; with `only_stored` that is all there will be."""
        self.store, self.run_id, self.revision = store, run_id, git_revision()
        self._is_closed = only_stored
        self.known = {episode.key: episode for episode in store.episodes(run_id)} if store else {}
        self._earlier = frozenset(self.known)
        # What older episodes, which do not say it, are taken to be of: the revision that began the run.
        runs = store.list_runs() if store else ()
        self._first = next((run.git_revision for run in runs if run.run_id == run_id), "")

    def lacks(self, key: str) -> bool:
        """Say whether the episode of a key is still to be run."""
        return not self._is_closed and key not in self.known

    def of(self, model: str, keys: Iterable[str]) -> list[Episode]:
        """Return a model's episodes, of these keys in their order; raise LedgerError where none is stored."""
        found = [self.known[key] for key in keys if key in self.known]
        if self._is_closed and not found:
            raise LedgerError(f"nothing of {model} is stored in run {self.run_id}")
        return found

    def add(self, key: str, episode: Episode) -> Episode:
        """Store an episode that is over; called by one thread."""
        episode = replace(episode, state={**episode.state, _REVISION: self.revision})
        if self.store is not None:
            self.store.add_episode(self.run_id, episode)
        self.known[key] = episode
        return episode

    def stored_by(self, episodes: Iterable[Episode]) -> dict[str, int]:
        """Count those that were there before and may be of other code: of another revision, or of a changed one."""
        earlier = (str(e.state.get(_REVISION, self._first)) for e in episodes if e.key in self._earlier)
        return dict(Counter(made for made in earlier if made != self.revision or made.endswith("+")))
