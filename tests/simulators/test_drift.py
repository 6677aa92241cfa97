"""A change of mind: every such session has one, it is said in words, and code can tell stale from forgotten."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.models.load import load_model
from stillroom.agents.wire.edit import decode_constraint
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Edit, Verdict
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.trajectory import Episode, Outcome, Turn
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.drift import DRIFT_TURNS, MAX_REVOKED, MindChange, candidates, contradicts, drift_scores
from stillroom.simulators.leakage import find_leak, spoken_in
from stillroom.simulators.session import Seat, SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.truth import true_preferences
from stillroom.simulators.user import Spoken
from stillroom.simulators.wording_bank import Split


def runner(stage: Stage, seat: Seat | None = None, split: Split = Split.TRAIN, **config: int) -> SessionRunner:
    user = stage.user(split, COVERAGE)
    return SessionRunner(stage.catalogue, user, seat or stage.expert_seat(), SessionConfig(**config))


@pytest.fixture(scope="module")
def drifted(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> tuple[Episode, ...]:
    found = []
    for number, card in enumerate(cards[:16]):
        run = runner(tiny_stage, split=list(Split)[number % 2], n_alternatives=2).run
        found.append(run(card, Setting.DRIFT, seed=number))
    return tuple(found)


def drift_of(episode: Episode) -> tuple[dict[str, Any], Turn]:
    drift = episode.state["drift"]
    assert isinstance(drift, dict)
    return drift, episode.turns[int(str(drift["turn"]))]


def keys(memory: Preferences) -> set[object]:
    return {constraint.key for constraint in memory.constraints}


def test_every_session_has_its_change_of_mind_and_does_not_end_before(drifted: tuple[Episode, ...]) -> None:
    turns = set()
    for episode in drifted:
        drift, turn = drift_of(episode)
        turns.add(turn.number)
        assert turn.act == "drift"
        assert drift["from_id"] != episode.target_id
        assert episode.n_rounds >= turn.number
        assert episode.n_rounds <= 8
        found_first = [t.number for t in episode.turns if drift["from_id"] in {item["id"] for item in t.feed}]
        if turn.number <= min(DRIFT_TURNS) and turn.number > 1:
            assert found_first and min(found_first) < turn.number, "it came early because the first target was found"
        if episode.outcome is Outcome.SATISFIED:
            assert episode.target_id in {item["id"] for item in episode.turns[-1].feed}
    assert len(turns) > 2


def test_a_change_of_mind_contradicts_what_was_said_and_takes_back_all_of_it(
    tiny_stage: Stage, drifted: tuple[Episode, ...]
) -> None:
    catalogue, themes = tiny_stage.catalogue, tiny_stage.binder.themes
    for episode in drifted:
        _, turn = drift_of(episode)
        row = catalogue.row_of(episode.target_id or "")
        before = true_preferences(episode.turns[: turn.number], catalogue)
        after = true_preferences(episode.turns[: turn.number + 1], catalogue)
        wrong = [item for item in before.remembered if contradicts(catalogue, themes, item, row)]
        assert wrong
        assert not {item.constraint.key for item in wrong} & keys(after), turn.command
        assert not [item for item in after.remembered if contradicts(catalogue, themes, item, row)], turn.command
        # The expert is told the gold edit, so its memory is the truth.
        assert keys(after) == keys(Preferences.from_json(list(turn.preferences_after)))
        assert turn.gold_edit is not None and turn.gold_edit.add, "something new is wished for"


def test_the_old_target_and_the_new_one_stay_unsaid(drifted: tuple[Episode, ...]) -> None:
    for episode in drifted:
        drift, turn = drift_of(episode)
        said = list(spoken_in(episode))
        assert [spoken.title for spoken in said] == [
            drift["from_title"] if number < turn.number else episode.target_title for number in range(1, len(said) + 1)
        ]
        assert [spoken.text for spoken in said if find_leak(spoken.title, spoken.text)] == []


def test_a_change_of_mind_is_said_in_the_wordings_of_one_split(tiny_stage: Stage, drifted: tuple[Episode, ...]) -> None:
    for number, episode in enumerate(drifted):
        split = list(Split)[number % 2]
        mine = {pattern.id for pattern in tiny_stage.bank.patterns if pattern.split is split}
        _, turn = drift_of(episode)
        for said in (turn, *turn.alternatives):
            assert {name for name in said.wording_ids if not name.startswith("voice:")} <= mine


def test_what_else_could_be_said_takes_back_the_same(drifted: tuple[Episode, ...]) -> None:
    n_alternatives = 0
    for episode in drifted:
        _, turn = drift_of(episode)
        for other in turn.alternatives:
            n_alternatives += 1
            assert other.act == "drift"
            assert other.gold_said.verdict is Verdict.CHANGE
    assert n_alternatives > 12


def test_the_same_seed_changes_the_same_mind(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    one, again = (runner(tiny_stage).run(cards[0], Setting.DRIFT, seed=4) for _ in range(2))
    assert [turn.command for turn in one.turns] == [turn.command for turn in again.turns]
    assert one.state == again.state


def test_candidates_are_own_likes_first_and_never_what_was_seen(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    card = cards[0]
    comedy = Remembered("c1", decode_constraint("must genre = Comedy"))
    found = list(candidates(tiny_stage.binder, card, Preferences((comedy,)), card.others[:1], Random(1)))
    genres = tiny_stage.catalogue.sets["genre"]
    assert found
    for candidate in found:
        assert "Comedy" not in genres.of(candidate.target)
        assert candidate.target not in {card.target, *card.history, *card.others[:1]}
        assert len(candidate.revoked) <= MAX_REVOKED
    pools = [candidate.pool for candidate in found]
    assert pools == sorted(pools, key=lambda pool: pool != "later")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("must genre = {mine}", False),
        ("ban genre = {mine}", True),
        ("must genre = {other}", True),
        ("ban genre = {other}", False),
        ("must year > {year}", True),
        ("must year >= {year}", False),
        ("wish year = {near}", False),
        ("wish year = {far}", True),
        ("wish popularity more", False),
        ("wish popularity less", False),
        ("must person = Nobody Known", True),
    ],
)
def test_contradictions_are_read_off_the_catalogue(tiny_stage: Stage, line: str, wrong: bool) -> None:
    catalogue = tiny_stage.catalogue
    row = next(r for r in range(catalogue.n_items) if catalogue.sets["genre"].of(r) and catalogue.sets["person"].of(r))
    mine = catalogue.sets["genre"].of(row)
    year = int(catalogue.numbers["year"][row])
    other = next(genre for genre in catalogue.sets["genre"].values if genre not in mine)
    values = {"mine": mine[0], "other": other, "year": year, "near": year + 1, "far": year + 40}
    item = Remembered("c1", decode_constraint(line.format(**values)))
    assert contradicts(catalogue, tiny_stage.binder.themes, item, row) is wrong


def test_an_agent_that_forgets_nothing_is_stale_and_one_that_forgets_all_is_forgetful(
    tiny_stage: Stage, cards: tuple[UserCard, ...]
) -> None:
    """Score one change of mind by hand: two things taken back, one that holds."""
    old, fine, new = (decode_constraint(f"must genre = {name}") for name in ("Comedy", "Drama", "Horror"))
    said = Turn(1, "x", gold_edit=Edit.of((old, fine)))
    before = Preferences((Remembered("c1", old), Remembered("c2", fine)), 2)
    change = MindChange(2, cards[0], cards[0], "later", Spoken(None, Edit.of((new,), ("c1",))), before, ())  # type: ignore[arg-type]
    drift = Turn(2, "y", preferences_before=tuple(before.to_json()), gold_edit=Edit.of((new,), ("c1",)))

    def scores(*remembered: Remembered) -> dict[str, float]:
        end = replace(drift, preferences_after=tuple(item.to_json() for item in remembered))
        return {score.name: score.value for score in drift_scores((Turn(0), said, end), change)}

    assert scores(*before.remembered) == {"n_stale": 1, "n_revoked": 1, "n_forgotten": 0, "n_valid": 1}
    assert scores() == {"n_stale": 0, "n_revoked": 1, "n_forgotten": 1, "n_valid": 1}
    assert scores(Remembered("c2", fine), Remembered("c3", new))["n_forgotten"] == 0


def test_who_is_not_understood_changes_its_mind_all_the_same(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any
) -> None:
    deaf = Seat(build_feed_graph(tiny_stage.catalogue, model=scripted(*["keep"] * 8)), "deaf")
    episode = runner(tiny_stage, deaf, patience=2).run(cards[0], Setting.DRIFT, seed=1)
    drift, turn = drift_of(episode)
    revoked = {constraint.key for constraint in map(Constraint.from_json, drift["revoked"])}
    assert revoked and not revoked & keys(true_preferences(episode.turns[: turn.number + 1]))
    assert turn.state["taken_back"], "the user speaks of its own memory"
    assert turn.gold_edit is not None and turn.gold_edit.retract == ()
    assert episode.outcome is Outcome.GAVE_UP
    assert episode.score("n_revoked") == 0, "what was never remembered is neither stale nor forgotten"


def test_a_real_parser_goes_through_it(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    seat = tiny_stage.seat("rules", load_model("rules", tiny_stage.catalogue))
    for number, card in enumerate(cards[:6]):
        episode = runner(tiny_stage, seat).run(card, Setting.DRIFT, seed=number)
        assert drift_of(episode)[1].number <= 8
        assert (episode.score("n_stale") or 0) <= (episode.score("n_revoked") or 0)
