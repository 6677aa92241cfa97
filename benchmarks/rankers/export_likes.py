"""Write what a ranker may learn from, for an environment that lacks Stillroom: likes before the split, and histories.

    python benchmarks/rankers/export_likes.py [--world films] [--out runs/rankers/likes.npz]

Contract: `users`, `items`, `times` are aligned, one entry a like before its person's split. `people` are those of the
validation and evaluation folds, with their histories (`offsets` into `histories`), whether they are `validation`, and,
for validation people alone, what they liked later (`later_offsets` into `later`): no later like of anybody else.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.interactions import Fold, before_split, split_by_time
from stillroom.data.worlds import load_world


def _ragged(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return np.array([item for row in rows for item in row], np.int32), offsets


def likes_of(catalogue: Catalogue) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the module's contract; raise CatalogueError for a world in which nobody rated anything."""
    interactions = catalogue.interactions
    if interactions is None:
        raise CatalogueError(f"{catalogue.schema.name} has no interactions to learn from")
    use = before_split(interactions) & interactions.liked
    people = [split for split in split_by_time(interactions) if split.fold is not Fold.TRAIN and split.history]
    row_of = {name: row for row, name in enumerate(interactions.user_ids)}
    histories, offsets = _ragged([person.history for person in people])
    later, later_offsets = _ragged([person.later if person.fold is Fold.VALIDATION else () for person in people])
    return {
        "users": interactions.users[use],
        "items": interactions.items[use],
        "times": interactions.times[use],
        "item_ids": np.array(catalogue.ids),
        "people": np.array([row_of[person.user] for person in people], np.int32),
        "validation": np.array([person.fold is Fold.VALIDATION for person in people]),
        "histories": histories,
        "offsets": offsets,
        "later": later,
        "later_offsets": later_offsets,
    }


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world", default="films")
    parser.add_argument("--out", type=Path, default=Path("runs/rankers/likes.npz"))
    options = parser.parse_args()
    arrays = likes_of(load_world(options.world))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, world=np.array(options.world), **arrays)
    print(f"Wrote {options.out}: {len(arrays['users'])} likes of {len(np.unique(arrays['users']))} people.")


if __name__ == "__main__":
    main()
