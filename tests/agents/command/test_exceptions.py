"""What is excepted from a wish is banned and the wish stays; what only looks like an exception stays word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.excepted import ban_excepted
from stillroom.agents.command.exceptions import name_exceptions
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("horror except zombies", "horror, no zombies"),
        ("Horror films, excluding zombies, please", "Horror films, no zombies, please"),
        ("crime apart from heists and courtrooms", "crime, no heists, no courtrooms"),
        ("westerns other than with Ada Reedham", "westerns, no Ada Reedham"),
        ("a western unless it stars Ada Reedham", "a western, no Ada Reedham"),
        ("comedies except for the romantic ones", "comedies, no romantic ones"),
        ("drama minus the revenge", "drama minus the revenge"),
        ("comedies, but not zombie or heist", "comedies, no zombie, no heist"),
        ("Reedham but not Amber Lanterns", "films by Reedham, no Amber Lanterns"),
        ("other than Reedham", "no Reedham"),
        ("anything other than a comedy", "no comedy"),
        ("horror movies no zombies", "horror movies, no zombies"),
    ],
)
def test_an_exception_is_a_ban_of_its_own(tiny: Catalogue, command: str, said: str) -> None:
    assert name_exceptions(command, tiny) == said


@pytest.mark.parametrize(
    "command",
    [
        "anything but horror",
        "i refuae everythong except romantic films",
        "drama but no song and dance",
        "drama except heists + old or new",
        "drama but no Amber Lanterns",
        "everything except horror",
        "no horror except zombies",
        "I don't like horror except zombies",
        "funny but not too silly",
        "long but no longer than 2 hours",
        "comedy but not before 1990",
        "comedies but not romantic",
        "all except the second one",
        "nobody other than Ada Reedham",
        "nothing but the truth",
        "Amber Lanterns",
        "horror unless it is too long",
        "horror except when it rains",
    ],
)
def test_what_is_no_exception_stays(tiny: Catalogue, command: str) -> None:
    assert name_exceptions(command, tiny) == command


@pytest.mark.parametrize(
    ("command", "reply", "meant"),
    [
        ("horror, no zombies", "ban genre = Horror", "wish genre = Horror\navoid tag = zombie"),
        ("horror, not Amber Lanterns", "wish genre = Horror\nban genre = Horror", "ban item = Amber Lanterns"),
        ("drama, but no zombies", "wish genre = Drama\nban genre = Crime", "wish genre = Drama\navoid tag = zombie"),
        ("drama, no crime", "wish genre = Drama\nban genre = Crime", "wish genre = Drama\nban genre = Crime"),
        ("no drama, no crime", "ban genre = Drama\nban genre = Crime", "ban genre = Drama\nban genre = Crime"),
        ("drama, no tears", "wish genre = Drama\nban genre = Romance", "wish genre = Drama\nban genre = Romance"),
    ],
)
def test_a_wish_is_not_banned_for_what_is_excepted(tiny: Catalogue, command: str, reply: str, meant: str) -> None:
    vocabulary = Vocabulary.of_catalogue(tiny, with_titles=False)
    request = ParseRequest(command, (), Preferences())
    assert meant in encode_edit(ban_excepted(decode_edit(reply), request, vocabulary, tiny))


@given(st.text(max_size=40), st.sampled_from([" except ", " but not ", ", no ", "other than "]), st.text(max_size=40))
def test_any_text_may_come_in(tiny: Catalogue, head: str, sign: str, what: str) -> None:
    assert isinstance(name_exceptions(f"{head}{sign}{what}", tiny), str)
