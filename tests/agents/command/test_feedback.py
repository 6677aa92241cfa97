"""Praise and blame of one shown item become a wish and a ban; other verdicts are left to the Parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.feedback import name_feedback
from stillroom.agents.requests import ShownItem
from stillroom.data.catalogue import Catalogue


@pytest.fixture(scope="module", name="feed")
def shown_feed(tiny: Catalogue) -> tuple[ShownItem, ...]:
    rows = (3, 12, 27, 44)
    return tuple(ShownItem(place, tiny.ids[row], tiny.titles[row]) for place, row in enumerate(rows, start=1))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("love the second one", "I liked the second one"),
        ("the third looks fun", "I liked the third one"),
        ("ooh, number 2 sounds really good!", "I liked the second one"),
        ("the last one looks great", "I liked the fourth one"),
        ("the last is rubbish", "hide the fourth one"),
        ("The second one was terrible", "hide the second one"),
        ("#1 sucks", "hide the first one"),
    ],
)
def test_a_verdict_on_a_place(tiny: Catalogue, feed: tuple[ShownItem, ...], command: str, said: str) -> None:
    assert name_feedback(command, feed, tiny) == said


def test_a_verdict_on_what_one_item_alone_is(tiny: Catalogue, feed: tuple[ShownItem, ...]) -> None:
    words = [item.title.split()[0].lower() for item in feed]
    only = next(word for word in words if words.count(word) == 1)
    place = ("first", "second", "third", "fourth")[words.index(only)]
    assert name_feedback(f"that {only} one is ugly", feed, tiny) == f"hide the {place} one"
    assert name_feedback("that zeppelin is ugly", feed, tiny) == "that zeppelin is ugly"


@pytest.mark.parametrize(
    "command",
    [
        "the ninth one is great",
        "the second one is too long",
        "the second one is not bad",
        "the second one looks fun but too long",
        "the second one is great, more like it",
        "the first half was boring",
        "do not love the second one",
        "these are great",
        "",
    ],
)
def test_other_verdicts_stay(tiny: Catalogue, feed: tuple[ShownItem, ...], command: str) -> None:
    assert name_feedback(command, feed, tiny) == command


@given(st.sampled_from(["", "the second ", "love ", "that "]), st.text(max_size=40))
def test_any_text_may_come_in(tiny: Catalogue, feed: tuple[ShownItem, ...], start: str, text: str) -> None:
    assert isinstance(name_feedback(f"{start}{text}", feed, tiny), str)
