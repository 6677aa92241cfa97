"""The rivals `sasrec` and `bert4rec`: a trained sequence model's ranking of a history; they hear no command.

The models live in an environment of their own, so their rankings are read from a file that
`benchmarks/rankers/train_sequences.py` writes: one row a history of held-out people.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue
from stillroom.simulators.rivals.rival import Question, Ranking, RivalError, popularity_ranking


@dataclass(frozen=True, eq=False)
class Rankings:
    """Scores (n_histories, n_items) by catalogue row, NaN where the model knows nothing, and the row of a history."""

    row_of: dict[str, int]
    scores: NDArray[np.float16]


@dataclass(frozen=True)
class RankedRival:
    """Ranks a known history by the file; a history that is not in it gets popularity, and that is recorded."""

    catalogue: Catalogue
    name: str
    path: Path

    @cached_property
    def _rankings(self) -> Rankings:
        return read_rankings(self.path, self.catalogue, self.name)

    def prepare(self) -> None:
        """Read the file; raise RivalError."""
        _ = self._rankings

    def rank(self, question: Question) -> Ranking:
        """Return the model's scores; items that it does not know come last."""
        row = self._rankings.row_of.get(history_digest([self.catalogue.ids[item] for item in question.history]))
        if row is None:
            return popularity_ranking(self.catalogue, f"{self.name}: no ranking of this history")
        scores = self._rankings.scores[row].astype(np.float32)
        return Ranking(np.where(np.isnan(scores), np.nanmin(scores) - 1, scores).astype(np.float32))


def rankings_path(cache: Path, world: str, name: str) -> Path:
    """Return where the cache keeps a model's rankings of a world."""
    return cache / "rankers" / world / f"{name}.npz"


def history_digest(item_ids: Sequence[str]) -> str:
    """Return what names a history in the file."""
    return hashlib.sha256("\0".join(item_ids).encode()).hexdigest()[:24]


def read_rankings(path: Path, catalogue: Catalogue, name: str) -> Rankings:
    """Read the file; raise RivalError when it is missing, damaged, or about other items."""
    make = "make it as benchmarks/rankers/train_sequences.py says"
    try:
        # numpy leaves a file that it opened itself and cannot read open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            names, item_ids, scores = file["histories"], file["item_ids"], file["scores"]
    except FileNotFoundError as error:
        raise RivalError(f"there is no ranking of {name} for {catalogue.schema.name} at {path}: {make}") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RivalError(f"{path} cannot be read ({error}): {make}") from error
    if tuple(item_ids.tolist()) != catalogue.ids or scores.shape != (len(names), catalogue.n_items):
        raise RivalError(f"{path} is about other items than {catalogue.schema.name} has now: {make}")
    return Rankings({str(digest): row for row, digest in enumerate(names)}, scores)
