"""Sessions: reproducible, truthful, without leaks, complete, and scored by what the user wanted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from stillroom.agents.command import resolve
from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.grammar import edit_grammar
from stillroom.agents.profiles import StudentProfile
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import Verdict
from stillroom.data.preferences import Preferences
from stillroom.data.trajectory import Episode, Outcome, Turn
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.leakage import find_leak
from stillroom.simulators.session import Seat, SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.truth import true_preferences
from stillroom.simulators.wording_bank import Split


def commands(episodes: tuple[Episode, ...]) -> list[tuple[Episode, Turn]]:
    return [(episode, turn) for episode in episodes for turn in episode.turns if turn.command is not None]


def timeless(episode: Episode) -> Episode:
    """Return the record without what a clock says."""
    turns = tuple(
        replace(
            turn,
            latency_ms=0.0,
            calls=tuple(replace(call, latency_ms=0.0) for call in turn.calls),
            tool_calls=tuple(replace(call, latency_ms=0.0) for call in turn.tool_calls),
        )
        for turn in episode.turns
    )
    return replace(episode, turns=turns, latency_ms=0.0, started_at="")


def test_the_same_seed_gives_the_same_session_and_another_another(
    tiny_stage: Stage, cards: tuple[UserCard, ...]
) -> None:
    runner = SessionRunner(tiny_stage.catalogue, tiny_stage.user(Split.TRAIN, COVERAGE), tiny_stage.expert_seat())
    again = SessionRunner(tiny_stage.catalogue, tiny_stage.user(Split.TRAIN, COVERAGE), tiny_stage.expert_seat())
    one = runner.run(cards[0], Setting.MULTI_ROUND, seed=5)
    assert timeless(one).to_json() == timeless(again.run(cards[0], Setting.MULTI_ROUND, seed=5)).to_json()
    other = runner.run(cards[0], Setting.MULTI_ROUND, seed=6)
    assert [turn.command for turn in one.turns] != [turn.command for turn in other.turns]


def test_what_was_said_satisfies_the_grammar_of_its_turn(tiny_stage: Stage, episodes: tuple[Episode, ...]) -> None:
    for _, turn in commands(episodes):
        assert turn.gold_said is not None
        before = Preferences.from_json(list(turn.preferences_before))
        said = encode_edit(turn.gold_said)
        free_text = StudentProfile().free_text(ParseRequest(turn.command or "", (), before))
        grammar = edit_grammar(tiny_stage.catalogue, before, free_text)
        assert re.fullmatch(grammar, said), (turn.command, said)


def test_what_was_said_means_the_gold_edit(tiny_stage: Stage, episodes: tuple[Episode, ...]) -> None:
    """Decode the said edit from its wire format, resolve it, and it is what took effect for the perfect reader."""
    for _, turn in commands(episodes):
        assert turn.gold_said is not None
        shown = tuple(ShownItem.from_json(dict(item)) for item in turn.feed_shown)
        resolved = resolve(decode_edit(encode_edit(turn.gold_said)), shown, tiny_stage.catalogue)
        assert resolved.notes == ()
        assert resolved.edit == turn.edit_proposed
        assert turn.edit_effective == turn.gold_edit
        assert turn.fallbacks == ()


def test_everything_the_user_adds_is_true_of_the_target(tiny_stage: Stage, episodes: tuple[Episode, ...]) -> None:
    """Recompute the truth here, from the arrays alone; a soft number is about the right value."""
    n_checked = 0
    for episode, turn in commands(episodes):
        row = tiny_stage.catalogue.row_of(episode.target_id or "")
        assert turn.gold_edit is not None
        for constraint in turn.gold_edit.add:
            if constraint.facet in tiny_stage.catalogue.sets and constraint.facet != "tag":
                column = tiny_stage.catalogue.sets[constraint.facet]
                assert (str(constraint.value) in column.of(row)) is constraint.is_positive, turn.command
                n_checked += 1
            elif constraint.facet in ("year", "runtime", "rating") and isinstance(constraint.value, int | float):
                mine, value = float(tiny_stage.catalogue.numbers[constraint.facet][row]), float(constraint.value)
                met = {
                    "=": abs(mine - value) < (0.06 if constraint.is_hard or not constraint.is_positive else 10.1),
                    "<": mine < value,
                    "<=": mine <= value + 0.001,
                    ">": mine > value,
                    ">=": mine >= value - 0.001,
                }
                assert met[constraint.op.value] is constraint.is_positive, (turn.command, constraint, mine)
                n_checked += 1
    assert n_checked > 60


def test_wishes_about_what_is_shown_are_true_of_the_target(tiny_stage: Stage, episodes: tuple[Episode, ...]) -> None:
    numbers, sets = tiny_stage.catalogue.numbers, tiny_stage.catalogue.popularity
    for episode, turn in commands(episodes):
        row = tiny_stage.catalogue.row_of(episode.target_id or "")
        shown = [tiny_stage.catalogue.row_of(str(item["id"])) for item in turn.feed_shown]
        for constraint in turn.gold_edit.add if turn.gold_edit else ():
            if constraint.op.is_relative and constraint.value is None and constraint.is_positive:
                values = sets if constraint.facet == "popularity" else numbers[constraint.facet]
                known = sorted(float(values[one]) for one in shown if values[one] == values[one])
                middle = (known[len(known) // 2] + known[(len(known) - 1) // 2]) / 2
                assert (float(values[row]) > middle) is (constraint.op.value == "more"), turn.command


def test_nobody_says_the_title(tiny_stage: Stage, episodes: tuple[Episode, ...]) -> None:
    assert [turn.command for e, turn in commands(episodes) if find_leak(e.target_title or "", turn.command or "")] == []
    for episode, turn in commands(episodes):
        if turn.gold_edit is not None:
            assert all(c.value != episode.target_title for c in turn.gold_edit.add)


def test_a_keep_is_a_keep_all_the_way(episodes: tuple[Episode, ...]) -> None:
    kept = [turn for _, turn in commands(episodes) if turn.gold_edit and turn.gold_edit.verdict is Verdict.KEEP]
    assert kept, "the users of these sessions also praise and ask"
    for turn in kept:
        assert turn.preferences_after == turn.preferences_before


def test_a_session_ends_satisfied_or_out_of_rounds(episodes: tuple[Episode, ...]) -> None:
    assert Outcome.SATISFIED in {episode.outcome for episode in episodes}
    for episode in episodes:
        allowed = 1 if episode.setting == "SR" else 8
        found = any(item["id"] == episode.target_id for item in episode.turns[-1].feed)
        assert (episode.outcome is Outcome.SATISFIED) is found
        assert 1 <= episode.n_rounds <= allowed
        assert episode.score("rounds") == (episode.n_rounds if found else allowed + 1)
        assert episode.score("passed") == float(found)
        # Who finds it in the feed finds it in the ranking.
        assert not found or episode.turns[-1].state["target_rank"] is not None


def test_what_a_faultless_agent_remembers_is_what_the_expert_remembers(episodes: tuple[Episode, ...]) -> None:
    for episode in episodes:
        truth = true_preferences(episode.turns)
        kept = Preferences.from_json(list(episode.turns[-1].preferences_after))
        assert {c.key for c in truth.constraints} == {c.key for c in kept.constraints}


def test_who_is_never_understood_gives_up(tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any) -> None:
    deaf = Seat(build_feed_graph(tiny_stage.catalogue, model=scripted(*["keep"] * 8)), "deaf")
    runner = SessionRunner(tiny_stage.catalogue, tiny_stage.user(Split.TRAIN), deaf, SessionConfig(patience=2))
    episode = runner.run(cards[0], Setting.MULTI_ROUND, seed=1)
    assert episode.outcome is Outcome.GAVE_UP
    assert episode.score("passed") == 0.0 and episode.score("rounds") == 9.0


def test_alternatives_leave_the_session_as_it_is_without_them(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    def run(n_alternatives: int) -> Episode:
        config = SessionConfig(n_alternatives=n_alternatives)
        seat = tiny_stage.expert_seat()
        runner = SessionRunner(tiny_stage.catalogue, tiny_stage.user(Split.TRAIN), seat, config)
        return runner.run(cards[0], Setting.MULTI_ROUND, seed=1)

    alone, more = run(0), run(5)
    assert [turn.command for turn in alone.turns] == [turn.command for turn in more.turns]
    assert [turn.feed for turn in alone.turns] == [turn.feed for turn in more.turns]
    mine = {pattern.id for pattern in tiny_stage.bank.patterns if pattern.split is Split.TRAIN}
    for turn in more.turns[1:]:
        assert 1 < len(turn.alternatives) <= 5
        for said in turn.alternatives:
            assert {name for name in said.wording_ids if not name.startswith("voice:")} <= mine
            assert find_leak(more.target_title or "", said.command) is None


def test_nonsense_from_a_model_is_recorded_and_the_session_goes_on(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any
) -> None:
    wild = ["must year <=", "must colour = red", "\x00", "drop c9", "must year < now", "", "…", "wish item like"]
    seat = Seat(build_feed_graph(tiny_stage.catalogue, model=scripted(*wild)), "wild")
    runner = SessionRunner(tiny_stage.catalogue, tiny_stage.user(Split.TRAIN), seat, SessionConfig(patience=99))
    episode = runner.run(cards[1], Setting.MULTI_ROUND, seed=1)
    assert episode.n_rounds == len(wild)
    for turn in episode.turns[1:]:
        assert len(turn.fallbacks) == 1, turn.command
        assert turn.edit_effective is not None and turn.edit_effective.verdict is Verdict.KEEP


@pytest.mark.parametrize("split", list(Split))
def test_a_user_speaks_with_the_wordings_of_one_split(
    tiny_stage: Stage, episodes: tuple[Episode, ...], split: Split
) -> None:
    mine = {pattern.id for pattern in tiny_stage.bank.patterns if pattern.split is split}
    for number, episode in enumerate(episodes):
        if (Split.TRAIN, Split.EVALUATION)[number % 2] is split:
            said = {name for turn in episode.turns for name in turn.wording_ids if not name.startswith("voice:")}
            assert said <= mine


def test_an_episode_is_read_back_as_it_was(episodes: tuple[Episode, ...], tiny: Catalogue) -> None:
    for episode in episodes[:6]:
        assert Episode.from_json(episode.to_json()).to_json() == episode.to_json()
        assert episode.world == tiny.schema.name
