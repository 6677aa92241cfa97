"""The people of a generated shop: seeded tastes, and what each bought and rated with its time.

Contract: `draw_ratings` returns a table (user, item, rating, time) in which people with like tastes like the same
products, so that history, temporal split and collaborative vectors mean something. Nobody's taste is read from anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillroom.data.shop_stock import Stock
from stillroom.data.shop_words import Designs

_MOST_PEOPLE = 4_000
_PEOPLE_AT_TEN_THOUSAND = 500
_LOOKED_AT = 600
_BOUGHT = (25, 80)
_FIRST, _SECONDS_A_YEAR = 1_500_000_000, 31_536_000


@dataclass(frozen=True, eq=False)
class Taste:
    """What a person likes: weights by category, brand, colour and tag, and the price (as a share of usual) sought."""

    category: NDArray[np.float64]
    brand: NDArray[np.float64]
    colour: NDArray[np.float64]
    tag: NDArray[np.float64]
    level: float


def n_people(n_items: int) -> int:
    """Return how many people a shop of this size has: 500 for 10,000 products, some thousands at most."""
    return min(_MOST_PEOPLE, int(_PEOPLE_AT_TEN_THOUSAND * (n_items / 10_000) ** 0.35))


def draw_ratings(designs: Designs, stock: Stock, seed: int) -> Any:
    """Return the ratings' table of the shop's people."""
    random = np.random.default_rng([seed, stock.n_items, 1])
    by_fame = np.argsort(-stock.fame, kind="stable")
    tags = sorted({tag for own in designs.tags for tag in own})
    has_tag = _tag_matrix(designs, tags)
    people = [_purchases(designs, stock, has_tag, by_fame, random) for _ in range(n_people(stock.n_items))]
    user = np.repeat(np.arange(len(people)), [len(rows) for rows, _, _ in people])
    rows, ratings, times = (np.concatenate(parts) for parts in zip(*people, strict=True))
    return pa.table(
        {
            "user": pa.array([f"u{number}" for number in user.tolist()]),
            "item": pa.array([f"p{row}" for row in rows.tolist()]),
            "rating": pa.array(ratings.astype(np.float32)),
            "time": pa.array(times.astype(np.int64)),
        }
    )


def _tag_matrix(designs: Designs, tags: list[str]) -> NDArray[np.float64]:
    place = {tag: column for column, tag in enumerate(tags)}
    matrix = np.zeros((designs.n_designs, len(tags)))
    for row, own in enumerate(designs.tags):
        matrix[row, [place[tag] for tag in own]] = 1
    return matrix


def _draw_taste(designs: Designs, n_brands: int, n_colours: int, n_tags: int, random: np.random.Generator) -> Taste:
    def liking(n_values: int, n_liked: int, weight: float) -> NDArray[np.float64]:
        weights = np.zeros(n_values)
        weights[random.choice(n_values, min(n_liked, n_values), replace=False)] = weight
        return weights

    categories = liking(len(designs.categories), int(random.integers(3, 7)), 1.4)
    brands, colours = liking(n_brands, n_brands // 8, 0.5), liking(n_colours, 4, 0.6)
    tags = liking(n_tags, n_tags // 6, 0.5) - liking(n_tags, n_tags // 10, 0.6)
    return Taste(categories, brands, colours, tags, float(random.normal(0, 0.4)))


def _purchases(
    designs: Designs,
    stock: Stock,
    has_tag: NDArray[np.float64],
    by_fame: NDArray[np.intp],
    random: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.int64]]:
    """Return what one person bought, oldest first: rows, ratings in half stars, times."""
    n_brands, n_colours = int(stock.brand.max()) + 1, int(stock.colour.max()) + 1
    taste = _draw_taste(designs, n_brands, n_colours, has_tag.shape[1], random)
    # People meet what is well known far more often: that is what they have in common.
    looked = np.unique(by_fame[(stock.n_items * random.random(_LOOKED_AT) ** 3).astype(np.intp)])
    joy = _joy(designs, stock, has_tag, taste, looked) + random.normal(0, 0.5, len(looked))
    n_bought = min(int(random.integers(*_BOUGHT)), len(looked) // 2)
    bought = np.argsort(-joy, kind="stable")[: n_bought * 3 // 4]
    rest = np.setdiff1d(np.arange(len(looked)), bought)
    bought = random.permutation(np.concatenate([bought, random.choice(rest, n_bought - len(bought), replace=False)]))
    ratings = np.clip(np.round((2.6 + 0.8 * joy[bought]) * 2) / 2, 1, 5)
    start = _FIRST + int(random.integers(0, 4 * _SECONDS_A_YEAR))
    times = start + np.cumsum(random.exponential(2 * _SECONDS_A_YEAR / n_bought, n_bought)).astype(np.int64)
    return looked[bought], ratings, times


def _joy(
    designs: Designs, stock: Stock, has_tag: NDArray[np.float64], taste: Taste, rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return how much the person would like these products."""
    design, brand, colour = stock.design[rows], stock.brand[rows], stock.colour[rows]
    dear = np.nan_to_num(np.log(stock.price[rows] / designs.price[design]) - taste.level)
    return np.asarray(
        taste.category[designs.category[design]]
        + np.where(brand >= 0, taste.brand[brand], 0)
        + np.where(colour >= 0, taste.colour[colour], 0)
        + has_tag[design] @ taste.tag
        + 0.6 * stock.quality[rows]
        - 0.5 * np.abs(dear)
    )
