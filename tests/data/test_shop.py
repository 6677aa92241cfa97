"""The generated shop: whole or not at all, the same from the same seed, and a world like any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from stillroom.data import shop
from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.codebook import Codebook
from stillroom.data.interactions import split_by_time
from stillroom.data.shop import ShopName, prepare_shop, read_shop_name
from stillroom.data.shop_words import draw_designs, load_words
from stillroom.data.worlds import load_world


class CountingEncoder:
    """Encodes a text as counts of letters, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        counts = np.array([[text.count(chr(97 + n)) for n in range(26)] for text in texts], np.float32).reshape(-1, 26)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, encoder: CountingEncoder) -> Catalogue:
    return load_world("shop:20000:3", tmp_path_factory.mktemp("cache"), offline=True, encoder=encoder)


def test_a_shop_has_every_facet_and_some_of_it_missing(world: Catalogue) -> None:
    """Facets of every kind, with values unknown here and there, prices and stars that can be believed."""
    assert world.schema.noun == "product" and world.schema.name == "shop:20000:3" and world.n_items == 20_000
    assert set(world.sets) == {"category", "brand", "colour", "material", "tag"}
    assert set(world.numbers) == {"price", "rating"}
    for name in ("brand", "colour", "material"):
        assert 0.5 < world.sets[name].known.mean() < 1
    price, stars = world.numbers["price"], world.numbers["rating"]
    assert np.isnan(price).any() and np.nanmin(price) > 0 and 30 < np.nanmedian(price) < 300
    assert np.isnan(stars).any() and np.nanmin(stars) >= 1 and np.nanmax(stars) <= 5
    chocolate, sofas = (world.sets["category"].mask(name) for name in ("Chocolate", "Sofas"))
    assert np.nanmedian(price[sofas]) > 10 * np.nanmedian(price[chocolate])
    assert len(set(world.titles)) > 0.98 * world.n_items


def test_every_distinct_text_is_encoded_once(world: Catalogue, encoder: CountingEncoder) -> None:
    """Twenty thousand products, a few thousand texts; each row has the vector of its own text."""
    texts = [text for text in encoder.asked if ":" in text]
    assert isinstance(world.text_vectors, Codebook)
    assert len(texts) == len(set(texts)) == len(world.text_vectors.book) <= draw_designs(load_words()).n_designs
    for row in (0, 77, 19_999):
        said = f"{world.sets['category'].of(row)[0]}. {', '.join(world.sets['tag'].of(row))}. {world.texts[row]}"
        np.testing.assert_array_equal(world.text_vectors[row], CountingEncoder().encode([said])[0])


def test_people_have_a_past_and_later_likes(world: Catalogue) -> None:
    """Hundreds of people, nearly all with a history and later likes, and tastes that differ between people."""
    assert world.interactions is not None
    people = split_by_time(world.interactions)
    assert len(people) > 400
    assert np.mean([bool(person.history) and bool(person.later) for person in people]) > 0.9
    categories = world.sets["category"]
    own = [[categories.of(row)[0] for row in person.history] for person in people if len(person.history) >= 12]
    favourite = np.mean([max(map(names.count, names)) / len(names) for names in own])
    mixed = [name for names in own for name in names]
    assert favourite > 3 * max(map(mixed.count, set(mixed))) / len(mixed)


def test_the_same_seed_gives_the_same_shop(tmp_path: Path) -> None:
    """Tables are a function of size and seed."""
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        prepare_shop(1_000, seed, tmp_path / name)
    for file in ("items.parquet", "ratings.parquet"):
        one, same, other = (pq.read_table(tmp_path / name / file) for name in ("one", "same", "other"))
        assert one.equals(same) and not one.equals(other)


def test_a_shop_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption while people are drawn leaves no folder behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shop, "draw_ratings", interrupt)
    with pytest.raises(KeyboardInterrupt):
        prepare_shop(1_000, 0, tmp_path / "shop")
    assert not list(tmp_path.iterdir())


def test_names_of_shops_are_read(tmp_path: Path) -> None:
    """Size and seed come from the name; other names are other worlds; what cannot be is said in one sentence."""
    assert read_shop_name("shop") == ShopName(10_000, 0)
    assert read_shop_name("shop:1_000_000:7") == ShopName(1_000_000, 7)
    assert str(ShopName(1_000_000, 7)) == "shop:1000000:7" and str(ShopName()) == "shop"
    assert read_shop_name("films") is None and read_shop_name("shop.toml") is None
    for wrong in ("shop:10", "shop:ten", "shop:99999999999"):
        with pytest.raises(CatalogueError):
            load_world(wrong, cache=tmp_path)
