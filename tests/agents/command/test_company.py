"""What others hate is banned where nothing else is wished; what the person says of its own stays word for word."""

from __future__ import annotations

import pytest

from stillroom.agents.command.company import name_dislikes


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("my wife hates violence, we want to watch something together", "no violence"),
        ("My dad can't stand horror, pick something for us", "no horror"),
        ("my girlfriend hates horror and westerns, pick something", "no horror, no westerns"),
        ("my dad hates black and white, pick something", "no black and white"),
        ("date night with my gf, she hates horror", "date night with my gf, no horror"),
        ("my wife loves Nora Roberts, I don't", "no Nora Roberts"),
        ("my husband likes westerns but I can't stand them", "no westerns"),
    ],
)
def test_a_dislike_is_a_ban(command: str, said: str) -> None:
    assert name_dislikes(command) == said


@pytest.mark.parametrize(
    "command",
    [
        "my wife hates violence",
        "my wife hates violence, show me comedies",
        "she hates horror, I love it",
        "my wife loves Nora Roberts, I do too",
        "my dad hates it, pick something for us",
        "not with my gf, she hates horror",
    ],
)
def test_what_is_more_than_a_dislike_stays(command: str) -> None:
    assert name_dislikes(command) == command
