"""Noise: what is meant and what must be copied stays, hedges join only what is soft, the same die types the same."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from stillroom.agents.wire.edit import decode_edit
from stillroom.data.edit import Verdict
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.drift import contradicts
from stillroom.simulators.intent import Utterance
from stillroom.simulators.noise import LEVELS, Noise, roughen
from stillroom.simulators.noisy import NoisyUser
from stillroom.simulators.session import SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.truth import true_preferences
from stillroom.simulators.wording_bank import Split

LOUD = Noise(typos=0.2, hedges=1.0, swallowed=0.8, run_ons=1.0)
HARD = Utterance(
    "I want a film with the heist. Nothing by Ada Reedham; under 95 minutes please!",
    decode_edit("wish tag = heist\nban person = Ada Reedham\nmust runtime < 95"),
    "wish",
)
SOFT = Utterance("some comedies please", decode_edit("wish genre = Comedy"), "wish")
HEDGES = ("maybe", "perhaps", "guess", "suppose", "ok", "think")


@pytest.mark.parametrize("seed", range(25))
def test_what_must_be_copied_and_what_carries_meaning_stays(seed: int) -> None:
    typed = roughen(HARD, LOUD, Random(seed))
    assert typed.said == HARD.said
    for kept in ("heist", "Ada Reedham", "95", "Nothing", "under", "minutes"):
        assert kept in typed.text, typed.text
    assert not any(f" {hedge}" in f" {typed.text} " for hedge in ("maybe", "perhaps", "i guess", "suppose"))


def test_a_hedge_joins_what_is_soft_already() -> None:
    only_hedges = Noise(typos=0, hedges=1.0, swallowed=0, run_ons=0)
    for seed in range(20):
        text = roughen(SOFT, only_hedges, Random(seed)).text
        assert any(hedge in text for hedge in HEDGES), text
        assert "comedies" in text


def test_noise_changes_words_and_says_so() -> None:
    typed = [roughen(HARD, LOUD, Random(seed)) for seed in range(20)]
    assert all(one.text != HARD.text for one in typed)
    assert {mark for one in typed for mark in one.pattern_ids} == {
        "noise:run_on", "noise:hedge", "noise:swallowed", "noise:typos",
    }  # fmt: skip
    assert roughen(HARD, LOUD, Random(3)) == roughen(HARD, LOUD, Random(3))
    silent = Noise(0, 0, 0, 0, 0)
    assert roughen(HARD, silent, Random(3)) == HARD


@pytest.mark.parametrize("text", ["", "please", "the", "#2", "...", "żółć 3.5!"])
def test_no_text_breaks_it_and_no_word_is_left_out_altogether(text: str) -> None:
    for seed in range(10):
        typed = roughen(Utterance(text, decode_edit("keep"), "ack"), LOUD, Random(seed)).text
        assert bool(typed.strip()) or not text.strip()


def noisy(stage: Stage, noise: Noise) -> NoisyUser:
    return NoisyUser(stage.user(Split.TRAIN, COVERAGE), noise)


def test_a_slip_is_taken_back_in_the_next_command(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    user = noisy(tiny_stage, replace(LEVELS["strong"], slips=1.0))
    runner = SessionRunner(tiny_stage.catalogue, user, tiny_stage.expert_seat())
    n_slips = 0
    for number, card in enumerate(cards[:12]):
        episode = runner.run(card, Setting.MULTI_ROUND, seed=number)
        assert episode.user == "noisy"
        row = tiny_stage.catalogue.row_of(episode.target_id or "")
        for turn, after in zip(episode.turns[1:], episode.turns[2:], strict=False):
            if turn.act != "slip":
                continue
            n_slips += 1
            assert turn.state["slip"] is True
            assert turn.gold_edit is not None and turn.gold_edit.verdict is Verdict.CHANGE
            said = true_preferences(episode.turns[: turn.number + 1], tiny_stage.catalogue)
            catalogue, themes = tiny_stage.catalogue, tiny_stage.binder.themes
            assert [item for item in said.remembered if contradicts(catalogue, themes, item, row)]
            assert after.act == "correct", (turn.command, after.command)
            truth = true_preferences(episode.turns[: after.number + 1], tiny_stage.catalogue)
            assert not [item for item in truth.remembered if contradicts(catalogue, themes, item, row)]
    assert n_slips > 8


def test_one_command_has_no_room_for_a_slip(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> None:
    user = noisy(tiny_stage, replace(LEVELS["medium"], slips=1.0))
    runner = SessionRunner(tiny_stage.catalogue, user, tiny_stage.expert_seat())
    acts = {runner.run(card, Setting.SINGLE_ROUND, seed=1).turns[1].act for card in cards[:6]}
    assert "slip" not in acts


def test_levels_go_from_patient_to_impatient(tiny_stage: Stage) -> None:
    patience = [noisy(tiny_stage, LEVELS[level]).patience for level in ("mild", "medium", "strong")]
    assert patience == sorted(patience, reverse=True) and len(set(patience)) == 3
