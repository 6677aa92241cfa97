"""What a turn's tools share: the context that they read and the state that they pass on.

Contract: both are immutable. A tool takes (context, state, argument) and returns a ToolStep with a new state; arrays
inside a state are never written to after it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, Remembered
from stillroom.tools.call import ToolError
from stillroom.tools.feed import Feed

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp] | None
"""The rows that something is worked out for; None is every row."""
Scorer = Callable[[Rows], Scores]
MANY: Final = 50_000
"""From this many items on, rows that a filter dropped are scored only when they come back."""
_FEW: Final = 0.5


@dataclass(frozen=True)
class UserProfile:
    """What is known of the person before the session: the rows of the items in their history, oldest first."""

    history: tuple[int, ...] = ()


@dataclass(frozen=True)
class ToolContext:
    """What a turn's tools read: the catalogue, the remembered preferences, the person, and what was shown before."""

    catalogue: Catalogue
    preferences: Preferences
    profile: UserProfile = UserProfile()
    shown: frozenset[int] = frozenset()
    n_feed: int = 10

    def remembered(self, name: str | None) -> Remembered:
        """Return the remembered constraint of this id; raise ToolError when there is none."""
        for item in self.preferences.remembered:
            if item.id == name:
                return item
        raise ToolError(f"there is no constraint {name!r}")

    def encode(self, texts: tuple[str, ...]) -> Scores:
        """Return unit vectors of the texts, shape (len(texts), d)."""
        if not texts:
            return np.zeros((0, self.catalogue.text_vectors.shape[1]), np.float32)
        return np.asarray(self.catalogue.encoder.encode(texts), np.float32)

    @property
    def fresh(self) -> Mask:
        """Return which rows are neither shown before nor in the person's history, shape (n,)."""
        mask = np.ones(self.catalogue.n_items, np.bool_)
        mask[list(self.shown | set(self.profile.history))] = False
        return mask


@dataclass(frozen=True, eq=False)
class Pending:
    """A score part that was worked out for some rows only (0 elsewhere), and how it is for others."""

    scored: Mask
    score: Scorer


@dataclass(frozen=True)
class ToolState:
    """Where a turn stands: the candidates left, score parts by name, constraints given up, and the feed once ready."""

    candidates: Mask
    parts: Mapping[str, Scores] = field(default_factory=dict)
    relaxed: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    excluded: frozenset[int] = frozenset()
    filtered: bool = False
    repeats: bool = False
    diverse: bool = False
    feed: Feed = ()
    pending: Mapping[str, Pending] = field(default_factory=dict)

    @classmethod
    def fresh(cls, catalogue: Catalogue) -> ToolState:
        """Return the state in which a turn starts: every item is a candidate."""
        return cls(np.ones(catalogue.n_items, np.bool_))

    def with_part(self, name: str, scores: Scores) -> ToolState:
        """Return the state with one more score part (or the part replaced, when the tool is called again)."""
        pending = {part: rest for part, rest in self.pending.items() if part != name}
        return replace(self, parts={**self.parts, name: scores.astype(np.float32, copy=False)}, pending=pending)

    def with_scores(self, name: str, score: Scorer) -> ToolState:
        """Return the state with a part that is worked out for the candidates, or for all where that costs no more."""
        rows = self.rows
        if rows is None:
            return self.with_part(name, score(None))
        part = np.zeros(self.candidates.size, np.float32)
        part[rows] = score(rows)
        after = self.with_part(name, part)
        return replace(after, pending={**after.pending, name: Pending(self.candidates, score)})

    def completed(self) -> ToolState:
        """Return the state with every part worked out for every candidate, those that came back among them."""
        after = self
        for name, rest in self.pending.items():
            rows = np.flatnonzero(self.candidates & ~rest.scored)
            if rows.size:
                part = self.parts[name].copy()
                part[rows] = rest.score(rows)
                pending = {**after.pending, name: Pending(rest.scored | self.candidates, rest.score)}
                after = replace(after, parts={**after.parts, name: part}, pending=pending)
        return after

    @property
    def rows(self) -> Rows:
        """Return the rows worth scoring: the candidates where they are few of many, else every row."""
        if self.candidates.size < MANY or self.n_candidates > _FEW * self.candidates.size:
            return None
        return np.flatnonzero(self.candidates)

    def pool(self, context: ToolContext) -> Mask:
        """Return what could be a candidate before any hard constraint, shape (n,)."""
        mask = np.ones(self.candidates.size, np.bool_) if self.repeats else context.fresh
        mask[list(self.excluded)] = False
        return mask

    @property
    def n_candidates(self) -> int:
        """Return how many candidates are left."""
        return int(np.count_nonzero(self.candidates))


class ToolStep(NamedTuple):
    """The state after a call and what the call did, in a short text such as `212 left, 14 unknown dropped`."""

    state: ToolState
    outcome: str


class Tool(Protocol):
    """A tool: a typed configuration plus one call; the returned text is its outcome."""

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Carry out the call; raise ToolError when it makes no sense."""
        ...
