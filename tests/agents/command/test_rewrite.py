"""Commands that lean on the feed are said so that they can be read without it; all others stay word for word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.rewrite import rewrite
from stillroom.agents.requests import ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import load_schema

FILMS = load_schema(Path(__file__).parents[3] / "data" / "worlds" / "films.toml")
PLACES = (3, 12, 27, 44)


@pytest.fixture(scope="module", name="tiny")
def tiny_films(tiny: Catalogue) -> Catalogue:
    """Return the tiny world, of whose numbers is talked as of films'."""
    facets = {
        name: facet.model_copy(update={"speech": FILMS.facets[name].speech})
        for name, facet in tiny.schema.facets.items()
        if name in FILMS.facets
    }
    return replace(tiny, schema=tiny.schema.model_copy(update={"facets": {**tiny.schema.facets, **facets}}))


@pytest.fixture
def feed(tiny: Catalogue) -> tuple[ShownItem, ...]:
    return tuple(
        ShownItem(position, tiny.ids[row], tiny.titles[row], int(tiny.numbers["year"][row]), tiny.sets["genre"].of(row))
        for position, row in enumerate(PLACES, start=1)
    )


def year(tiny: Catalogue, place: int) -> str:
    return f"{tiny.numbers['year'][PLACES[place - 1]]:.0f}"


def length(tiny: Catalogue, row: int) -> str:
    return f"{tiny.numbers['runtime'][row]:.0f} minutes"


@pytest.mark.parametrize("words", ["newer than the second one", "Newer than number 2", "newer than #2"])
def test_a_place_is_compared_by_its_year(words: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    assert rewrite(words, feed, tiny).lower() == f"newer than {year(tiny, 2)}"


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("at least as long as the second one is", "at least as long as {length} is"),
        ("nothing made before the second one was", "nothing made before {year} was"),
        ("as long as it is funny", "as long as it is funny"),
        ("nothing made before noon", "nothing made before noon"),
    ],
)
def test_as_long_as_and_made_before_an_item(
    words: str, read: str, feed: tuple[ShownItem, ...], tiny: Catalogue
) -> None:
    assert rewrite(words, feed, tiny) == read.format(length=length(tiny, PLACES[1]), year=year(tiny, 2))


@pytest.mark.parametrize(
    ("stars", "said"), [(4.2, "4.2"), (3.87, "3.87"), (4.0, "4"), (3.9215686, "3.9215686"), (68.99, "68.99")]
)
def test_a_value_is_exact_so_that_the_bound_leaves_the_item_out(
    stars: float, said: str, feed: tuple[ShownItem, ...], tiny: Catalogue
) -> None:
    ratings = tiny.numbers["rating"].copy()
    ratings[PLACES[1]] = stars
    some = replace(tiny, numbers={**tiny.numbers, "rating": ratings})
    assert rewrite("better rated than the second one", feed, some) == f"better rated than {said} stars"
    assert np.float32(said) == ratings[PLACES[1]]


def test_a_title_is_compared_by_its_value_shown_or_not(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    shown, far = feed[2].title, tiny.titles[60]
    assert rewrite(f"shorter than {shown}, please", feed, tiny) == f"shorter than {length(tiny, PLACES[2])}, please"
    assert (
        rewrite(f"funny and longer than {far} but new", feed, tiny)
        == f"funny and longer than {length(tiny, 60)} but new"
    )
    assert rewrite(f"nothing older than {shown}", feed, tiny) == f"nothing older than {year(tiny, 3)}"


def test_the_one_by_somebody_is_a_place(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    names = [set(tiny.sets["person"].of(row)) for row in PLACES]
    others = names[0] | names[1] | names[3]
    surname = next(name for name in sorted(names[2] - others) if not any(name.split()[-1] in other for other in others))
    words = f"more like the {surname.split()[-1]} one please"
    assert rewrite(words, feed, tiny) == "more like the third one please"
    assert rewrite(f"not the {year(tiny, 4)} film", feed, tiny) == "not the fourth one"


@pytest.mark.parametrize(
    "command",
    [
        "newer than 1999", "shorter than 90 minutes", "newer than these", "shorter than that", "longer than usual",
        "better than the first one", "less violent than anything", "the new one", "the other one", "the best film",
        "more like the nobody one", "older than Nosuchfilm", "than", "newer than ", "",
    ],
)  # fmt: skip
def test_what_needs_no_feed_stays_as_it_is(command: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    assert rewrite(command, feed, tiny) == command


def test_what_may_mean_two_items_stays_as_it_is(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    twins = (*feed, ShownItem(5, *[getattr(feed[0], name) for name in ("id", "title", "year", "genres")]))
    assert rewrite(f"like the {feed[0].year} one", twins, tiny) == f"like the {feed[0].year} one"


@given(command=st.text(max_size=120))
def test_no_text_breaks_it(command: str, tiny: Catalogue) -> None:
    assert isinstance(rewrite(command, (), tiny), str)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("hide the last two", "hide the third one and the fourth one"),
        ("The first three are dull", "the first one, the second one and the third one are dull"),
        ("nothing like the bottom 2 films, please", "nothing like the third one and the fourth one, please"),
        ("the last two decades", "the last two decades"),
        ("the first two hours are slow", "the first two hours are slow"),
        ("the last seven", "the last seven"),
        ("the last one", "the last one"),
    ],
)
def test_a_group_is_named_one_by_one(words: str, read: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    assert rewrite(words, feed, tiny) == read


def test_two_comparisons_are_both_read(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    words = "longer than the first one but newer than the second"
    assert rewrite(words, feed, tiny) == f"longer than {length(tiny, PLACES[0])} but newer than {year(tiny, 2)}"


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("the first two are fine, drop the rest", "drop the third one and the fourth one"),
        ("keep number 2, hide the others", "hide the first one, the third one and the fourth one"),
        ("drop the rest", "drop the rest"),
        ("comedies are fine, drop the rest", "comedies are fine, drop the rest"),
    ],
)
def test_the_rest_is_named_and_what_is_kept_is_no_wish(
    words: str, read: str, feed: tuple[ShownItem, ...], tiny: Catalogue
) -> None:
    assert rewrite(words, feed, tiny) == read


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("I meant no horror, not no comedy", "I meant no horror, comedy is fine"),
        ("not no comedy but drama", "not no comedy but drama"),
    ],
)
def test_not_no_takes_back_a_ban(words: str, read: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    assert rewrite(words, feed, tiny) == read


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("find me more like the second to last one", "find me more like the third one"),
        ("the last but one is dull", "the third one is dull"),
        ("i like 2 and 3, more of those", "i like number 2 and number 3, more of those"),
        ("more like 4", "more like number 4"),
        ("films like 3 idiots", "films like 3 idiots"),
        ("more like 2 hours", "more like 2 hours"),
        ("shorter than 3 hours", "shorter than 3 hours"),
        ("i like 2 or 3 of them", "i like 2 or 3 of them"),
        ("better than 4", "better than 4"),
    ],
)
def test_a_place_may_be_said_from_the_end_or_by_a_bare_number(
    words: str, read: str, feed: tuple[ShownItem, ...], tiny: Catalogue
) -> None:
    assert rewrite(words, feed, tiny) == read


def test_earlier_than_an_item_is_a_year(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    assert rewrite("made earlier than 2", feed, tiny) == f"made earlier than {year(tiny, 2)}"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("Starring Tom Hanks", "something starring Tom Hanks"),
        ("directed by Ida Lupino, please", "something directed by Ida Lupino, please"),
        ("set in space", "something set in space"),
        ("a film set in space", "a film set in space"),
        ("settle on a comedy", "settle on a comedy"),
    ],
)
def test_what_goes_on_from_no_noun_is_given_one(tiny: Catalogue, command: str, said: str) -> None:
    assert rewrite(command, (), tiny) == said
