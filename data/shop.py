"""The generated shop: a catalogue of any size from 1,000 to 10 million products, made from a seed.

Contract: `prepare_shop` writes items.parquet, ratings.parquet and shop.toml into a folder, whole or not at all; the
same size and seed give the same tables. World names: `shop` (10,000 products), `shop:N`, `shop:N:SEED`. Nothing in it
is measured from people or real products.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillroom.data.building import building
from stillroom.data.catalogue import CatalogueError
from stillroom.data.schema import CatalogueSchema, load_schema
from stillroom.data.shop_people import draw_ratings
from stillroom.data.shop_stock import Stock, draw_stock
from stillroom.data.shop_words import Designs, ShopWords, draw_designs, load_words

N_ITEMS = 10_000
FEWEST, MOST = 1_000, 10_000_000
_VERSION = "2"
_NAME = re.compile(r"shop(?::(\d+)(?::(\d+))?)?")
_ROWS_AT_ONCE = 500_000


@dataclass(frozen=True)
class ShopName:
    """The size and the seed that a world's name asks for."""

    n_items: int = N_ITEMS
    seed: int = 0

    def __str__(self) -> str:
        """Return the shortest name of this shop."""
        if self.seed:
            return f"shop:{self.n_items}:{self.seed}"
        return "shop" if self.n_items == N_ITEMS else f"shop:{self.n_items}"

    @property
    def folder(self) -> str:
        """Return the name of the folder that the shop is kept in."""
        return f"shop-{self.n_items}-{self.seed}-v{_VERSION}"


def read_shop_name(name: str) -> ShopName | None:
    """Return what `shop`, `shop:N` or `shop:N:SEED` asks for, None for other names; CatalogueError for a bad one."""
    found = _NAME.fullmatch(name.replace("_", ""))
    if found is None:
        if name.startswith("shop:"):
            raise CatalogueError(f"{name!r} is no shop: write shop, shop:N or shop:N:SEED, such as shop:100000:7.")
        return None
    n_items = int(found[1] or N_ITEMS)
    if not FEWEST <= n_items <= MOST:
        raise CatalogueError(f"A shop has {FEWEST:,} to {MOST:,} products, not {n_items:,}.")
    return ShopName(n_items, int(found[2] or 0))


def prepare_shop(n_items: int, seed: int, folder: Path) -> tuple[CatalogueSchema, Path]:
    """Return the shop's schema and its folder, which is made first when it is not there."""
    if not (folder / "ratings.parquet").exists():
        _build(n_items, seed, folder)
    return load_schema(folder / "shop.toml"), folder


def _build(n_items: int, seed: int, folder: Path) -> None:
    with building(folder) as scratch:
        words = load_words()
        designs = draw_designs(words)
        stock = draw_stock(designs, len(words.colours), n_items, seed)
        _write_items(scratch / "items.parquet", words, designs, stock)
        pq.write_table(draw_ratings(designs, stock, seed), scratch / "ratings.parquet")
        schema = (resources.files("stillroom.data") / "worlds" / "shop.toml").read_text(encoding="utf-8")
        (scratch / "shop.toml").write_text(schema, encoding="utf-8")


def _write_items(path: Path, words: ShopWords, designs: Designs, stock: Stock) -> None:
    """Write the items a part at a time, so that millions of titles are never in memory together."""
    shelf = _Shelf.of(words, designs)
    writer: Any = None
    try:
        for start in range(0, stock.n_items, _ROWS_AT_ONCE):
            table = shelf.table(stock, slice(start, min(start + _ROWS_AT_ONCE, stock.n_items)))
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


@dataclass(frozen=True, eq=False)
class _Shelf:
    """The words as Arrow arrays, taken by code."""

    designs: Designs
    brands: Any
    colours: Any
    series: Any
    kinds: Any
    materials: Any

    @classmethod
    def of(cls, words: ShopWords, designs: Designs) -> _Shelf:
        return cls(
            designs,
            pa.array(words.brands()),
            pa.array(words.colours),
            pa.array(words.series()),
            pa.array(designs.kind),
            pa.array([material or None for material in designs.material]),
        )

    def table(self, stock: Stock, rows: slice) -> Any:
        """Return these rows of the items' table."""
        design, brand = stock.design[rows], _codes(stock.brand[rows])
        brands, material = self.brands.take(brand), self.materials.take(pa.array(design))
        series = self.series.take(pa.array(stock.series[rows] % len(self.series)))
        kinds = self.kinds.take(pa.array(design))
        title = pc.binary_join_element_wise(brands, series, material, kinds, " ", null_handling="skip")
        number = pa.array(np.arange(rows.start, rows.stop)).cast(pa.string())
        shown = pc.if_else(pa.array(stock.material_known[rows]), material, pa.scalar(None, pa.string()))
        return pa.table(
            {
                "id": pc.binary_join_element_wise("p", number, ""),
                "title": title,
                "description": _by_code(self.designs.text, design),
                "category": _by_code([self.designs.categories[code] for code in self.designs.category], design),
                "brand": brands.dictionary_encode(),
                "colour": self.colours.take(_codes(stock.colour[rows])).dictionary_encode(),
                "material": shown.dictionary_encode(),
                "tag": _by_code(["|".join(tags) for tags in self.designs.tags], design),
                "price": pa.array(stock.price[rows], from_pandas=True),
                "rating": pa.array(stock.rating[rows], from_pandas=True),
                "fame": pa.array(stock.fame[rows]),
            }
        )


def _codes(codes: NDArray[np.integer[Any]]) -> Any:
    """Return codes as Arrow has them: what is negative is missing."""
    return pa.array(codes.astype(np.int32), mask=codes < 0)


def _by_code(values: Sequence[str], codes: NDArray[np.int32]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(values))).cast(pa.string())
