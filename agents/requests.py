"""What the feed graph's nodes ask a model: structured requests, from which any prompt profile can be rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stillroom.data.preferences import Preferences


@dataclass(frozen=True)
class ShownItem:
    """An item as it stands in the feed: position from 1, and what a person sees of it."""

    position: int
    id: str
    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the item as stored in a trajectory."""
        return {
            "position": self.position,
            "id": self.id,
            "title": self.title,
            "year": self.year,
            "genres": list(self.genres),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ShownItem:
        """Read the item back from a trajectory."""
        return cls(data["position"], data["id"], data["title"], data["year"], tuple(data["genres"]))


@dataclass(frozen=True)
class ParseRequest:
    """The Parser's question: what does this command change, given what is shown and what is remembered?"""

    command: str
    feed: tuple[ShownItem, ...]
    preferences: Preferences

    def alone(self, words: str) -> ParseRequest:
        """Return the same question about other words, with nothing remembered: what they state by themselves."""
        return replace(self, command=words, preferences=Preferences())


@dataclass(frozen=True)
class ToolReport:
    """What a tool call did, in the words that the Planner reads: `filter 212`, `filter 0`, `relax c3`."""

    call: str
    outcome: str


@dataclass(frozen=True)
class PlanRequest:
    """The Planner's question: which tools next, given the preferences and what the tools reported so far?

    `wants_variety`: the command asked to be surprised. A report of `aggregate` says what the feed made of it is like.
    """

    preferences: Preferences
    reports: tuple[ToolReport, ...] = ()
    has_history: bool = True
    command: str = ""
    wants_variety: bool = False
