"""A small random catalogue and random preferences over it, for checking tools against plain loops."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillroom.data.catalogue import Catalogue, SetColumn
from stillroom.data.constraint import Constraint, Op, Polarity, Strength, Value
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind

MakeCatalogue = Callable[[int, int], Catalogue]
N_DIMENSIONS = 12
VALUES = {
    "genre": ("Comedy", "Drama", "Horror", "Western"),
    "language": ("English", "French", "Japanese"),
    "person": ("Ada Reed", "Bo Lindqvist", "Cleo Marsh", "Dov Arden"),
    "tag": ("heist", "slow burn", "violence", "time loop", "courtroom"),
}
KINDS = {
    "genre": FacetKind.CATEGORICAL,
    "language": FacetKind.CATEGORICAL,
    "year": FacetKind.NUMBER,
    "runtime": FacetKind.NUMBER,
    "popularity": FacetKind.POPULARITY,
    "person": FacetKind.PERSON,
    "tag": FacetKind.TAG,
    "item": FacetKind.ITEM,
}


class WordEncoder:
    """Gives every text its own fixed direction."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(zlib.crc32(text.casefold().encode())).normal(size=N_DIMENSIONS) for text in texts]
        return _unit(np.array(rows).reshape(len(texts), N_DIMENSIONS))


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1), np.float32)


def _column(random: np.random.Generator, values: tuple[str, ...], n_items: int) -> SetColumn:
    known = random.random(n_items) < 0.8
    dense = (random.random((n_items, len(values))) < 0.3) & known[:, None]
    return SetColumn(values, csr_matrix(dense), known)


def _numbers(random: np.random.Generator, low: int, high: int, n_items: int) -> NDArray[np.float32]:
    values = random.integers(low, high, n_items).astype(np.float32)
    values[random.random(n_items) < 0.15] = np.nan
    return values


def random_catalogue(seed: int = 0, n_items: int = 60) -> Catalogue:
    random = np.random.default_rng(seed)
    facets = {
        name: Facet(kind=kind, columns=(name,), unit="min" if name == "runtime" else "") for name, kind in KINDS.items()
    }
    collaborative = random.normal(size=(n_items, 4)) + 0.5
    collaborative[random.random(n_items) < 0.2] = 0
    encoder = WordEncoder()
    return Catalogue(
        schema=CatalogueSchema(name="toy", noun="film", facets=facets),
        ids=tuple(f"i{row}" for row in range(n_items)),
        titles=tuple(f"{zlib.crc32(str(row).encode()):08x} story" for row in range(n_items)),
        texts=tuple(f"text {row}" for row in range(n_items)),
        sets={name: _column(random, values, n_items) for name, values in VALUES.items()},
        numbers={"year": _numbers(random, 1970, 1990, n_items), "runtime": _numbers(random, 80, 130, n_items)},
        popularity=np.asarray(random.permutation(n_items) / max(n_items - 1, 1), np.float32),
        text_vectors=_unit(random.normal(size=(n_items, N_DIMENSIONS))),
        tag_vectors=encoder.encode(VALUES["tag"]),
        collaborative=_unit(collaborative),
        encoder=encoder,
    )


def random_constraint(random: np.random.Generator, catalogue: Catalogue) -> Constraint:
    facet = str(random.choice(list(KINDS)))
    value: Value = None
    op = Op.EQ
    if facet in VALUES:
        value = str(random.choice(VALUES[facet]))
    elif facet in ("year", "runtime"):
        op = Op(str(random.choice([op.value for op in (Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE, Op.MORE, Op.LESS)])))
        low, high = (1970, 1990) if facet == "year" else (80, 130)
        value = None if op.is_relative else int(random.integers(low, high))
    elif facet == "popularity":
        op = Op.MORE if random.random() < 0.5 else Op.LESS
    else:
        op = Op.LIKE if random.random() < 0.5 else Op.EQ
        value = catalogue.titles[int(random.integers(catalogue.n_items))]
    polarity = Polarity.POSITIVE if random.random() < 0.6 else Polarity.NEGATIVE
    strength = Strength.HARD if random.random() < 0.5 else Strength.SOFT
    return Constraint(polarity, strength, facet, op, value).canonical()


def random_preferences(seed: int, catalogue: Catalogue, most: int = 5) -> Preferences:
    random = np.random.default_rng(seed)
    constraints = [random_constraint(random, catalogue) for _ in range(int(random.integers(0, most + 1)))]
    remembered = tuple(
        Remembered(
            f"c{number}", constraint, anchor=float(random.integers(90, 120)) if constraint.op.is_relative else None
        )
        for number, constraint in enumerate(constraints, start=1)
    )
    return Preferences(remembered, len(remembered))


@pytest.fixture(scope="session")
def make_catalogue() -> MakeCatalogue:
    return random_catalogue


@pytest.fixture(scope="session")
def make_preferences() -> Callable[[int, Catalogue], Preferences]:
    return random_preferences


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return random_catalogue()


@pytest.fixture(scope="session")
def prefer() -> Callable[..., Preferences]:
    """Return preferences from lines of the wire format's shape: ("must", "genre", "=", "Comedy")."""
    tones = {
        "must": (Polarity.POSITIVE, Strength.HARD),
        "wish": (Polarity.POSITIVE, Strength.SOFT),
        "ban": (Polarity.NEGATIVE, Strength.HARD),
        "avoid": (Polarity.NEGATIVE, Strength.SOFT),
    }

    def build(*lines: tuple[str, str, str, Value], anchor: float | None = None) -> Preferences:
        remembered = tuple(
            Remembered(f"c{number}", Constraint(*tones[tone], facet, Op(op), value).canonical(), anchor=anchor)
            for number, (tone, facet, op, value) in enumerate(lines, start=1)
        )
        return Preferences(remembered, len(remembered))

    return build
