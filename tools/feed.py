"""The feed: ranked items, each with its score parts and the reason it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stillroom.data.catalogue import Catalogue


@dataclass(frozen=True)
class FeedItem:
    """One item of a feed; `position` counts from 1, `score` is the sum of `parts`."""

    position: int
    row: int
    id: str
    title: str
    score: float
    parts: Mapping[str, float]
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the item as stored in a trajectory."""
        return {
            "position": self.position,
            "id": self.id,
            "title": self.title,
            "score": self.score,
            "parts": dict(self.parts),
            "reason": self.reason,
        }


Feed = tuple[FeedItem, ...]


def anchors(catalogue: Catalogue, rows: Sequence[int]) -> dict[str, float]:
    """Return what is typical of the rows shown: the median of each number facet that any of them knows.

    A relative wish ("shorter") refers to these values; `data.preferences.merge` takes them.
    """
    typical = {}
    for facet, values in catalogue.numbers.items():
        shown = values[np.asarray(rows, dtype=np.intp)]
        shown = shown[~np.isnan(shown)]
        if shown.size:
            typical[facet] = float(np.median(shown))
    return typical
