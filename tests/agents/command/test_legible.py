"""What can be read at all."""

from __future__ import annotations

import pytest

from stillroom.agents.command.legible import has_words


@pytest.mark.parametrize(("command", "words"), [("x", False), ("?!", False), ("ok", True), ("7", True), ("🍿", False)])
def test_what_has_words(command: str, words: bool) -> None:
    assert has_words(command) is words
