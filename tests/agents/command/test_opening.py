"""Opening words say nothing by themselves, whatever kind of command they open."""

from __future__ import annotations

import re

import pytest

from stillroom.agents.command.opening import is_only_polite, opening
from stillroom.agents.command.question import is_only_question
from stillroom.agents.command.undo import is_called_off, n_undone


@pytest.mark.parametrize("words", ["", "oh ", "ok, ", "hmm, wait. ", "sorry, please "])
def test_what_calls_off_or_asks_may_be_opened_by_any_of_them(words: str) -> None:
    assert is_called_off(f"{words}never mind")
    assert is_only_question(f"{words}why is the second one here?")


def test_a_no_opens_what_calls_off_but_no_question() -> None:
    assert is_called_off("no, never mind") and not is_only_question("no, why is the second one here?")


def test_what_opens_undoing_is_less() -> None:
    assert n_undone("oops, undo") == 1 and n_undone("actually no, undo") == 0


def test_an_opening_ends_where_its_words_end() -> None:
    opened = re.compile(opening("and"))
    ends = {text: found.end() for text in ("oh, and wait: no", "okay", "oklahoma") if (found := opened.match(text))}
    assert ends == {"oh, and wait: no": 12, "okay": 4, "oklahoma": 0}


@pytest.mark.parametrize(
    ("text", "polite"), [("", True), ("please, just can you ?", True), ("and now", True), ("no", False)]
)
def test_what_is_only_polite(text: str, polite: bool) -> None:
    assert is_only_polite(text) is polite
