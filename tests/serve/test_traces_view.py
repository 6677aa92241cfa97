"""An episode reads from top to bottom, and nobody's words are taken for markup."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console, RenderableType

from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.store import EpisodeSummary
from stillroom.data.trajectory import Call, Episode, Outcome, Score, ToolCallRecord, Turn
from stillroom.serve.traces_view import render_episode, render_summaries

WISH = Constraint(Polarity.POSITIVE, Strength.SOFT, "tag", Op.EQ, "x")
EDIT = Edit.of((Constraint(Polarity.NEGATIVE, Strength.HARD, "genre", Op.EQ, "Horror"),), ("c1",))


def shown(renderable: RenderableType, width: int = 160) -> str:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def an_episode() -> Episode:
    call = Call(
        "parse",
        "student:default",
        "drop c1\nban genre = Horror",
        messages=({"role": "user", "content": "[/red] no [bold]horror"}, {"content": [{"text": "block"}, "plain"]}),
        n_tokens_in=120,
        n_tokens_out=9,
        latency_ms=1234,
        sampling={"temperature": 0.0},
        candidates=("keep", "drop c1\nban genre = Horror"),
    )
    turn = Turn(
        1,
        "[/red] no horror",
        "Noted: no horror.",
        feed_shown=({"position": 1, "title": "Alien [1979]", "score": 0.5},),
        feed=({"position": 1, "title": "Paddington", "score": 0.25, "parts": {"match": 0.25}, "reason": "funny"},),
        preferences_before=(
            {"id": "c1", "polarity": "+", "strength": "soft", "facet": "tag", "op": "=", "value": "x"},
        ),
        preferences_after=({"id": "c2", "odd": 1},),
        edit_proposed=EDIT,
        edit_effective=EDIT,
        gold_edit=EDIT,
        fallbacks=("parse: nothing is near 'zzz'",),
        calls=(call,),
        tool_calls=(
            ToolCallRecord("filter", None, "212 left", "", 0.4),
            ToolCallRecord("similar", "c9", "there is no c9", "ToolError", 0.1),
        ),
    )
    return Episode(
        "user-1",
        "films",
        "MR",
        "student:default",
        target_title="Paddington (2014)",
        state={"tastes": ["Comedy", 0.5]},
        outcome=Outcome.SATISFIED,
        turns=(Turn(0), turn),
        scores=(Score("passed", 1.0),),
    )


def test_an_episode_reads_from_top_to_bottom() -> None:
    text = shown(render_episode(an_episode()))
    in_order = [
        "user-1", "Paddington (2014)", "tastes Comedy 0.5", "satisfied after 1 rounds", "opening", "turn 1",
        "Alien [1979]", "[/red] no horror", "c1 wish tag = x", "parse · student:default", "[/red] no [bold]horror",
        "block", "plain", "said", "ban genre = Horror", "candidate: keep", "120 → 9 tokens · 1.2 s · temperature 0",
        "took effect: drop c1 | ban genre = Horror", "filter", "212 left", "similar c9", "ToolError: there is no c9",
        "nothing is near 'zzz'", "c2 odd 1", "Paddington", "match 0.25 · funny", "Noted: no horror.", "passed",
    ]  # fmt: skip
    place = 0
    for piece in in_order:
        found = text.find(piece, place)
        assert found >= 0, f"{piece!r} is not shown after what comes before it:\n{text[place:]}"
        place = found


def test_a_bare_episode_is_shown() -> None:
    bare = Episode("k", "films", "SR", "rules", outcome=Outcome.FAILED, error="ModelError: no weights")
    text = shown(render_episode(bare), width=60)
    assert "failed after 0 rounds: ModelError: no weights" in text
    assert "none" in text


def test_the_list_has_one_line_an_episode() -> None:
    summary = EpisodeSummary("r/k", "r", "k", "films", "MR", "rules", "42", "[b]Up", 3, Outcome.GAVE_UP, 2500.0)
    lines = shown(render_summaries([summary, summary])).splitlines()
    assert len(lines) == 3
    assert lines[1].split() == ["r/k", "MR", "rules", "[b]Up", "3", "gave_up", "2.5", "s"]


def test_every_outcome_is_shown_and_a_task_has_steps() -> None:
    for outcome in Outcome:
        text = shown(render_episode(Episode("k", "w", "MR", "m", outcome=outcome)))
        assert f"{outcome.value} after" in text
    task = Episode("k", "mirror", "solve", "m", outcome=Outcome.ANSWERED, turns=(Turn(1, "How many?"), Turn(2)))
    text = shown(render_episode(task))
    assert "answered after 2 steps" in text and "turn 1" in text and "turn 2" in text and "opening" not in text


def test_candidates_of_a_step_show_their_question_once() -> None:
    calls = tuple(
        Call("act", "m", f"reply {number}", ({"role": "human", "content": "THE QUESTION"},)) for number in range(3)
    )
    text = shown(render_episode(Episode("k", "w", "solve", "m", turns=(Turn(1, calls=calls),))))
    assert text.count("THE QUESTION") == 1 and text.count("asked the same again") == 2 and "reply 2" in text


def test_what_became_of_candidates_is_shown_and_older_steps_say_less() -> None:
    found = [{"end": "answered", "observation": "", "answer": 41}, {"end": "raised", "observation": "[/red] no"}]
    new = Turn(1, "q", "", state={"votes": 1, "candidates": found})
    old = Turn(2, None, "", state={"votes": 1, "ends": ["answered", "raised"]})
    text = shown(render_episode(replace(an_episode(), turns=(new, old))))
    assert "state: votes 1\n" in text and "candidate 1: end answered, answer 41" in text
    assert "candidate 2: end raised, observation [/red] no" in text
    assert "state: votes 1, ends answered raised" in text
