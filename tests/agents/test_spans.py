"""What a student may copy: stretches of the command, all of them that a gold edit needs, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillroom.agents.grammar import FREE_TEXT
from stillroom.agents.spans import MAX_STARTS, MAX_WORDS, copied_text


@pytest.mark.parametrize(
    ("command", "copied"),
    [
        ("something by nolan, not tenet", "nolan"),
        ("something like the lost world: jurassic park tonight", "the lost world: jurassic park"),
        ("more like 12 angry men please", "12 angry men"),
        ("nolan's films only", "nolan"),
        ("like airplane! but newer", "airplane!"),
        ("e.t. the extra-terrestrial was great", "e.t. the extra-terrestrial"),
        ("zombie-free please", "zombie"),
        ("no sci-fi/horror mix", "sci-fi"),
        ("seven samurai or 七人の侍", "七人の侍"),
        ("SOMETHING SUBURBAN", "SUBURBAN"),
        ("9/11 films", "9/11"),
        ("that 80s feeling", "80s"),
        ("with Robert Downey Jr. in it", "Robert Downey Jr."),
        ("(500) days of summer was awful", "(500) days of summer"),
        ("when harry met sally..., again", "when harry met sally..."),
    ],
)
def test_what_was_said_can_be_copied(command: str, copied: str) -> None:
    assert re.fullmatch(copied_text(command), copied)


@pytest.mark.parametrize("invented", ["nolen", "christopher nolan", "films by", "by nolan not", "olan", "nol", "2", ""])
def test_what_was_not_said_cannot(invented: str) -> None:
    assert not re.fullmatch(copied_text("2 films, by nolan and not lynch"), invented)


def test_what_is_remembered_can_be_said_again() -> None:
    pattern = copied_text("make that one a must", ["Christopher Nolan", "1984", "a#b"])
    assert re.fullmatch(pattern, "Christopher Nolan")
    assert not re.fullmatch(pattern, "1984") and not re.fullmatch(pattern, "a#b")


def test_a_lone_number_is_no_name() -> None:
    pattern = copied_text("before 1984 or 1985")
    assert not re.fullmatch(pattern, "1984")
    assert re.fullmatch(pattern, "1984 or 1985")


def test_where_nothing_can_be_copied_anything_can_be_said() -> None:
    assert copied_text("1984") == FREE_TEXT
    assert copied_text("") == FREE_TEXT
    assert copied_text("word " * (MAX_STARTS + 1)) == FREE_TEXT


COMMANDS = st.text(
    st.sampled_from("abE .,!?'()-/:0123456789é七<#\"|*+[]{}\\^$") | st.characters(max_codepoint=0x24F), max_size=80
)


@settings(deadline=None)
@given(COMMANDS, st.data())
def test_a_match_is_free_text_out_of_the_command(command: str, data: st.DataObject) -> None:
    pattern = copied_text(command)
    if pattern == FREE_TEXT:
        return
    copied = data.draw(st.from_regex(pattern, fullmatch=True))
    assert copied in command
    assert re.fullmatch(FREE_TEXT, copied)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["war", "the", "12", "jaws", "don't", "sci-fi"]), min_size=1, max_size=20), st.data())
def test_every_stretch_of_words_can_be_copied(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 3, len(words) - 1)))
    stretch = " ".join(words[first : last + 1])
    if re.fullmatch(FREE_TEXT, stretch) and len(re.findall(r"\w+", stretch)) <= MAX_WORDS:
        assert re.fullmatch(copied_text(" ".join(words)), stretch)
