"""Reading the films world's raw files: titles as MovieLens writes them, metadata, keywords and credits as TMDB does."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stillroom.data.languages import COMMON_COUNTRIES, LANGUAGES

_YEAR = re.compile(r"\s*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$")
_OTHER_TITLE = re.compile(r"\s+\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$")
_ARTICLE = re.compile(
    r"^(?P<rest>.+), (?P<article>The|A|An|La|Le|Les|El|Los|Las|Il|Lo|I|Gli|Der|Die|Das|Den|Det|Une?|L')$"
)
_N_ACTORS = 5
_MIN_FILMS_PER_TAG = 2
_MAX_TAG_WORDS = 5
_SEPARATOR = "|"
_NO_TEXTS = frozenset({"no overview found.", "no overview", "no movie overview available."})


@dataclass(frozen=True)
class FilmTitle:
    """A title as one says it, and the year that stood behind it."""

    name: str
    year: float | None


def split_title(raw: str) -> FilmTitle:
    """Read "American President, The (1995)" as "The American President" of 1995; other titles are dropped."""
    text = " ".join(raw.split())
    found = _YEAR.search(text)
    name = text[: found.start()] if found else text
    while (shorter := _OTHER_TITLE.sub("", name)) not in (name, ""):
        name = shorter
    moved = _ARTICLE.match(name)
    if moved:
        article = moved["article"]
        name = f"{article}{'' if article.endswith(chr(39)) else ' '}{moved['rest']}"
    return FilmTitle(name, float(found[1]) if found else None)


def metadata_of(folder: Path, tmdb_ids: set[str]) -> pd.DataFrame:
    """Return one row per film that is wanted: texts, runtime, language, country, collection, votes, stars, year."""
    raw = pd.read_csv(folder / "movies_metadata.csv", dtype=str, keep_default_na=False)
    raw = raw[raw["id"].isin(tmdb_ids)].drop_duplicates("id")
    votes = pd.to_numeric(raw["vote_count"], errors="coerce")
    stars = pd.to_numeric(raw["vote_average"], errors="coerce") / 2
    return pd.DataFrame(
        {
            "tmdb": raw["id"],
            "overview": raw["overview"].map(_text),
            "tagline": raw["tagline"].map(_text),
            "runtime": pd.to_numeric(raw["runtime"], errors="coerce"),
            "language": raw["original_language"].map(LANGUAGES).fillna(""),
            "country": raw["production_countries"].map(_countries),
            "collection": raw["belongs_to_collection"].map(_collection),
            "studio": raw["production_companies"].map(_names),
            "votes": votes,
            "stars": stars.where(votes > 0),
            "released": pd.to_numeric(raw["release_date"].str[:4], errors="coerce"),
        }
    )


def tags_of(items: pd.DataFrame, given: pd.DataFrame, metadata: Path | None) -> list[str]:
    """Return each film's tags, joined: TMDB's keywords and MovieLens tags in lower case, those that two films share."""
    tags: list[list[str]] = [[] for _ in range(len(items))]
    if metadata is not None:
        raw = pd.read_csv(metadata / "keywords.csv", dtype=str).drop_duplicates("id").set_index("id")["keywords"]
        for row, text in enumerate(items["tmdb"].map(raw)):
            tags[row] += [tag["name"] for tag in _parsed(text)]
    by_film = given.astype({"movieId": str, "tag": str}).groupby("movieId")["tag"].agg(list)
    for row, more in enumerate(items["id"].map(by_film)):
        tags[row] += more if isinstance(more, list) else []
    clean = [list(dict.fromkeys(filter(None, map(_tag, row)))) for row in tags]
    n_films = Counter(tag for row in clean for tag in row)
    return [_SEPARATOR.join(tag for tag in row if n_films[tag] >= _MIN_FILMS_PER_TAG) for row in clean]


def credits_of(folder: Path, tmdb_ids: set[str]) -> dict[str, str]:
    """Return, by TMDB id, a film's directors and its first five actors, joined."""
    raw = pd.read_csv(folder / "credits.csv", dtype=str)
    raw = raw[raw["movie_id"].isin(tmdb_ids)]
    people = {}
    for film, cast, crew in zip(raw["movie_id"], raw["cast"], raw["crew"], strict=True):
        directors = [person["name"] for person in json.loads(crew) if person["job"] == "Director"]
        actors = sorted(json.loads(cast), key=lambda person: int(person["order"]))[:_N_ACTORS]
        people[film] = _joined([*directors, *(person["name"] for person in actors)])
    return people


def _text(raw: str) -> str:
    text = " ".join(raw.split())
    return "" if text.casefold() in _NO_TEXTS else text


def _tag(raw: str) -> str:
    tag = " ".join(raw.replace(_SEPARATOR, " ").casefold().split()).strip(" .,;:!?\"'")
    return tag if len(tag) > 1 and len(tag.split()) <= _MAX_TAG_WORDS else ""


def _parsed(raw: object) -> list[dict[str, str]]:
    """Read the Python literal in which The Movies Dataset writes lists; what is cut off or empty is no list."""
    if not isinstance(raw, str) or not raw.startswith("["):
        return []
    try:
        parsed = ast.literal_eval(raw)
    except (ValueError, SyntaxError):
        return []
    return [entry for entry in parsed if isinstance(entry, dict)]


def _countries(raw: str) -> str:
    return _joined([COMMON_COUNTRIES.get(entry["iso_3166_1"], entry["name"]) for entry in _parsed(raw)])


def _names(raw: str) -> str:
    return _joined([entry["name"] for entry in _parsed(raw)])


def _collection(raw: str) -> str:
    return next((entry["name"] for entry in _parsed(f"[{raw}]")), "") if raw.startswith("{") else ""


def _joined(names: list[str]) -> str:
    cleaned = (" ".join(name.replace(_SEPARATOR, " ").split()) for name in names)
    return _SEPARATOR.join(dict.fromkeys(name for name in cleaned if name))
