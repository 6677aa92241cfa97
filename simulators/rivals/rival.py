"""What a rival is: one method that ranks the whole catalogue, given a person's history and the commands so far.

Contract: `rank` is a pure function of its question; what it wants to know again in the next turn it puts into
`Ranking.profile`. A ranking that cannot be made falls back to popularity and says so in `fallbacks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.data.trajectory import Call, ToolCallRecord
from stillroom.tools.feed import Feed
from stillroom.tools.state import Mask, Scores


class RivalError(RuntimeError):
    """A rival that cannot be had; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Question:
    """What a rival is asked: who it is for (rows, oldest first), what was typed, what is and was shown, its profile."""

    history: tuple[int, ...]
    commands: tuple[str, ...]
    feed: Feed = ()
    shown: tuple[int, ...] = ()
    profile: str = ""


@dataclass(frozen=True)
class Ranking:
    """A score of every item, (n_items,), all finite; which items may be shown at all, and how it came about."""

    scores: Scores
    allowed: Mask | None = None
    profile: str = ""
    calls: tuple[Call, ...] = ()
    tool_calls: tuple[ToolCallRecord, ...] = ()
    fallbacks: tuple[str, ...] = ()


class Rival(Protocol):
    """Another way to recommend."""

    def rank(self, question: Question) -> Ranking:
        """Return a ranking of the whole catalogue."""
        ...


@dataclass(frozen=True)
class Memory(Preferences):
    """What a seat remembers of a session for its rival: no constraints, but the commands and the rival's own words.

    It stands where an agent's preferences stand, so that whoever carries the session's state carries it along.
    """

    commands: tuple[str, ...] = ()
    profile: str = ""

    @classmethod
    def of(cls, preferences: Preferences | None) -> Memory:
        """Return what stands in the state, an empty memory when nothing of a rival stands there."""
        return preferences if isinstance(preferences, Memory) else cls()


def popularity_ranking(catalogue: Catalogue, *reasons: str) -> Ranking:
    """Return the ranking by popularity, with the reasons why nothing better could be had."""
    return Ranking(catalogue.popularity, fallbacks=reasons)
