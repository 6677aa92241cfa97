"""The books world from raw files as Book-Crossing has them, in miniature."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stillroom.data.books import author_of, books_table, house_of, title_of
from stillroom.data.schema import load_schema

SCHEMA = Path(__file__).parents[2] / "data" / "worlds" / "books.toml"
BOOKS = """"ISBN";"Book-Title";"Book-Author";"Year-Of-Publication";"Publisher"
"1";"Emma (Oprah's Book Club (Paperback))";"JANE AUSTEN";"1996";"Penguin Books Ltd"
"2";"Emma: A Novel";"Jane Austen";"1983";"Penguin USA"
"3";"The \\"Firm\\"; &amp; Other";"J.R. Grisham";"0";"Dell Publishing Company"
"4";"Br\xc3\xc3ken";"Nobody";"1999";"Dell"
"""


def raw_files(folder: Path) -> Path:
    """Write three works (one in two editions, one with broken letters) and the scores of three people."""
    (folder / "BX-Books.csv").write_text(BOOKS, encoding="latin-1")
    rows = [("u1", "1", 10), ("u1", "2", 2), ("u1", "3", 8), ("u2", "2", 6), ("u2", "3", 0), ("u3", "4", 9)]
    lines = ['"User-ID";"ISBN";"Book-Rating"', *(f'"{user}";"{book}";"{score}"' for user, book, score in rows)]
    (folder / "BX-Book-Ratings.csv").write_text("\n".join(lines) + "\n", encoding="latin-1")
    return folder


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Girl with a Pearl Earring: A Novel", "Girl with a Pearl Earring"),
        ("Harry Potter and the Chamber of Secrets (Book 2)", "Harry Potter and the Chamber of Secrets"),
        ("Where the Heart Is (Oprah's Book Club (Paperback))", "Where the Heart Is"),
        ("Angels &amp; Demons", "Angels & Demons"),
        ("(500) Days", "(500) Days"),
        ("TEXASVILLE", "Texasville"),
    ],
)
def test_titles_are_read_as_one_says_them(raw: str, title: str) -> None:
    assert title_of(raw) == title


def test_names_have_one_spelling() -> None:
    assert author_of("J.K. Rowling") == author_of("J. K. Rowling") == "J. K. Rowling"
    assert author_of("JANE SMILEY") == "Jane Smiley"
    assert house_of("Penguin Books Ltd") == house_of("Penguin USA") == "Penguin"
    assert house_of("Press") == "Press"


def test_editions_become_one_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person counts once for a work, a score of 0 is none, broken letters are left out, the earliest year counts."""
    monkeypatch.setattr("stillroom.data.books._MIN_RATINGS", 1)
    monkeypatch.setattr("stillroom.data.books._MIN_WORKS", 1)
    items, ratings = books_table(raw_files(tmp_path), 10)
    assert items["title"].tolist() == ["Emma", 'The "Firm"; & Other']
    assert items["author"].tolist() == ["Jane Austen", "J. R. Grisham"]
    assert items["publisher"].tolist() == ["Penguin", "Dell"]
    assert items["year"][0] == 1983 and np.isnan(items["year"][1])
    assert sorted(zip(ratings["user"], ratings["rating"], strict=True)) == [("u1", 4.0), ("u1", 5.0), ("u2", 3.0)]
    assert items["fame"].tolist() == [3.0, 2.0]
    again = books_table(tmp_path, 10)[1]
    assert ratings.equals(again), "the order that stands for time is the same on every machine"


def test_the_schema_promises_what_the_table_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillroom.data.books._MIN_RATINGS", 1)
    items, ratings = books_table(raw_files(tmp_path), 10)
    schema = load_schema(SCHEMA)
    assert schema.interactions is not None
    for facet in schema.facets.values():
        assert set(facet.columns) <= set(items.columns)
    assert {schema.interactions.user, schema.interactions.item, schema.interactions.time} <= set(ratings.columns)
