"""films-renamed: other names, the same world."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from stillroom.data.inventions import invent_words
from stillroom.data.renamed import rename_table

ITEMS = pd.DataFrame(
    {
        "id": ["1", "2", "3", "4", "5"],
        "title": ["Toy Story", "Toy Story 2", "It", "$", "The Irishman"],
        "person": ["Tom Hanks|Tim Allen", "Tom Hanks", "", "Colin Hanks", "Tom Hanks"],
        "studio": ["Pixar", "Pixar", "", "", ""],
        "overview": [
            "Woody and Buzz fight. Tom Hanks speaks. A toy's life in Germany.",
            "Toy Story goes on; again Woody's friends, led by Woody, must hurry.",
            "It eats. Will they run?",
            "Money, and the FBI.",
            "He paints houses in the American north.",
        ],
        "tagline": ["", "", "", "", "A story."],
        "tag": ["toy|woody|friendship", "toy", "clown", "", "crime"],
        "country": ["United States", "Germany", "", "", "United States"],
        "language": ["English"] * 5,
        "genre": ["Animation"] * 5,
        "year": [1995, 1999, 2017, 1971, 2019],
    }
)


def values(frame: pd.DataFrame, column: str) -> list[list[str]]:
    """Return each item's values of a column."""
    return [cell.split("|") for cell in frame[column]]


def test_names_change_and_nothing_else() -> None:
    """Every title and person is another; ids, genres, numbers, countries and themes are as they were."""
    renamed = rename_table(ITEMS)
    same = ["id", "country", "language", "genre", "year"]
    pd.testing.assert_frame_equal(renamed[same], ITEMS[same])
    assert all(old != new for old, new in zip(ITEMS["title"], renamed["title"], strict=True))
    real = {word for name in (*ITEMS["title"], *ITEMS["person"]) for word in name.replace("|", " ").split()}
    people = " ".join(renamed["person"]).replace("|", " ").split()
    assert not real & set(people)
    assert renamed["tag"][2] == "clown" and renamed["tag"][0].startswith("toy|")


def test_the_map_is_one_to_one() -> None:
    """Equal names stay equal, different ones different, and shared words (a sequel, a surname) stay shared."""
    renamed = rename_table(ITEMS)
    for column in ("title", "person", "studio", "tag"):
        pairs = {
            (old, new)
            for olds, news in zip(values(ITEMS, column), values(renamed, column), strict=True)
            for old, new in zip(olds, news, strict=True)
        }
        assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs}), column
    assert renamed["title"][1] == f"{renamed['title'][0]} 2"
    assert renamed["person"][3].split()[1] == renamed["person"][1].split()[1]
    pd.testing.assert_frame_equal(renamed, rename_table(ITEMS))


def test_texts_name_nobody() -> None:
    """Known people, own titles and capitalised names leave the texts; places in facets and common words stay."""
    renamed = rename_table(ITEMS)
    text = " ".join(renamed["overview"])
    for name in ("Woody", "Buzz", "Tom", "Hanks", "Toy Story"):
        assert name not in text
    for word in ("fight", "Germany", "American", "FBI", "He paints houses", "Will they run"):
        assert word in text
    assert renamed["title"][0] in renamed["overview"][1] and renamed["person"][1] in renamed["overview"][0]


def changed(**columns: list[str]) -> pd.DataFrame:
    """Return the items with some columns replaced, renamed."""
    return rename_table(ITEMS.assign(**columns))


def test_capitals_within_a_word_tell_names_apart() -> None:
    """Titles that differ by their capitals alone stay different, and a shout stays a shout."""
    titles = changed(title=["Suburbia", "SubUrbia", "SUBURBIA", "suburbia", "subUrbia"])["title"].tolist()
    assert len(set(titles)) == 5 and len({title.casefold() for title in titles}) == 1
    assert titles[2].isupper() and titles[3].islower() and titles[0].istitle()


def test_tags_lose_names_and_keep_themes() -> None:
    """A full name goes as the person's does; a theme stays, though the texts only have it at a sentence's start."""
    overviews = ["Stalkers wait. He meets the U.S. Navy in Paris.", "Stalkers. Bill walks.", "He pays a bill.", "", ""]
    renamed = changed(
        person=["Bill Murray", "", "", "", ""],
        overview=overviews,
        tag=["bill murray|stalkers|u.s. navy", "bill", "paris", "pixar", ""],
    )
    name, theme, navy = renamed["tag"][0].split("|")
    assert name == renamed["person"][0].casefold() != "bill murray"
    assert theme == "stalkers" and navy.startswith("u.s. ") and renamed["tag"][1] == "bill"
    assert renamed["tag"][2] != "paris" and renamed["tag"][3] != "pixar"
    assert "the U.S. " in renamed["overview"][0] and "Paris" not in renamed["overview"][0]


@given(st.sets(st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=8), max_size=60))
def test_inventions_are_injective_and_stable(words: set[str]) -> None:
    """No two words share an invention, none is a real word, and the order of asking does not matter."""
    taken = frozenset(words)
    inventions = invent_words(words, taken)
    assert len(set(inventions.values())) == len({word.casefold() for word in words})
    assert not set(inventions.values()) & {word.casefold() for word in words}
    assert dict(inventions) == dict(invent_words(sorted(words, reverse=True), taken))
