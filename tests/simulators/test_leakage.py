"""The audit hears a title however it is written, and does not mistake a word for one."""

from __future__ import annotations

import pytest

from stillroom.simulators.leakage import Leak, LeakageReport, Spoken, audit, find_leak


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Heat Wave (1990)", "something like heat wave please"),
        ("Godfather, The (1972)", "is the godfather in there?"),
        ("The Godfather", "more GODFATHER!"),
        ("Amélie (2001)", "amelie, maybe"),
        ("Fabuleux destin d'Amélie Poulain, Le (a.k.a. Amélie)", "amelie, maybe"),
        ("Schindler's List (1993)", "schindlers list"),
        ("Fast & Furious", "fast and furious"),
        ("Se7en (Seven)", "maybe se7en"),
        ("Star Wars: Episode IV - A New Hope (1977)", "star wars episode iv: a new hope"),
        ("12 Angry Men (1957)", "12 angry men."),
        ("2001: A Space Odyssey", "2001 a space odyssey"),
        ("Matrix, The", "the-matrix"),
    ],
)
def test_a_title_is_heard(title: str, text: str) -> None:
    assert find_leak(title, text) is Leak.TITLE


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Up (2009)", "an upbeat one, cheer me upwards"),
        ("Alien (1979)", "something with aliens"),
        ("Heat Wave (1990)", "the wave of heat"),
        ("Godfather, The (1972)", "the father, god"),
        ("Matrix, The", "the one"),
        ("", "anything"),
        ("...", "..."),
    ],
)
def test_other_words_are_no_title(title: str, text: str) -> None:
    assert find_leak(title, text) is None


@pytest.mark.parametrize(
    ("title", "text", "leak"),
    [
        ("Up (2009)", "cheer me up", Leak.COMMON_WORD),
        ("The Game (1997)", "a game of cat and mouse", Leak.COMMON_WORD),
        ("Star Wars: Episode IV - A New Hope (1977)", "nothing like star wars", Leak.MAIN_PART),
        ("Crime: The Story", "crime please", Leak.COMMON_WORD),
        ("Up (Upwards)", "upwards, then up", Leak.TITLE),
    ],
)
def test_what_proves_little_is_counted_apart(title: str, text: str, leak: Leak) -> None:
    assert find_leak(title, text) is leak


def test_the_report_counts_every_kind() -> None:
    spoken = [
        Spoken("Up (2009)", "cheer me up"),
        Spoken("Heat (1995)", "a heist film with Pacino"),
        Spoken("Zodiac (2007)", "not zodiac again"),
    ]
    report = audit(spoken)
    assert report.n_utterances == 3
    assert [report.count(leak) for leak in Leak] == [1, 0, 1]
    assert not report.is_clean
    assert audit(spoken[:2]).is_clean
    assert audit(spoken, common={"Zodiac"}).count(Leak.TITLE) == 1
    assert audit([]) == LeakageReport(0)
