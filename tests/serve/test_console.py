"""Nothing that a catalogue, a person or a model says is obeyed by the terminal, wherever it is shown."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from rich.text import Text

from stillroom.agents.requests import ShownItem
from stillroom.data.preferences import Preferences
from stillroom.data.store import EpisodeSummary
from stillroom.data.trajectory import Call, Episode, Outcome, Score, ToolCallRecord, Turn
from stillroom.serve.chat import ChatTurn, Chip
from stillroom.serve.chat_view import render_chips, render_feed, render_trace, render_turn
from stillroom.serve.console import Meter, SafeConsole, complain, safe, show, show_next
from stillroom.serve.solve_batch import solve_lines
from stillroom.serve.traces_view import render_episode, render_summaries
from stillroom.tools.feed import FeedItem

BAD = "\x1b]0;owned\x07\x1b[2J\x9b31m\x9d0;x\x9c\u202egnp\u2066\u2069\x08\x0b\r\x00\udcff"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\udc00-\udfff]")


def shown(renderable: RenderableType) -> str:
    out = StringIO()
    Console(file=out, width=200, markup=False, highlight=False, color_system=None).print(renderable)
    return out.getvalue()


def a_turn() -> Turn:
    call = Call(BAD, BAD, BAD, ({"role": BAD, "content": BAD},), error=BAD, candidates=(BAD + "2",), finish_reason=BAD)
    item = {"position": 1, "title": BAD, "reason": BAD, "score": BAD}
    return Turn(
        1,
        BAD,
        BAD,
        feed_shown=(item,),
        feed=(item,),
        preferences_before=({"id": "c1", "odd": BAD},),
        fallbacks=(BAD,),
        calls=(call,),
        tool_calls=(ToolCallRecord("similar", BAD, BAD, BAD, 1.0), ToolCallRecord(BAD, None, BAD, "", 1.0)),
        state={BAD: BAD, "candidates": [{"end": BAD}]},
        act=BAD,
        wording_ids=(BAD,),
    )


def an_episode() -> Episode:
    return Episode(
        BAD, BAD, "MR", BAD, target_title=BAD, error=BAD, state={BAD: BAD}, turns=(a_turn(),), scores=(Score(BAD, 1.0),)
    )


def views() -> list[RenderableType]:
    feed = (FeedItem(1, 0, "f0", BAD, 0.5, {}, BAD),)
    items = (ShownItem(1, "f0", BAD, 1999, (BAD,)),)
    turn = ChatTurn(a_turn(), feed, items, Preferences())
    summary = EpisodeSummary(BAD, "r", BAD, "w", BAD, BAD, "42", BAD, 3, Outcome.FAILED, 2500.0)
    chips = render_chips([Chip("c1", BAD, True, True)])
    episode, trace = render_episode(an_episode()), render_trace(a_turn())
    return [render_feed(feed, items), render_turn(turn), chips, trace, episode, render_summaries([summary])]


@pytest.mark.parametrize("number", range(6))
def test_no_view_lets_a_terminal_obey(number: int) -> None:
    text = shown(views()[number])
    assert "owned" in text, "the text itself is still there to read"
    assert not OBEYED.search(text)


def test_results_notes_and_complaints_are_safe(capsys: pytest.CaptureFixture[str]) -> None:
    show(BAD, Text(BAD))
    show_next(BAD)
    complain(BAD)
    with Meter() as meter:
        meter.note(BAD)
        meter(BAD, 1, 1, BAD)
    out, err = capsys.readouterr()
    assert "owned" in out and not OBEYED.search(out)
    assert "owned" in err and not OBEYED.search(err)


def test_a_safe_console_still_draws_in_colour() -> None:
    out = StringIO()
    SafeConsole(file=out, force_terminal=True, color_system="standard").print(Text(BAD, "bold"))
    assert out.getvalue().startswith("\x1b[1m") and "\x1b]" not in out.getvalue() and "\x1b[2J" not in out.getvalue()


def test_a_solved_question_is_printed_safely() -> None:
    class Graph:
        def invoke(self, _: object) -> dict[str, Any]:
            return {"answer": BAD, "steps": (), "stop": None}

    (line,) = solve_lines([b'{"id": "\\u001b]0;x", "question": "how many"}'], Graph())
    assert "owned" in line and not OBEYED.search(line)


@given(text=st.text(st.characters(codec=None), max_size=80))
def test_safe_text_is_shown_as_it_is_but_for_what_is_obeyed(text: str) -> None:
    kept = safe(text)
    assert not OBEYED.search(kept) and safe(kept) == kept
    if not OBEYED.search(text) and not re.search("[\ud800-\udfff]", text):
        assert kept == text


def test_lines_and_words_stay() -> None:
    assert safe("naïve — 黒澤\n\tשלום\r\n") == "naïve — 黒澤\n\tשלום\n"
