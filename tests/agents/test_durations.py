"""Lengths of time in a command: every way in which the wordings tell one, and what only looks like one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stillroom.simulators.lexicon as lexicon
from stillroom.agents.durations import in_minutes

VALUES = Path(lexicon.__file__).resolve().parent / "wordings" / "lexicon" / "values.toml"
DURATIONS = tomllib.loads(VALUES.read_text(encoding="utf-8"))["duration"]


@pytest.mark.parametrize(
    ("minutes", "words"), [(minutes, words) for minutes, forms in DURATIONS.items() for words in forms]
)
@pytest.mark.parametrize(
    "sentence", ["under {}", "nothing over {}, please", "i have {} tonight", "{} max and a western"]
)
def test_every_form_of_the_lexicon_tells_its_minutes(minutes: str, words: str, sentence: str) -> None:
    read = in_minutes(sentence.format(words))
    assert re.findall(r"\d+(?=[ -]?m)", read) == [minutes], read


@pytest.mark.parametrize("hours", range(1, 6))
@pytest.mark.parametrize("minutes", [0, 5, 11, 20, 59])
def test_hours_and_minutes_are_added_up(hours: int, minutes: int) -> None:
    assert in_minutes(f"under {hours}h{minutes:02d}!") == f"under {60 * hours + minutes} min!"
    if minutes:
        assert in_minutes(f"under {hours} hours and {minutes} minutes") == f"under {60 * hours + minutes} min"


@pytest.mark.parametrize(
    "command",
    [
        "127 hours",
        "one hour photo",
        "48 hrs. or the 25th hour",
        "90 minutes, no more",
        "four stars and 12 years a slave",
        "a half-hearted western",
        "seventy films",
        "the second hand",
        "h2o",
        "",
    ],
)
def test_what_only_looks_like_a_length_stays(command: str) -> None:
    assert in_minutes(command) == command


@pytest.mark.parametrize(
    ("command", "read"),
    [
        ("less than two hours, four stars", "less than 120 min, four stars"),
        ("under 2 hours from the 50's", "under 120 min from the 50's"),
        ("2 hours 90s comedies", "120 min 90s comedies"),
        ("two hours western", "120 min western"),
        ("an hour and a half, and a half baked plot", "90 min, and a half baked plot"),
        ("UNDER TWO HOURS TWENTY", "UNDER 140 min"),
        ("a 2-hour film", "a 120 min film"),
        ("a hundred and ten minutes or so", "110 min or so"),
    ],
)
def test_only_the_length_changes(command: str, read: str) -> None:
    assert in_minutes(command) == read


@given(st.text(max_size=200))
def test_any_text_is_read_and_reading_twice_changes_nothing(text: str) -> None:
    once = in_minutes(text)
    assert in_minutes(once) == once
