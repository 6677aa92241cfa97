"""The books world: the most rated works of Book-Crossing, as one table and its schema.

Contract: `prepare_books` returns the schema and a folder in the cache with `items.parquet` and `ratings.parquet`, built
once from the pinned archive. Editions of a work are one item. Only what the data says is there: author, publisher, year
of the earliest edition, scores. It has no genres, no texts and no times; a seeded random order of each person's ratings
takes the place of time, so the split into earlier and later likes is a random one.
"""

from __future__ import annotations

import hashlib
import html
import re
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stillroom.data.building import building
from stillroom.data.fetch import Fetcher
from stillroom.data.interactions import Interactions, before_split
from stillroom.data.schema import CatalogueSchema, load_schema

N_BOOKS = 9_000
_VERSION = "1"
_COLUMNS = ["ISBN", "Book-Title", "Book-Author", "Year-Of-Publication", "Publisher"]
_MIN_RATINGS = 5
_MIN_WORKS = 15
_PRIOR_RATINGS = 5.0
_LIKE_AT = 4.0
_SEED = 2004
_LAST_YEAR = 2004
_EDITION = re.compile(r"\s*[(\[][^()\[\]]*(?:[(\[][^()\[\]]*[)\]][^()\[\]]*)*[)\]]\s*$")
_SUBTITLE = re.compile(r"\s*[:;,-]\s*(?:an?|the)\s+(?:\w+\s+)?(?:novel|novella|memoir|thriller|mystery)\s*$", re.I)
_INITIAL = re.compile(r"\b([A-Z])\.\s*(?=[A-Z])")
# Letters that were decoded wrongly before the data was published, and cannot be restored.
_BROKEN = "\u00c3"
_NOT_WORD = re.compile(r"\W+")
# What the trade adds to a house's name, by which one house has many spellings.
_TRADE_TEXT = """
    inc ltd pub pubs publishing publishers publications publisher group company corporation corp co press pr books book
    usa uk trade paper paperback paperbacks mass market mm p division
    """
_TRADE = frozenset(_TRADE_TEXT.split())


def prepare_books(fetcher: Fetcher) -> tuple[CatalogueSchema, Path]:
    """Return the books world's schema and the folder of its table; raise ArtefactError when it cannot be had."""
    raw = fetcher.fetch("book-crossing")
    key = hashlib.sha256(f"{_VERSION}:{N_BOOKS}".encode()).hexdigest()[:8]
    folder = fetcher.cache / "worlds" / f"books-{key}"
    if not (folder / "ratings.parquet").exists():
        _build(folder, raw)
    with resources.as_file(resources.files("stillroom.data") / "worlds" / "books.toml") as path:
        return load_schema(path), folder


def books_table(raw: Path, n_books: int = N_BOOKS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the items' and the ratings' tables from the folder of the raw files."""
    editions = _editions(raw / "BX-Books.csv")
    rated = _read(raw / "BX-Book-Ratings.csv").rename(columns={"User-ID": "user", "Book-Rating": "score"})
    rated = rated.merge(editions[["ISBN", "work"]], on="ISBN")
    rated["score"] = pd.to_numeric(rated["score"])
    # A score of 0 stands for a book that somebody has, without saying how it was.
    scored = rated[rated["score"] > 0].drop_duplicates(["user", "work"])
    counts = scored["work"].value_counts()
    kept = counts.sort_index().sort_values(ascending=False, kind="stable").index[:n_books]
    items = _works(editions[editions["work"].isin(set(kept))], rated["ISBN"].value_counts(), kept)
    item_of = dict(zip(items["work"], items["id"], strict=True))
    ratings = _with_order(scored[scored["work"].isin(item_of)].assign(item=lambda rows: rows["work"].map(item_of)))
    items["rating"] = _rating(items, ratings)
    items["fame"] = items["work"].map(rated["work"].value_counts()).fillna(0.0).astype(float)
    return items.drop(columns="work"), ratings


def title_of(raw: str) -> str:
    """Return a book's title as one says it: without what names the edition, and without "a novel"."""
    title = " ".join(html.unescape(raw).split())
    while (bare := _SUBTITLE.sub("", _EDITION.sub("", title))) != title and bare:
        title = bare
    return _as_written(title)


def author_of(raw: str) -> str:
    """Return an author's name with initials apart, and not in capitals throughout."""
    return _as_written(_INITIAL.sub(r"\1. ", " ".join(html.unescape(raw).split())))


def house_of(raw: str) -> str:
    """Return a publisher's name without the trade's additions: "Penguin Books Ltd" is Penguin."""
    words = html.unescape(raw).split()
    while len(words) > 1 and _NOT_WORD.sub("", words[-1]).casefold() in _TRADE:
        words.pop()
    return "" if any(_BROKEN in word for word in words) else " ".join(words).strip(" .,&")


def _as_written(name: str) -> str:
    return name.title() if name.isupper() and len(name) > 4 else name


def _read(path: Path) -> pd.DataFrame:
    keep = None if path.name.endswith("Ratings.csv") else _COLUMNS
    return pd.read_csv(
        path, usecols=keep, sep=";", encoding="latin-1", escapechar="\\", dtype=str, keep_default_na=False
    )


def _editions(path: Path) -> pd.DataFrame:
    raw = _read(path)
    titles = [title_of(title) for title in raw["Book-Title"]]
    authors = [author_of(author) for author in raw["Book-Author"]]
    years = pd.to_numeric(raw["Year-Of-Publication"], errors="coerce")
    editions = pd.DataFrame(
        {
            "ISBN": raw["ISBN"],
            "title": titles,
            "author": authors,
            "year": years.where((years > 0) & (years <= _LAST_YEAR)),
            "publisher": [house_of(house) for house in raw["Publisher"]],
            "work": [f"{_key(title)}|{_key(author)}" for title, author in zip(titles, authors, strict=True)],
        }
    )
    broken = (editions["title"] + editions["author"]).str.contains(_BROKEN, regex=False)
    return editions[(editions["title"] != "") & (editions["author"] != "") & ~broken]


def _key(text: str) -> str:
    return _NOT_WORD.sub(" ", re.sub("['\u2019.]", "", text)).strip().casefold()


def _works(editions: pd.DataFrame, counts: pd.Series[int], kept: pd.Index[str]) -> pd.DataFrame:
    """Return one row a work, in the order of `kept`: its most rated edition, but the earliest year."""
    order = editions.assign(n=editions["ISBN"].map(counts).fillna(0)).sort_values(
        ["n", "ISBN"], ascending=[False, True]
    )
    works = order.drop_duplicates("work").set_index("work").loc[kept]
    works["year"] = editions.groupby("work")["year"].min().loc[kept]
    house = works["publisher"].map(_key)
    sizes, spelled = house.value_counts(), works["publisher"].groupby(house).agg(_commonest)
    works["publisher"] = house.map(spelled).where((house != "") & (house.map(sizes) >= _MIN_WORKS), "")
    works = works.rename_axis("work").reset_index().rename(columns={"ISBN": "id"})
    return works[["id", "work", "title", "author", "year", "publisher"]]


def _commonest(values: pd.Series[str]) -> str:
    counts = values.value_counts()
    return str(min(counts[counts == counts.iloc[0]].index))


def _with_order(scored: pd.DataFrame) -> pd.DataFrame:
    """Return user, item, stars and a random order, of people with enough ratings; the same on every machine."""
    often = scored["user"].map(scored["user"].value_counts()) >= _MIN_RATINGS
    ratings = scored[often].sort_values(["user", "item"]).reset_index(drop=True)
    order = np.random.default_rng(_SEED).permutation(len(ratings))
    stars = ratings["score"].astype(float) / 2
    return pd.DataFrame({"user": ratings["user"], "item": ratings["item"], "rating": stars, "time": order})


def _rating(items: pd.DataFrame, ratings: pd.DataFrame) -> pd.Series[float]:
    """Return stars: the mean before the splits, shrunk towards the overall mean."""
    past = ratings[_before_split(ratings)]
    by_book = past.groupby("item")["rating"].agg(["sum", "count"])
    total, count = (items["id"].map(by_book[name]).fillna(0.0) for name in ("sum", "count"))
    overall = float(past["rating"].mean())
    return ((total + _PRIOR_RATINGS * overall) / (count + _PRIOR_RATINGS)).round(2)


def _before_split(ratings: pd.DataFrame) -> NDArray[np.bool_]:
    users, names = pd.factorize(ratings["user"])
    items, _ = pd.factorize(ratings["item"])
    return before_split(
        Interactions(
            tuple(map(str, names)),
            users.astype(np.int32),
            items.astype(np.int32),
            ratings["rating"].to_numpy(dtype=np.float32),
            ratings["time"].to_numpy(dtype=np.int64),
            _LIKE_AT,
        )
    )


def _build(folder: Path, raw: Path) -> None:
    items, ratings = books_table(raw)
    with building(folder) as scratch:
        items.to_parquet(scratch / "items.parquet", index=False)
        ratings.to_parquet(scratch / "ratings.parquet", index=False)
