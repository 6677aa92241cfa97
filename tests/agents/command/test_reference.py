"""What words refer to: places in the feed, titles, descriptions, people, themes, and things that are nowhere."""

from __future__ import annotations

import pytest

from stillroom.agents.command import resolve
from stillroom.agents.requests import ShownItem
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue

PLACES = (3, 12, 27, 44)


@pytest.fixture
def feed(tiny: Catalogue) -> tuple[ShownItem, ...]:
    return tuple(
        ShownItem(position, tiny.ids[row], tiny.titles[row], int(tiny.numbers["year"][row]), tiny.sets["genre"].of(row))
        for position, row in enumerate(PLACES, start=1)
    )


def resolved(line: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> str:
    return encode_edit(resolve(decode_edit(line), feed, tiny).edit)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("wish item like #2", f"wish item like {'{1}'}"),
        ("ban item = #4", f"ban item = {'{3}'}"),
        ("wish item like {0}", "wish item like {0}"),
        ("wish person = okafor", "wish person = Esme Okafor"),
        ("ban person = ADA REEDHAM", "ban person = Ada Reedham"),
        ("must person = Nobody Atall", "must person = Nobody Atall"),
        ("wish tag = zombies", "wish tag = zombie"),
        ("wish tag = Slow-Burn", "wish tag = slow burn"),
        ("avoid tag = beekeeping", "avoid tag = beekeeping"),
        ("wish tag = salt & pepper", "wish tag = salt and pepper"),
        ("must year = 1999", "must year = 1999"),
    ],
)
def test_words_become_what_they_mean(said: str, means: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    titles = [item.title for item in feed]
    assert resolved(said.format(*titles), feed, tiny) == means.format(*titles)


def test_a_title_is_found_without_case_and_with_a_slip(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    title = feed[2].title
    slip = title.lower().replace(title[1], "", 1)
    assert resolved(f"wish item like {slip}", feed, tiny) == f"wish item like {title}"
    far = tiny.titles[60]
    assert resolved(f"wish item like {far.upper()}", feed, tiny) == f"wish item like {far}"


def test_the_one_by_somebody_is_the_only_shown_one_by_them(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    names = {item.title: tiny.sets["person"].of(row) for item, row in zip(feed, PLACES, strict=True)}
    once = [
        (name, title)
        for title, own in names.items()
        for name in own
        if sum(name in others for others in names.values()) == 1
    ]
    assert once
    for name, title in once:
        surname = name.split()[-1].lower()
        assert resolved(f"wish item like the {surname} one", feed, tiny) == f"wish item like {title}"


def test_a_place_that_is_not_shown_is_dropped_with_a_note(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    found = resolve(decode_edit("ban item = #9\nban genre = Horror"), feed, tiny)
    assert encode_edit(found.edit) == "ban genre = Horror"
    assert found.notes == ("item #9: nothing in the feed is meant",)


def test_an_item_that_is_none_becomes_a_theme(feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    assert resolved("wish item like the weird beekeeping one", feed, tiny) == "wish tag = weird beekeeping"


def test_a_feed_from_elsewhere_is_looked_at_by_what_it_says(tiny: Catalogue) -> None:
    foreign = (ShownItem(1, "not-ours", "Qwertz", 1988, ("Western",)), ShownItem(2, "", "Uiop", 1999, ("Drama",)))
    assert resolved("wish item like the western one", foreign, tiny) == "wish item like Qwertz"
    assert resolved("wish item like the 1999 one", foreign, tiny) == "wish item like Uiop"


@pytest.mark.parametrize(
    "line", ["must colour = red", "must year = soon", "wish year <=", "must genre > 3", "ban tag = 7"]
)
def test_what_makes_no_sense_here_is_dropped(line: str, feed: tuple[ShownItem, ...], tiny: Catalogue) -> None:
    found = resolve(decode_edit(line), feed, tiny)
    assert found.edit.add == () and len(found.notes) == 1
