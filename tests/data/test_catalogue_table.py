"""The generic loader: a table and a schema in, a catalogue out, or one sentence that names the wrong cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.worlds import load_world

SCHEMA = """
name = "shelf"
noun = "book"
table = "items.csv"
[item]
text = ["blurb"]
[facets.genre]
kind = "categorical"
[facets.year]
kind = "number"
minimum = 1000
maximum = 2100
[facets.person]
kind = "person"
columns = ["author", "translator"]
[facets.tag]
kind = "tag"
[facets.popularity]
kind = "popularity"
[interactions]
file = "ratings.csv"
"""
HEADER = "id,title,blurb,genre,year,author,translator,tag"
ROWS = (
    "a,The Odyssey,A man sails home,Epic|Adventure,1614,Homer,Emily Wilson,sea|war",
    "b,The Iliad,A siege,epic,1611,Homer,Robert Fagles,War",
    "c,Emma,A matchmaker errs,Comedy,1815,Jane Austen,,love",
    "d,Untitled,,,0,,,",
)
RATINGS = ("user,item,rating,time", *(f"u{user},{item},5,{time}" for user in (1, 2) for time, item in enumerate("abc")))


class LetterEncoder:
    """Encodes a text as the counts of its letters: enough to tell texts apart without weights."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows of shape (len(texts), 26)."""
        counts = np.array([[text.casefold().count(chr(97 + n)) for n in range(26)] for text in texts], dtype=np.float32)
        norms = np.linalg.norm(counts, axis=1, keepdims=True) if len(texts) else 1.0
        return np.asarray(counts.reshape(len(texts), 26) / np.maximum(norms, 1e-9), dtype=np.float32)


def write(folder: Path, rows: Sequence[str] = ROWS, header: str = HEADER, schema: str = SCHEMA) -> Path:
    """Write a small catalogue and return its schema's path."""
    (folder / "items.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / "ratings.csv").write_text("\n".join(RATINGS) + "\n", encoding="utf-8")
    path = folder / "shelf.toml"
    path.write_text(schema, encoding="utf-8")
    return path


def load(path: Path) -> Catalogue:
    """Load a catalogue with letters for meaning, offline."""
    return load_world(str(path), cache=path.parent / "cache", offline=True, encoder=LetterEncoder())


def test_a_table_becomes_a_catalogue(tmp_path: Path) -> None:
    """Sets, numbers, texts, popularity and interactions come out aligned by row."""
    shelf = load(write(tmp_path))
    assert shelf.n_items == 4 and shelf.row_of("c") == 2
    assert shelf.sets["genre"].values == ("Adventure", "Comedy", "Epic")
    assert shelf.sets["genre"].mask("EPIC").tolist() == [True, True, False, False]
    assert not shelf.sets["genre"].mask("Western").any()
    assert shelf.sets["genre"].known.tolist() == [True, True, True, False]
    assert shelf.sets["person"].of(0) == ("Emily Wilson", "Homer")
    assert shelf.sets["tag"].counts.tolist() == [1, 1, 2]
    assert shelf.numbers["year"][:3].tolist() == [1614, 1611, 1815] and np.isnan(shelf.numbers["year"][3])
    assert shelf.schema.facets["genre"].values == ("Adventure", "Comedy", "Epic")
    assert shelf.popularity.max() > shelf.popularity[3] and shelf.popularity[3] == 0
    assert shelf.tag_vectors.shape == (3, 26) and shelf.text_vectors.shape == (4, 26)
    assert shelf.interactions is not None and shelf.interactions.n_interactions == 6


def test_parquet_reads_like_csv(tmp_path: Path) -> None:
    """The same table as Parquet gives the same catalogue."""
    import pandas as pd

    path = write(tmp_path, schema=SCHEMA.replace('table = "items.csv"', 'format = "parquet"\ntable = "items.parquet"'))
    pd.read_csv(tmp_path / "items.csv").to_parquet(tmp_path / "items.parquet")
    shelf = load(path)
    assert shelf.sets["genre"].values == ("Adventure", "Comedy", "Epic")
    assert shelf.numbers["year"][:3].tolist() == [1614, 1611, 1815]
    assert shelf.texts[3] == ""


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        (("a,X,,,19x5,,,",), HEADER, ("row 2", "year", "'19x5'")),
        ((*ROWS, "b,Again,,,1900,,,"), HEADER, ("row 6", "'b'", "row 3")),
        ((",X,,,1900,,,",), HEADER, ("row 2", "'id'")),
        (("a,,,,1900,,,",), HEADER, ("row 2", "'title'")),
        (("a,X,,,1900,,,",), HEADER.replace("year", "published"), ("'year'", "published")),
        ((), HEADER, ("no items",)),
        (("a,X,,,inf,,,",), HEADER, ("row 2", "year")),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, rows: tuple[str, ...], header: str, words: tuple[str, ...]) -> None:
    """An error says which file, row and column is wrong, in one sentence."""
    with pytest.raises(CatalogueError) as caught:
        load(write(tmp_path, rows, header))
    message = str(caught.value)
    assert "items.csv" in message and "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_table_and_world_are_named(tmp_path: Path) -> None:
    """A table that is not there and a world that is not known are one sentence each."""
    path = write(tmp_path)
    (tmp_path / "items.csv").unlink()
    with pytest.raises(CatalogueError, match="does not exist"):
        load(path)
    with pytest.raises(CatalogueError, match="films"):
        load_world("flims", cache=tmp_path)


def test_a_title_is_found_however_it_is_said(tmp_path: Path) -> None:
    """Case, article, year and a slip of the key do not hide a title; nonsense finds nothing."""
    shelf = load(write(tmp_path))
    for said in ("The Odyssey", "odyssey", "the odyssey (1614)", "Odysey"):
        assert shelf.resolve_title(said) == 0
    assert shelf.resolve_title("a man sails home") is None
    assert shelf.resolve_title("xyzzy") is None and shelf.resolve_title("") is None


def test_a_person_is_found_by_surname(tmp_path: Path) -> None:
    """A surname names the best known bearer; a slip of the key still does."""
    shelf = load(write(tmp_path))
    assert shelf.resolve_person("austen") == "Jane Austen"
    assert shelf.resolve_person("Jane Austin") == "Jane Austen"
    assert shelf.resolve_person("fagels") == "Robert Fagles"
    assert shelf.resolve_person("Tolstoy") is None
