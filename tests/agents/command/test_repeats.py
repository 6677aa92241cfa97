"""A wish that is said again changes nothing, whatever a model makes of it; what is lifted goes."""

from __future__ import annotations

from typing import Any

import pytest

from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, merge


def read(tiny: Catalogue, model: Any, remembered: str, command: str) -> str:
    """Return what a command changes beside what is remembered."""
    held = merge(Preferences(), decode_edit(remembered)).preferences
    feed = tuple(ShownItem(at, str(at), tiny.titles[at], 1990, ()) for at in (1, 2))
    edit = Parser(model, tiny)(ParseRequest(command, feed, held)).edit
    return encode_edit(merge(held, edit).edit)


@pytest.mark.parametrize(
    ("remembered", "command", "reply"),
    [
        ("ban genre = Horror", "no horror", "drop c1"),
        ("ban genre = Horror", "I said no horror", "drop c1"),
        ("ban genre = Horror", "still no horror!", "drop c1"),
        ("ban genre = Horror", "absolutely no horror films", "drop c1\nban genre = Horror"),
        ("ban genre = Horror", "I hate horror", "drop c1"),
        ("must genre = Comedy", "only comedies", "drop c1\nmust genre = Comedy"),
        ("must runtime < 120", "under two hours please", "drop c1"),
        ("ban genre = Horror", "yes, still no horror", "drop c1"),
        ("ban genre = Horror", "scarier than these but still not horror", "drop c1"),
        ("ban genre = Horror", "not feeling films like that one, forget it. but still no horror", "drop c1"),
    ],
)
def test_what_is_said_again_stays(tiny: Catalogue, scripted: Any, remembered: str, command: str, reply: str) -> None:
    assert read(tiny, scripted(reply), remembered, command) == "keep"


def test_a_new_wish_beside_a_repeated_one_is_added(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("drop c1\nmust runtime < 120")
    assert read(tiny, model, "ban genre = Horror", "no horror, and under two hours") == "must runtime < 120"


def test_a_film_that_is_named_again_is_not_forgotten(tiny: Catalogue, scripted: Any) -> None:
    title = tiny.titles[1]
    model = scripted("drop c1\nwish genre = Comedy")
    said = read(tiny, model, f"wish item like {title}", f"something like {title} but a comedy")
    assert said == "wish genre = Comedy"


@pytest.mark.parametrize(
    ("remembered", "command", "reply"),
    [
        ("ban genre = Horror", "horror is fine again", "drop c1"),
        ("ban genre = Horror", "forget the no horror rule", "drop c1"),
        ("ban genre = Horror", "more horror", "drop c1"),
        ("ban genre = Horror", "stop hiding horror", "drop c1"),
        ("ban genre = Horror", "i said no horror, should have been no sci-fi", "drop c1"),
        ("ban genre = Horror", "no more ban on horror", "drop c1"),
        ("ban genre = Horror", "no horror? forget it, horror is good", "drop c1"),
        ("must genre = Comedy", "no comedies", "drop c1"),
        ("ban genre = Horror", "start over", "drop c1"),
        ("must runtime < 120", "length does not matter", "drop c1"),
    ],
)
def test_what_is_lifted_goes(tiny: Catalogue, scripted: Any, remembered: str, command: str, reply: str) -> None:
    assert read(tiny, scripted(reply), remembered, command) == "drop c1"


def test_a_relative_wish_that_is_said_again_goes_on_from_what_is_shown(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("drop c1\nwish runtime less")
    assert read(tiny, model, "wish runtime less", "shorter") != "keep"
