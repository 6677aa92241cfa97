"""Questions: what only asks changes nothing, and what wishes in passing is left to the Parser."""

from __future__ import annotations

import pytest

from stillroom.agents.command.question import is_only_question
from stillroom.simulators.wording_bank import SLOT, Role, load_bank


@pytest.mark.parametrize(
    ("command", "only"),
    [
        ("why is the second one here?", True),
        ("why isn't Heat here?", True),
        ("just curious, why is the second one here?", True),
        ("why is number 2 on my list and not Heat?", True),
        ("why are there no comedies?", True),
        ("why can't i see Heat", True),
        ("whys it all documentaries", True),
        ("y no Heat", True),
        ("how come there's no comedy", True),
        ("why don't you show me comedies?", False),
        ("why can't we watch something shorter", False),
        ("why not something shorter", False),
        ("why is this so long? shorter please", False),
        ("which one is the shortest?", True),
        ("what's the oldest film here?", True),
        ("what is the latest batman film", False),
        ("which one is shortest?", True),
        ("tell me about number 2", True),
        ("tell me about the first world war", False),
        ("which is the shortest? show me only that", False),
        ("what can you do?", True),
        ("help me find a comedy", False),
    ],
)
def test_whether_it_only_asks(command: str, only: bool) -> None:
    assert is_only_question(command) is only


@pytest.mark.parametrize(
    ("command", "question"),
    [
        ("what do you know about me?", True),
        ("which of my rules are on?", True),
        ("did I say anything about westerns", True),
        ("why is the second one here?", True),
        ("explain number 3", True),
        ("what do you remember? forget the horror bit", False),
        ("why is there no comedy in here, give me some", False),
        ("did i say comedies? no, dramas", False),
        ("what have you got with Tom Hanks?", False),
        ("comedies", False),
        ("what comedies do you know", False),
        ("explain the ending of Gavotte", False),
    ],
)
def test_what_only_asks_and_can_change_nothing(command: str, question: bool) -> None:
    assert is_only_question(command) is question


def test_no_wish_of_the_bank_is_only_a_question() -> None:
    wishes = [SLOT.sub("drama", p.text) for p in load_bank().patterns if p.group.role is Role.CLAUSE]
    assert [text for text in wishes if is_only_question(text)] == []
