"""A tiny world with people who rated films, on which sessions run in milliseconds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillroom.data.catalogue import Catalogue, SetColumn
from stillroom.data.interactions import Interactions
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.simulators.stage import Stage, build_stage

N_ITEMS = 120
VALUES = {
    "genre": ("Comedy", "Drama", "Horror", "Romance", "Thriller", "Western"),
    "language": ("English", "French", "Japanese"),
    "country": ("France", "Japan", "United States of America"),
    "person": ("Ada Reed", "Bo Lindqvist", "Cleo Marsh", "Dov Arden", "Edda Quill"),
    "tag": ("heist", "friendship", "revenge", "prison", "robot", "small town", "ghost"),
}
KINDS = {
    **{name: FacetKind.CATEGORICAL for name in ("genre", "language", "country")},
    **{name: FacetKind.NUMBER for name in ("year", "runtime", "rating")},
    "popularity": FacetKind.POPULARITY,
    "person": FacetKind.PERSON,
    "tag": FacetKind.TAG,
    "item": FacetKind.ITEM,
}


class WordEncoder:
    """Gives every text its own fixed direction."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(zlib.crc32(text.casefold().encode())).normal(size=12) for text in texts]
        return _unit(np.array(rows).reshape(len(texts), 12))


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def _column(random: np.random.Generator, values: tuple[str, ...]) -> SetColumn:
    dense = random.random((N_ITEMS, len(values))) < 0.35
    dense[np.arange(N_ITEMS), random.integers(0, len(values), N_ITEMS)] = True
    return SetColumn(values, csr_matrix(dense), np.ones(N_ITEMS, np.bool_))


def _interactions(random: np.random.Generator, n_users: int) -> Interactions:
    items = np.concatenate([random.permutation(N_ITEMS)[:30] for _ in range(n_users)]).astype(np.int32)
    n = len(items)
    return Interactions(
        tuple(f"u{number}" for number in range(n_users)),
        np.repeat(np.arange(n_users, dtype=np.int32), 30),
        items,
        random.choice(np.array([3.0, 5.0], np.float32), n),
        np.arange(n, dtype=np.int64),
    )


def tiny_world(seed: int = 0, n_users: int = 60) -> Catalogue:
    """Return 120 films and 60 people; the same seed gives the same world."""
    random = np.random.default_rng(seed)
    encoder = WordEncoder()
    numbers = {
        "year": random.integers(1960, 2015, N_ITEMS).astype(np.float32),
        "runtime": random.integers(75, 180, N_ITEMS).astype(np.float32),
        "rating": random.uniform(2, 4.5, N_ITEMS).astype(np.float32),
    }
    units = {"runtime": "min"}
    return Catalogue(
        schema=CatalogueSchema(
            name="tiny",
            noun="film",
            facets={name: Facet(kind=kind, columns=(name,), unit=units.get(name, "")) for name, kind in KINDS.items()},
        ),
        ids=tuple(f"i{row}" for row in range(N_ITEMS)),
        titles=tuple(f"{zlib.crc32(str(row).encode()):08x} zq" for row in range(N_ITEMS)),
        texts=tuple(f"text {row}" for row in range(N_ITEMS)),
        sets={name: _column(random, values) for name, values in VALUES.items()},
        numbers=numbers,
        popularity=np.asarray(random.permutation(N_ITEMS) / (N_ITEMS - 1), np.float32),
        text_vectors=_unit(random.normal(size=(N_ITEMS, 12))),
        tag_vectors=encoder.encode(VALUES["tag"]),
        collaborative=_unit(random.normal(size=(N_ITEMS, 4))),
        encoder=encoder,
        interactions=_interactions(random, n_users),
    )


@pytest.fixture(scope="session")
def world() -> Catalogue:
    """Return the tiny world."""
    return tiny_world()


@pytest.fixture(scope="session")
def stage(world: Catalogue) -> Stage:
    """Return a stage on the tiny world with the bank that ships."""
    return build_stage(world)
