"""What the generated shop is made of: its words, the designs that products share, and its invented brands.

Contract: designs depend on the words alone, so that shops of every size and seed say the same things and the texts to
encode stay few (at most `N_DESIGNS` a category) however many products there are.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from itertools import product

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

N_DESIGNS = 200
N_BRANDS = 240
_DESIGN_SEED = 20


class _Category(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    price: float
    kinds: tuple[str, ...]
    materials: tuple[str, ...]
    features: tuple[str, ...]


class ShopWords(BaseModel):
    """The words of the shop, as they stand in worlds/shop-words.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    colours: tuple[str, ...]
    styles: tuple[str, ...]
    uses: tuple[str, ...]
    brand_starts: tuple[str, ...]
    brand_ends: tuple[str, ...]
    series_syllables: tuple[str, ...]
    categories: dict[str, _Category]

    def brands(self) -> tuple[str, ...]:
        """Return the invented brands, in an order that is always the same."""
        names = [start + end for start, end in product(self.brand_starts, self.brand_ends)]
        order = np.random.default_rng(_DESIGN_SEED).permutation(len(names))[:N_BRANDS]
        return tuple(names[place] for place in order.tolist())

    def series(self) -> tuple[str, ...]:
        """Return the invented names of product lines: two or three syllables each."""
        two = product(self.series_syllables, repeat=2)
        three = product(self.series_syllables, repeat=3)
        return tuple("".join(syllables).capitalize() for syllables in (*two, *three))


@dataclass(frozen=True, eq=False)
class Designs:
    """What products share, row by row: category, what it is called, material ("" if none), tags, text, usual price."""

    categories: tuple[str, ...]
    category: NDArray[np.int32]
    kind: tuple[str, ...]
    material: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    text: tuple[str, ...]
    price: NDArray[np.float32]

    @property
    def n_designs(self) -> int:
        """Return the number of designs."""
        return len(self.kind)


def load_words() -> ShopWords:
    """Read the words that come with the package."""
    text = (resources.files("stillroom.data") / "worlds" / "shop-words.toml").read_text(encoding="utf-8")
    return ShopWords.model_validate(tomllib.loads(text))


def draw_designs(words: ShopWords, n_each: int = N_DESIGNS) -> Designs:
    """Return `n_each` designs a category, always the same for the same words."""
    random = np.random.default_rng(_DESIGN_SEED)
    drawn = [_design(words, name, random) for name in words.categories for _ in range(n_each)]
    names = tuple(words.categories)
    kinds = tuple(dict.fromkeys((design.category, design.kind) for design in drawn))
    factors = dict(zip(kinds, np.exp(random.normal(0, 0.45, len(kinds))).tolist(), strict=True))
    return Designs(
        categories=names,
        category=np.repeat(np.arange(len(names), dtype=np.int32), n_each),
        kind=tuple(design.kind for design in drawn),
        material=tuple(design.material for design in drawn),
        tags=tuple(design.tags for design in drawn),
        text=tuple(design.text for design in drawn),
        price=np.array([design.price * factors[design.category, design.kind] for design in drawn], np.float32),
    )


@dataclass(frozen=True)
class _Design:
    category: str
    kind: str
    material: str
    tags: tuple[str, ...]
    text: str
    price: float


def _design(words: ShopWords, name: str, random: np.random.Generator) -> _Design:
    category = words.categories[name]
    kind = str(random.choice(category.kinds))
    material = str(random.choice(category.materials)) if category.materials else ""
    features = [str(word) for word in random.choice(category.features, int(random.integers(1, 4)), replace=False)]
    styles = [str(word) for word in random.choice(words.styles, int(random.integers(1, 3)), replace=False)]
    made_of = f" made of {material}" if material else ""
    text = f"{kind.capitalize()}{made_of}: {', '.join([*features, *styles])}, {random.choice(words.uses)}."
    dearer = 0.7 + 0.1 * len(features) + 0.02 * len(material)
    return _Design(name, kind, material, tuple(sorted({*features, *styles})), text, category.price * dearer)
