"""A model as the user: told attributes and never the title, refused when it says it, recorded, without gold edits."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.load import load_model
from stillroom.agents.profiles import StudentProfile
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode
from stillroom.distill.gate import GateYield
from stillroom.distill.prepare import parse_rows
from stillroom.distill.recipe import DataPart
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.cast import cast_user, check_user
from stillroom.simulators.contestant import ModelSpec
from stillroom.simulators.evaluate import evaluate
from stillroom.simulators.evaluation_plan import EvaluationConfig
from stillroom.simulators.leakage import find_leak, n_refused
from stillroom.simulators.llm_user import LlmUser, facts_of
from stillroom.simulators.noisy import NoisyUser
from stillroom.simulators.reply import first_line
from stillroom.simulators.session import SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import UserError
from stillroom.simulators.wording_bank import Split


def play(
    stage: Stage, model: BaseChatModel, card: UserCard, setting: Setting = Setting.MULTI_ROUND, n_rounds: int = 3
) -> Episode:
    user = LlmUser(model, stage.user(Split.TRAIN))
    seat = stage.seat("rules", load_model("rules", stage.catalogue))
    return SessionRunner(stage.catalogue, user, seat, SessionConfig(n_rounds=n_rounds)).run(card, setting, seed=1)


def test_what_is_meant_is_unknown_and_nothing_breaks(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any, store: Store
) -> None:
    model = scripted('Command: "no horror please"', "something older\nbecause I like it", "comedies!")
    episode = play(tiny_stage, model, cards[0])
    said = [turn.command for turn in episode.turns[1:]]
    assert said == ["no horror please", "something older", "comedies!"][: len(said)]
    for turn in episode.turns[1:]:
        assert turn.gold_edit is None and turn.gold_said is None
        assert turn.alternatives == ()
        assert [call.node for call in turn.calls][0] == "user"
        assert turn.edit_effective is not None
        assert list(parse_rows(turn, StudentProfile(), "", DataPart(alternatives=8), GateYield())) == []
    assert episode.user == "llm:scripted"
    assert episode.score("csr_at_10") is None
    assert episode.score("passed") in (0.0, 1.0)
    run = store.start_run({"kind": "test"})
    store.add_episode(run, episode)
    assert next(iter(store.episodes(run))).to_json() == episode.to_json()


def test_the_model_is_told_attributes_and_the_conversation_but_never_the_title(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any
) -> None:
    model = scripted("no horror please", "older please", "shorter please")
    episode = play(tiny_stage, model, cards[1])
    title = episode.target_title or ""
    for number, messages in enumerate(model.asked):
        texts = "\n".join(str(message.content) for message in messages)
        assert find_leak(title, str(messages[0].content)) is None
        assert tiny_stage.catalogue.sets["genre"].of(cards[1].target)[0] in texts
        assert str(episode.turns[number].feed[0]["title"]) in texts
        assert ("no horror please" in texts) is (number > 0)
    assert find_leak(title, "\n".join(facts_of(tiny_stage.binder, cards[1].target))) is None


def test_a_reply_that_says_the_title_is_refused_counted_and_asked_for_anew(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any
) -> None:
    title = tiny_stage.catalogue.titles[cards[0].target]
    model = scripted(f"show me {title.upper()}", "", "old ones please")
    episode = play(tiny_stage, model, cards[0], n_rounds=1)
    (turn,) = episode.turns[1:]
    assert turn.command == "old ones please"
    assert [call.error for call in turn.calls if call.node == "user"] == ["leak: title", "empty", ""]
    assert n_refused(episode) == 1
    assert len(model.asked[2]) == len(model.asked[0]) + 4, "it is told why"


def test_when_all_replies_are_refused_the_agenda_speaks_and_a_note_says_so(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any
) -> None:
    title = tiny_stage.catalogue.titles[cards[0].target]
    episode = play(tiny_stage, scripted(*[title] * 3), cards[0], n_rounds=1)
    (turn,) = episode.turns[1:]
    assert turn.fallbacks[0] == "user: 3 replies were refused, so the agenda spoke"
    assert turn.gold_edit is not None
    assert find_leak(title, turn.command or "") is None


def test_a_model_that_plays_the_user_changes_its_mind_too(
    tiny_stage: Stage, cards: tuple[UserCard, ...], scripted: Any
) -> None:
    episode = play(tiny_stage, scripted(*["older please"] * 6), cards[0], Setting.DRIFT, n_rounds=6)
    drift = episode.state["drift"]
    assert isinstance(drift, dict) and drift["from_id"] != episode.target_id
    turn = episode.turns[int(str(drift["turn"]))]
    assert turn.act == "drift"
    (call,) = [call for call in turn.calls if call.node == "user"]
    assert "changed your mind" in str(call.messages[-1]["content"])
    assert episode.score("n_revoked") == 0


def test_an_evaluation_with_it_counts_the_agents_calls_alone(tiny_stage: Stage, scripted: Any) -> None:
    replies = ["no horror please", "older please"] * 4
    model = scripted(*replies)
    user = LlmUser(model, tiny_stage.user(Split.EVALUATION))
    config = EvaluationConfig(2, 1, 1, n_resamples=5, session=SessionConfig(n_rounds=2), n_drift=1, user=user.name)
    spec = ModelSpec("rules", lambda: load_model("rules", tiny_stage.catalogue))
    result = evaluate(tiny_stage, [spec], config, user=user)
    part = result.model("rules").parts["MR"]
    assert part.value("tokens_in") == 0, "rules reads no tokens, the user's do not count"
    assert part.value("invalid") == 0
    assert part.value("pass_rate") in (0.0, 1.0)
    assert part.value("csr_at_10") is None and part.value("ignored") is None
    assert result.config["user"] == "llm:scripted"
    assert result.model("rules").parts["MRID"].value("stale") is None
    assert result.leakage.n_refused == 0


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("  no horror  ", "no horror"),
        ("\n\nYou: 'older ones'\nThanks", "older ones"),
        ("**Command:** less gore", "less gore"),
        ("!!!", ""),
        ("one rule: no horror", "one rule: no horror"),
    ],
)
def test_a_chatty_reply_is_cut_to_its_command(reply: str, text: str) -> None:
    assert first_line(reply) == text


@pytest.mark.parametrize("name", ["agenda:x", "nosy", "noisy:loud", "llm", "llm:", "llm:expert", "llm:rules", ""])
def test_an_unknown_user_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="agenda|known|say which"):
        check_user(name)


def test_a_cast_has_three_kinds(tiny_stage: Stage, scripted: Any) -> None:
    def cast(name: str) -> object:
        return cast_user(name, tiny_stage, Split.TRAIN, lambda _: scripted())

    assert cast("agenda").name == "agenda"  # type: ignore[attr-defined]
    mild = cast("noisy:mild")
    assert isinstance(mild, NoisyUser) and mild.name == "noisy:mild" and mild.patience == 3
    assert isinstance(cast("llm:local:some"), LlmUser)
