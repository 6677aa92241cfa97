"""Moods and occasions become wishes that a model reads; negations, titles and catalogues without stories stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.moods import name_moods
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import Speech


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("i want to laugh", "something funny"),
        ("Make me laugh!", "something funny!"),
        ("make me laugh but nothing old", "something funny but nothing old"),
        ("no horror, make me laugh", "no horror, something funny"),
        ("i'd like a good cry tonight", "something sad"),
        ("I want to cry my eyes out", "something sad"),
        ("a tearjerker from the 90s", "something sad from the 90s"),
        ("sad movie", "something sad"),
        ("i need cheering up", "something feel-good"),
        ("i want it scarier", "something scary"),
        ("watching with my kids", "something for children"),
        ("i wanna be scared", "something scary"),
        ("something to cheer me up", "something feel-good"),
        ("we're in the mood for a feelgood film", "something feel-good"),
        ("i just want to turn my brain off", "something lighthearted"),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s almost Christmas", "christmas"),
        ("xmas film", "christmas"),
        ("no xmas films", "no christmas films"),
        ("its halloween", "halloween"),
        ("valentines day", "something romantic"),
        ("date night movie", "something romantic"),
        ("true story", "based on a true story"),
        ("a classic please", "something old and well rated"),
        ("old but good", "something old and well rated"),
        ("popular but old", "something popular, something older"),
        ("rom-coms", "something romantic and funny"),
        ("make it funnier", "something more funny"),
        ("blockbusters", "something popular"),
        ("something not boring", "no boring films"),
        ("in colour", "no black and white films"),
        ("something my kids can watch", "something for children"),
        ("my kids are watching with us, so no gore", "something for children, so no gore"),
        ("hi, safe for my 6 year old", "hi, something for children"),
    ],
)
def test_a_mood_is_said_as_a_wish(tiny: Catalogue, command: str, said: str) -> None:
    assert name_moods(command, tiny) == said


@pytest.mark.parametrize(
    "command",
    [
        "i don't want to laugh",
        "nothing that makes me cry",
        "not happy",
        "i'm not happy",
        "happy with these",
        "no tearjerkers",
        "no horror, sad",
        "sad and gory are out",
        "something less sad",
        "funnier than Superbad",
        "Happy Feet",
        "deep impact",
        '"make me laugh"',
        "a classic western",
        "no kids",
        "kids are annoying",
        "no kids stuff",
        "for children",
        "black and white",
        "two things: no deserts, and something with xmas",
        "I’m fine",
        "comedies",
        "",
    ],
)
def test_what_is_no_mood_stays(tiny: Catalogue, command: str) -> None:
    assert name_moods(command, tiny) == command


def test_a_title_in_capitals_is_no_mood(tiny: Catalogue) -> None:
    titled = replace(tiny, titles=("True Story", *tiny.titles[1:]))
    assert name_moods("True Story", titled) == "True Story"
    assert name_moods("true story", titled) == "based on a true story"


def test_a_shop_has_no_moods(tiny: Catalogue) -> None:
    tag = tiny.schema.facets["tag"].model_copy(update={"speech": Speech(own_themes=True)})
    own = tiny.schema.model_copy(update={"facets": {**tiny.schema.facets, "tag": tag}})
    none = tiny.schema.model_copy(update={"facets": {"genre": tiny.schema.facets["genre"]}})
    for schema in (own, none):
        assert name_moods("make me laugh", replace(tiny, schema=schema)) == "make me laugh"


@given(st.sampled_from(["", "make me laugh, ", "sad ", "my kids can "]), st.text(max_size=60))
def test_any_text_may_come_in(tiny: Catalogue, start: str, text: str) -> None:
    assert isinstance(name_moods(f"{start}{text}", tiny), str)
