"""The stock of a generated shop: for every product its design, brand, colour, price, stars and fame, as arrays.

Contract: row r of every array is product r; -1 is a missing brand or colour, NaN a missing price or rating. Everything
is drawn in one go from the seed, no loop over products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.shop_words import N_BRANDS, Designs

_BRANDS_EACH: Final = 24
_NO_BRAND, _NO_COLOUR, _NO_MATERIAL, _NO_PRICE = 0.03, 0.06, 0.08, 0.01


@dataclass(frozen=True, eq=False)
class Stock:
    """The products by row; see the module's contract. Shapes are (n_items,)."""

    design: NDArray[np.int32]
    brand: NDArray[np.int16]
    colour: NDArray[np.int8]
    series: NDArray[np.int32]
    material_known: NDArray[np.bool_]
    price: NDArray[np.float32]
    rating: NDArray[np.float32]
    quality: NDArray[np.float32]
    fame: NDArray[np.float32]

    @property
    def n_items(self) -> int:
        """Return the number of products."""
        return len(self.design)


def draw_stock(designs: Designs, n_colours: int, n_items: int, seed: int) -> Stock:
    """Return a shop's products, drawn from the seed.

    Prices are log-normal about design times brand; stars are a product's quality, with noise, unknown for many of the
    little known; fame is heavy-tailed, as sales are.
    """
    random = np.random.default_rng([seed, n_items])
    weight = np.exp(random.normal(0, 0.5, len(designs.categories)))[designs.category]
    weight = weight * np.exp(random.normal(0, 0.8, designs.n_designs))
    design = _draw(random, weight, n_items).astype(np.int32)
    brand, level, repute, known = _draw_brands(random, designs, design)
    price = _as_priced(designs.price[design] * np.exp(random.normal(0, 0.25, n_items) + level).astype(np.float32))
    quality = (repute + random.normal(0, 0.45, n_items)).astype(np.float32)
    fame = np.exp(random.normal(0, 1.2, n_items) + known).astype(np.float32)
    stars = np.round(np.clip(4.0 + quality, 1, 5), 1).astype(np.float32)
    price[random.random(n_items) < _NO_PRICE] = np.nan
    stars[random.random(n_items) < 0.3 / (1 + fame)] = np.nan
    colour = _draw(random, 1 / np.arange(2, n_colours + 2), n_items).astype(np.int8)
    colour[random.random(n_items) < _NO_COLOUR] = -1
    brand[random.random(n_items) < _NO_BRAND] = -1
    series = random.integers(0, 2**31 - 1, n_items, dtype=np.int32)
    material_known = random.random(n_items) >= _NO_MATERIAL
    return Stock(design, brand, colour, series, material_known, price, stars, quality, fame)


def _draw(random: np.random.Generator, weight: NDArray[np.float64], n_draws: int) -> NDArray[np.intp]:
    """Return numbers drawn in proportion to their weight."""
    upto = np.cumsum(weight)
    places = np.searchsorted(upto, random.random(n_draws) * upto[-1], side="right")
    return np.asarray(np.minimum(places, len(weight) - 1), np.intp)


def _draw_brands(
    random: np.random.Generator, designs: Designs, design: NDArray[np.int32]
) -> tuple[NDArray[np.int16], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return every product's brand and what the brand adds to the price's logarithm, to quality and to fame."""
    sells = np.stack([random.permutation(N_BRANDS)[:_BRANDS_EACH] for _ in designs.categories])
    place = _draw(random, 1 / np.arange(2, _BRANDS_EACH + 2), len(design))
    brand = sells[designs.category[design], place]
    level, repute, known = (random.normal(0, spread, N_BRANDS) for spread in (0.35, 0.25, 0.6))
    return brand.astype(np.int16), level[brand], repute[brand], known[brand]


def _as_priced(price: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round as shops do: 12.49, 87.99, 240."""
    small, middle = np.round(price * 2) / 2 - 0.01, np.round(price) - 0.01
    large = np.round(price / 5) * 5
    return np.where(price < 20, small, np.where(price < 150, middle, large)).clip(min=0.99).astype(np.float32)
