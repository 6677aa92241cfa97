"""Records survive the way through JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.trajectory import (
    Alternative,
    Call,
    Episode,
    Json,
    Outcome,
    Score,
    ToolCallRecord,
    TrajectoryError,
    Turn,
)

# Lone surrogates are no text: the store replaces them, see test_store.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
whole = st.integers(0, 2**31 - 1)
real = st.floats(allow_nan=False, allow_infinity=False)
blob: st.SearchStrategy[dict[str, Json]] = st.dictionaries(
    text, st.none() | st.booleans() | whole | real | text | st.lists(text | real, max_size=2), max_size=2
)
blobs = st.lists(blob, max_size=2).map(tuple)
texts = st.lists(text, max_size=2).map(tuple)
values = st.none() | whole | real | text.map(lambda raw: " ".join(raw.split())).filter(bool)
constraints = st.builds(
    Constraint, st.sampled_from(Polarity), st.sampled_from(Strength), st.just("year"), st.sampled_from(Op), values
)
edits = st.builds(Edit.of, st.lists(constraints, max_size=2).map(tuple), st.lists(st.just("c1"), max_size=1).map(tuple))
scores = st.builds(Score, text, real)
calls = st.builds(
    Call, text, text, text, blobs, whole, whole, real, text, text, text, blob, text, texts, text
)  # fmt: skip
tools = st.builds(ToolCallRecord, text, st.none() | text, text, text, real)
maybe_edit = st.none() | edits
others = st.builds(Alternative, text, edits, text, texts)
turns = st.builds(
    Turn, whole, st.none() | text, text, blobs, blobs, blobs, blobs, maybe_edit, maybe_edit, maybe_edit, maybe_edit,
    maybe_edit, texts, texts, text, texts, real, st.lists(calls, max_size=2).map(tuple),
    st.lists(tools, max_size=2).map(tuple), st.lists(others, max_size=2).map(tuple), blob,
)  # fmt: skip


def numbered(listed: list[Turn]) -> tuple[Turn, ...]:
    return tuple(replace(turn, number=number) for number, turn in enumerate(listed))


episodes = st.builds(
    Episode, text, text, text, text, text, text, text, st.none() | text, st.none() | text, whole, text, real,
    st.sampled_from(Outcome), text, texts, blob, st.lists(turns, max_size=2).map(numbered),
    st.lists(scores, max_size=2).map(tuple),
)  # fmt: skip


@given(episodes)
@settings(max_examples=60, deadline=None)
def test_an_episode_survives_json(episode: Episode) -> None:
    assert Episode.from_json(json.loads(json.dumps(episode.to_json()))) == episode


def test_numbers_keep_their_type(episode_of: Callable[..., Episode]) -> None:
    again = Episode.from_json(json.loads(json.dumps(episode_of("k").to_json())))
    assert isinstance(again.turns[0].feed[6]["score"], float)
    assert isinstance(again.turns[0].feed[6]["position"], int)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda data: data.pop("key"), "key"),
        (lambda data: data.update(outcome="bored"), "outcome"),
        (lambda data: data["turns"][0].update(number="first"), "turns.0.number"),
        (lambda data: data["turns"][0]["gold_edit"].update(verdict="keep"), "turns.0.gold_edit"),
    ],
)
def test_a_spoilt_record_names_the_part(
    spoil: Callable[[dict[str, object]], object], named: str, episode_of: Callable[..., Episode]
) -> None:
    data = episode_of("k").to_json()
    spoil(data)
    with pytest.raises(TrajectoryError, match=named):
        Episode.from_json(data)


@given(st.recursive(st.none() | text | whole, lambda inner: st.lists(inner) | st.dictionaries(text, inner)))
@settings(max_examples=60, deadline=None)
def test_any_json_is_read_or_refused(data: object) -> None:
    with pytest.raises(TrajectoryError):
        Episode.from_json(data)


def test_what_an_episode_says_of_itself(episode_of: Callable[..., Episode]) -> None:
    episode = episode_of("k", n_turns=3)
    assert episode.n_rounds == 3
    assert episode.score("passed") == 1.0
    assert episode.score("nothing") is None
    assert ToolCallRecord("similar", "c4").call == "similar c4"
    assert ToolCallRecord("filter").call == "filter"
