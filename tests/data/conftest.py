"""Episodes of a believable size, made without any model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.trajectory import Call, Episode, Json, Outcome, Score, ToolCallRecord, Turn


def make_episode(key: str, n_turns: int = 5) -> Episode:
    """Return an episode with two model calls and five tool calls a turn."""
    edit = Edit.of((Constraint(Polarity.POSITIVE, Strength.HARD, "genre", Op.EQ, "Comedy"),), ("c1",))
    feed: tuple[dict[str, Json], ...] = tuple(
        {"position": place, "id": str(place), "title": f"Film {place}", "score": place / 7, "parts": {"match": 0.5}}
        for place in range(1, 11)
    )
    calls = tuple(
        Call(
            node=node,
            model="student:default",
            reply="must genre = Comedy",
            messages=({"role": "user", "content": "x" * 400},),
            n_tokens_in=150,
            n_tokens_out=8,
            latency_ms=41.5,
            adapter="default",
            prompt_profile="student",
            prompt_hash="ab12",
            sampling={"temperature": 0.0},
            finish_reason="stop",
            candidates=("must genre = Comedy",),
        )
        for node in ("parse", "plan")
    )
    tools = tuple(ToolCallRecord("similar", f"c{n}", "212 left", "", 0.4) for n in range(5))
    turns = tuple(
        Turn(
            number=number,
            command=f"wish {number} – “naïve”",
            reply="Noted.",
            feed_shown=feed,
            feed=feed,
            preferences_before=({"id": "c1", "facet": "genre"},),
            preferences_after=({"id": "c2", "facet": "genre"},),
            edit_said=edit,
            edit_proposed=edit,
            edit_effective=edit,
            gold_edit=edit,
            plan=("filter", "aggregate"),
            fallbacks=("parse: nothing is near 'zzz'",),
            act="add",
            wording_ids=("genre.must.3",),
            latency_ms=88.0,
            calls=calls,
            tool_calls=tools,
            state={"patience": 3},
        )
        for number in range(1, n_turns + 1)
    )
    return Episode(
        key=key,
        world="films",
        setting="MR",
        model="student:default",
        user="agenda",
        user_id="42",
        split="evaluation",
        target_id="7",
        target_title="Film 7",
        seed=7,
        started_at="2026-11-23T22:00:00",
        latency_ms=400.0,
        outcome=Outcome.SATISFIED,
        history=("1", "2"),
        state={"tastes": ["Comedy"]},
        turns=turns,
        scores=(Score("passed", 1.0), Score("rounds", float(n_turns))),
    )


@pytest.fixture
def episode_of() -> Callable[..., Episode]:
    """Return the maker of episodes."""
    return make_episode
