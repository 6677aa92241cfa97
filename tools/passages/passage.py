"""A passage, a hit, and what every index over passages does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Passage:
    """A titled stretch of text that is found and read as one."""

    id: str
    title: str
    text: str

    @property
    def whole(self) -> str:
        """Return title and text, as they are indexed."""
        return f"{self.title}. {self.text}" if self.title else self.text


@dataclass(frozen=True)
class Hit:
    """A passage that was found, and by which score (cosine, BM25 or reciprocal rank, by the index's mode)."""

    passage: Passage
    score: float


class PassageIndex(Protocol):
    """Finds passages for a query; the same query finds the same."""

    def search(self, query: str, k: int) -> Sequence[Hit]:
        """Return at most k hits, the best first."""
        ...
