"""The films world from raw files as their publishers write them, in miniature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from stillroom.data.fetch import Fetcher
from stillroom.data.films import films_table, without_missing
from stillroom.data.filmtexts import split_title
from stillroom.data.schema import load_schema
from stillroom.data.worlds import load_world

SCHEMA = Path(__file__).parents[2] / "data" / "worlds" / "films.toml"


@pytest.mark.parametrize(
    ("raw", "name", "year"),
    [
        ("American President, The (1995)", "The American President", 1995),
        ("City of Lost Children, The (Cité des enfants perdus, La) (1995)", "The City of Lost Children", 1995),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", 1995),
        ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
        ("Women of '69, Unboxed", "Women of '69, Unboxed", None),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
        ("Avventura, L' (Adventure, The) (1960)", "L'Avventura", 1960),
        ("Me, Myself & Irene (2000)", "Me, Myself & Irene", 2000),
    ],
)
def test_titles_are_read_as_one_says_them(raw: str, name: str, year: int | None) -> None:
    """The article moves to the front, the year and titles in other tongues leave."""
    title = split_title(raw)
    assert (title.name, title.year) == (name, year)


def raw_files(folder: Path) -> Path:
    """Write two films as the three publishers do."""
    pd.DataFrame(
        {"movieId": [1, 2], "title": ["Heat (1995)", "Nothing"], "genres": ["Action|IMAX", "(no genres listed)"]}
    ).to_csv(folder / "movies.csv", index=False)
    pd.DataFrame({"movieId": [1, 2], "imdbId": [1, 2], "tmdbId": [949, None]}).to_csv(folder / "links.csv", index=False)
    ratings = [(1, 1, 5.0, 10), (2, 1, 3.0, 11), (2, 2, 1.0, 12)]
    pd.DataFrame(ratings, columns=["userId", "movieId", "rating", "timestamp"]).to_csv(
        folder / "ratings.csv", index=False
    )
    tags = [(1, 1, "Heist", 1), (1, 2, "heist", 2), (2, 1, "alone", 3)]
    pd.DataFrame(tags, columns=["userId", "movieId", "tag", "timestamp"]).to_csv(folder / "tags.csv", index=False)
    film = {
        "id": "949",
        "overview": "A  thief meets Leigh.",
        "tagline": "",
        "runtime": "0.0",
        "original_language": "cn",
        "production_countries": "[{'iso_3166_1': 'US', 'name': 'United States of America'}]",
        "belongs_to_collection": "",
        "production_companies": "[{'name': 'Forward Pass', 'id': 1}]",
        "vote_average": "8.0",
        "vote_count": "100",
        "release_date": "1995-12-15",
    }
    pd.DataFrame([film, {**film, "id": "1997-08-20"}]).to_csv(folder / "movies_metadata.csv", index=False)
    pd.DataFrame({"id": [949], "keywords": ["[{'id': 1, 'name': 'bank'}]"]}).to_csv(
        folder / "keywords.csv", index=False
    )
    cast = [{"name": f"Actor {order}", "order": order} for order in reversed(range(7))]
    crew = [{"name": "Michael Mann", "job": "Director"}, {"name": "Someone", "job": "Editor"}]
    pd.DataFrame({"movie_id": [949], "cast": [json.dumps(cast)], "crew": [json.dumps(crew)]}).to_csv(
        folder / "credits.csv", index=False
    )
    return folder


def test_raw_files_become_one_table(tmp_path: Path) -> None:
    """Genres lose formats and placeholders, tags are shared by two films, people are directors and five actors."""
    raw = raw_files(tmp_path)
    items, rated = films_table(raw, raw, raw)
    heat, nothing = items.to_dict("records")
    assert heat["genre"] == "Action" and nothing["genre"] == ""
    assert heat["tag"] == "heist" and nothing["tag"] == "heist"
    assert heat["person"] == "Michael Mann|Actor 0|Actor 1|Actor 2|Actor 3|Actor 4"
    assert (
        heat["language"] == "Cantonese"
        and heat["country"] == "United States"
        and heat["overview"] == "A thief meets Leigh."
    )
    assert heat["rating"] == pytest.approx((8 + 5 * 4) / 7, abs=0.01)
    assert heat["fame"] > nothing["fame"] and len(rated) == 3


def test_without_enrichments_there_are_fewer_facets(tmp_path: Path) -> None:
    """MovieLens alone makes a world; the schema then promises no facet that it lacks."""
    raw = raw_files(tmp_path)
    items, _ = films_table(raw, None, None)
    schema = without_missing(load_schema(SCHEMA), metadata=False, people=False)
    assert set(schema.facets) == {"genre", "year", "rating", "popularity", "tag", "item"}
    assert schema.item.text == ()
    for facet in schema.facets.values():
        assert set(facet.columns) <= set(items.columns)


class Encoding:
    """Stands for MiniLM: a text's vector is its length, and what was asked is kept."""

    asked: list[str]

    def __init__(self, *_: object) -> None:
        """Take what the real one takes."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return rows of shape (len(texts), 2)."""
        Encoding.asked += texts
        return np.array([[len(text), 1] for text in texts], dtype=np.float32).reshape(len(texts), 2)


def test_the_renamed_world_loads_like_films_with_vectors_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same ratings and facets, other names; its own texts are encoded, once, and no real name is among them."""
    raw = raw_files(tmp_path)
    monkeypatch.setattr(Fetcher, "fetch", lambda *_: raw)
    monkeypatch.setattr("stillroom.data.worlds.MiniLmEncoder", Encoding)
    monkeypatch.setattr(Encoding, "asked", [], raising=False)
    films = load_world("films", tmp_path)
    n_asked = len(Encoding.asked)
    renamed = load_world("films-renamed", tmp_path)
    own = Encoding.asked[n_asked:]
    assert renamed.schema.name == "films-renamed" and renamed.ids == films.ids
    assert renamed.interactions is not None and films.interactions is not None
    assert renamed.interactions.items.tolist() == films.interactions.items.tolist()
    assert renamed.interactions.ratings.tolist() == films.interactions.ratings.tolist()
    assert renamed.sets["genre"].values == films.sets["genre"].values
    assert renamed.numbers["year"][0] == 1995 and renamed.popularity.tolist() == films.popularity.tolist()
    assert not set(renamed.titles) & set(films.titles)
    assert not set(renamed.sets["person"].values) & set(films.sets["person"].values)
    assert any("Action" in text for text in own) and not any("Leigh" in text for text in own)
    assert any("Leigh" in text for text in Encoding.asked[:n_asked])
    Encoding.asked.clear()
    again = load_world("films-renamed", tmp_path)
    assert Encoding.asked == [] and again.text_vectors.tolist() == renamed.text_vectors.tolist()


@pytest.mark.weights
def test_the_films_world_is_what_the_resources_say() -> None:
    """The real world has the counts of its publishers' readmes and answers by name."""
    films = load_world("films")
    assert films.n_items == 9125 and films.interactions is not None
    assert films.interactions.n_interactions == 100_004 and len(films.interactions.user_ids) == 671
    assert len(films.sets["genre"].values) == 18
    matrix = films.resolve_title("matrix")
    assert matrix is not None and films.titles[matrix] == "The Matrix" and films.numbers["year"][matrix] == 1999
    assert films.resolve_person("nolan") == "Christopher Nolan"
    assert films.text_vectors.shape == (9125, 384)
