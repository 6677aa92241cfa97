"""What `export_likes.py` wrote, read back, and the ranking metric by which hyperparameters are chosen.

Contract: items are numbered 0 … n_items - 1 as in the catalogue; `ndcg` looks at validation people only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Likes:
    """Likes before the split in order of time, and the held-out people: histories, and later likes of validation."""

    world: str
    users: NDArray[np.int32]
    items: NDArray[np.int32]
    item_ids: NDArray[np.str_]
    people: NDArray[np.int32]
    validation: NDArray[np.bool_]
    histories: tuple[NDArray[np.int32], ...]
    later: tuple[NDArray[np.int32], ...]

    @property
    def n_items(self) -> int:
        """Return the number of items of the catalogue."""
        return len(self.item_ids)

    def matrix(self) -> csr_matrix:
        """Return who liked what, (n_users, n_items), ones."""
        likes = csr_matrix(
            (np.ones(len(self.users), np.float32), (self.users, self.items)),
            shape=(int(self.users.max()) + 1, self.n_items),
        )
        likes.data[:] = 1
        return likes


def read_likes(path: Path) -> Likes:
    """Read the file, the likes sorted by person, time and item."""
    with np.load(path) as file:
        order = np.lexsort((file["items"], file["times"], file["users"]))
        return Likes(
            str(file["world"]),
            file["users"][order],
            file["items"][order],
            file["item_ids"],
            file["people"],
            file["validation"],
            tuple(np.split(file["histories"], file["offsets"][1:-1])),
            tuple(np.split(file["later"], file["later_offsets"][1:-1])),
        )


def ndcg(likes: Likes, scores: Sequence[Floats], k: int = 10) -> float:
    """Return the mean NDCG@k of validation people's later likes, their histories left out; `scores` by person."""
    gains = []
    for person in np.flatnonzero(likes.validation):
        if not likes.later[person].size:
            continue
        own = scores[person].astype(np.float64, copy=True)
        own[likes.histories[person]] = -np.inf
        best = np.argsort(-own, kind="stable")[:k]
        hits = np.isin(best, likes.later[person])
        ideal = np.sum(1 / np.log2(np.arange(2, 2 + min(k, likes.later[person].size))))
        gains.append(float(np.sum(hits / np.log2(np.arange(2, 2 + k))) / ideal))
    return float(np.mean(gains))


def taste_scores(likes: Likes, vectors: Floats) -> list[Floats]:
    """Return each held-out person's scores by item vectors: the cosine with the mean of the history, as the matcher."""
    unit = unit_rows(vectors)
    return [unit @ unit[history].mean(axis=0) for history in likes.histories]


def unit_rows(vectors: Floats) -> Floats:
    """Return the rows at unit length; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-9), np.float32)
