"""Chatter states nothing; what wishes, points or asks for another feed is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.chatter import Chatter, is_chatter, read_chatter
from stillroom.agents.command.missed import misses_title
from stillroom.data.catalogue import Catalogue
from stillroom.simulators.wording_bank import SLOT, Role, load_bank


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("these are terrible", Chatter.COMPLAINT),
        ("ugh, these suck", Chatter.COMPLAINT),
        ("Boring!", Chatter.COMPLAINT),
        ("I don't like any of these", Chatter.COMPLAINT),
        ("can you recommend a movie", Chatter.START),
        ("what should i watch tonight?", Chatter.START),
        ("I love cinema", Chatter.START),
        ("nice colours!", Chatter.PRAISE),
        ("no thanks", Chatter.REFUSAL),
        ("do you have anything on netflix?", Chatter.SERVICE),
        ("do you have free shipping?", Chatter.SERVICE),
        ("these are terrible, show me others", Chatter.NONE),
        ("these are too long", Chatter.NONE),
        ("nothing boring", Chatter.NONE),
        ("no boring stuff", Chatter.NONE),
        ("no boring", Chatter.NONE),
        ("can you recommend a comedy", Chatter.NONE),
        ("i love french cinema", Chatter.NONE),
        ("nice colours, but cheaper", Chatter.NONE),
        ("no thanks, something funny", Chatter.NONE),
        ("a film about netflix", Chatter.NONE),
        ("do you have anything with Tom Hanks?", Chatter.NONE),
        ("", Chatter.NONE),
    ],
)
def test_what_it_is(command: str, kind: Chatter) -> None:
    assert read_chatter(command) is kind


def test_no_wish_of_the_bank_is_chatter() -> None:
    wishes = [SLOT.sub("drama", p.text) for p in load_bank().patterns if p.group.role is Role.CLAUSE]
    assert [text for text in wishes if is_chatter(text)] == []


def test_why_not_a_whole_title_misses_it(tiny: Catalogue) -> None:
    title = tiny.titles[3]
    assert misses_title(f"Why not {title}?", tiny)
    assert not misses_title(f"why not something like {title}?", tiny)
    assert not misses_title("why not something shorter", tiny)


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert read_chatter(text) in Chatter
