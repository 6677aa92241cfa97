"""The films world: MovieLens ml-latest-small joined with The Movies Dataset and TMDB-5000, as one table and its schema.

Contract: `prepare_films` returns the schema and a folder in the cache with `items.parquet` and `ratings.parquet`, built
once from the pinned archives. MovieLens is needed; without an enrichment the world has fewer facets, and says so.
Ratings enter the `rating` facet only from before each person's split, so that no later like leaks into it.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from stillroom.data.artefact import ArtefactError
from stillroom.data.building import building
from stillroom.data.fetch import Fetcher
from stillroom.data.filmtexts import credits_of, metadata_of, split_title, tags_of
from stillroom.data.interactions import Interactions, before_split
from stillroom.data.schema import CatalogueSchema, load_schema

_VERSION = "1"
_NO_GENRES = "(no genres listed)"
_FORMATS = frozenset({"IMAX"})
_PRIOR_RATINGS = 5.0
_SEPARATOR = "|"


def prepare_films(fetcher: Fetcher) -> tuple[CatalogueSchema, Path]:
    """Return the films world's schema and the folder of its table; raise ArtefactError when MovieLens cannot be had."""
    ratings = fetcher.fetch("ml-latest-small")
    metadata = _optional(fetcher, "movies-metadata", "texts, languages, countries and keywords")
    people = _optional(fetcher, "movies-credits", "people")
    key = hashlib.sha256(f"{_VERSION}:{metadata is not None}:{people is not None}".encode()).hexdigest()[:8]
    folder = fetcher.cache / "worlds" / f"films-{key}"
    if not (folder / "ratings.parquet").exists():
        _build(folder, ratings, metadata, people)
    with resources.as_file(resources.files("stillroom.data") / "worlds" / "films.toml") as path:
        schema = load_schema(path)
    return without_missing(schema, metadata is not None, people is not None), folder


def without_missing(schema: CatalogueSchema, metadata: bool, people: bool) -> CatalogueSchema:
    """Return the schema without the facets that only the absent enrichments bring."""
    absent = set() if metadata else {"runtime", "language", "country"}
    if not people:
        absent.add("person")
    facets = {name: facet for name, facet in schema.facets.items() if name not in absent}
    item = schema.item if metadata else schema.item.model_copy(update={"text": ()})
    return schema.model_copy(update={"facets": facets, "item": item})


def films_table(ratings: Path, metadata: Path | None, people: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the items' and the ratings' tables from the folders of the raw files."""
    films = pd.read_csv(ratings / "movies.csv").merge(pd.read_csv(ratings / "links.csv"), on="movieId", how="left")
    rated = pd.read_csv(ratings / "ratings.csv").rename(
        columns={"userId": "user", "movieId": "item", "timestamp": "time"}
    )
    titles = [split_title(title) for title in films["title"]]
    items = pd.DataFrame(
        {
            "id": films["movieId"].astype(str),
            "tmdb": [str(int(number)) if number == number else "" for number in films["tmdbId"]],
            "title": [title.name for title in titles],
            "year": [title.year for title in titles],
            "genre": [_genres(text) for text in films["genres"]],
        }
    )
    if metadata is not None:
        items = items.merge(metadata_of(metadata, set(items["tmdb"])), on="tmdb", how="left")
        items["year"] = items["year"].fillna(items["released"])
    items["tag"] = tags_of(items, pd.read_csv(ratings / "tags.csv"), metadata)
    if people is not None:
        items["person"] = items["tmdb"].map(credits_of(people, set(items["tmdb"])))
    items["rating"], items["fame"] = _rating(items, rated), _fame(items, rated)
    return items.drop(columns=["released", "stars", "votes"], errors="ignore"), rated


def _optional(fetcher: Fetcher, name: str, what: str) -> Path | None:
    try:
        return fetcher.fetch(name)
    except ArtefactError as error:
        fetcher.notify(f"The films world goes without {what}: {error}")
        return None


def _build(folder: Path, ratings: Path, metadata: Path | None, people: Path | None) -> None:
    items, rated = films_table(ratings, metadata, people)
    with building(folder) as scratch:
        items.to_parquet(scratch / "items.parquet", index=False)
        rated.to_parquet(scratch / "ratings.parquet", index=False)


def _genres(text: str) -> str:
    genres = (genre for genre in text.split(_SEPARATOR) if genre != _NO_GENRES and genre not in _FORMATS)
    return _SEPARATOR.join(genres)


def _rating(items: pd.DataFrame, rated: pd.DataFrame) -> pd.Series[float]:
    """Return stars: the mean before the splits, shrunk towards TMDB's vote or the overall mean."""
    users, names = pd.factorize(rated["user"])
    everything = Interactions(
        tuple(map(str, names)),
        users.astype(np.int32),
        rated["item"].to_numpy(dtype=np.int32),
        rated["rating"].to_numpy(dtype=np.float32),
        rated["time"].to_numpy(dtype=np.int64),
    )
    past = rated[before_split(everything)]
    by_film = past.groupby("item")["rating"].agg(["sum", "count"])
    by_film.index = by_film.index.astype(str)
    total = items["id"].map(by_film["sum"]).fillna(0.0)
    count = items["id"].map(by_film["count"]).fillna(0.0)
    overall = float(past["rating"].mean())
    prior = items["stars"].fillna(overall) if "stars" in items else pd.Series(overall, index=items.index)
    return ((total + _PRIOR_RATINGS * prior) / (count + _PRIOR_RATINGS)).round(2)


def _fame(items: pd.DataFrame, rated: pd.DataFrame) -> pd.Series[float]:
    """Return the mean of two ranks: by MovieLens ratings and by TMDB votes."""
    counts = rated["item"].astype(str).value_counts()
    here = items["id"].map(counts).fillna(0).rank(pct=True)
    if "votes" not in items:
        return here
    return (here + items["votes"].fillna(0).rank(pct=True)) / 2
