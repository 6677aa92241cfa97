"""Training rows: the very bytes that the graph's nodes were asked with, of training people and wordings only."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.chatml import TURN_END, render_chat
from stillroom.agents.profiles import StudentProfile
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.edit import KEEP, Verdict
from stillroom.data.interactions import Fold
from stillroom.data.store import Store
from stillroom.data.trajectory import Call, Episode
from stillroom.distill.gate import GateYield
from stillroom.distill.prepare import parse_rows, plan_rows, rare_plan_rows, training_rows
from stillroom.distill.recipe import DataPart, Recipe
from stillroom.simulators.agenda import AgendaUser
from stillroom.simulators.binder import Scene
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.collect import CollectConfig, collect
from stillroom.simulators.intent import Utterance
from stillroom.simulators.session import SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import Spoken
from stillroom.simulators.wording_bank import Split


def asked(call: Call) -> str:
    """Return the bytes that a model was given in this call, out of the stored messages."""
    kinds: dict[str, type[BaseMessage]] = {"human": HumanMessage, "system": SystemMessage}
    return render_chat([kinds[str(message["role"])](content=str(message["content"])) for message in call.messages])


def test_a_training_prompt_is_the_prompt_of_the_node(episodes: tuple[Episode, ...]) -> None:
    profile, n_parse, n_plan = StudentProfile(), 0, 0
    for stored in episodes:
        episode = Episode.from_json(stored.to_json())
        for turn in episode.turns:
            if turn.command is None:
                continue
            (row,) = parse_rows(turn, profile, episode.key, DataPart(alternatives=0), GateYield())
            (parse,) = [call for call in turn.calls if call.node == "parse"]
            assert row.prompt == asked(parse)
            assert row.completion == parse.reply + TURN_END, "the expert's own reply"
            assert turn.gold_said is not None and row.completion == encode_edit(turn.gold_said) + TURN_END
            n_parse += 1
            rows = list(plan_rows(turn, profile, episode))
            plans = [call for call in turn.calls if call.node == "plan"]
            assert [(row.prompt, row.completion) for row in rows] == [
                (asked(call), call.reply + TURN_END) for call in plans
            ]
            n_plan += len(plans)
    assert n_parse > 25 and n_plan > 20


def test_the_commands_of_a_moment_share_all_that_stands_before_them(tiny_stage: Stage, store: Store) -> None:
    collect(tiny_stage, tiny_stage.expert_seat(), store, CollectConfig(n_episodes=3), run_id="run")
    turns = [turn for episode in store.episodes("run") for turn in episode.turns if turn.command is not None]
    for turn in turns:
        rows = list(parse_rows(turn, StudentProfile(), "", DataPart(alternatives=8), GateYield()))
        assert len({row.prompt[: row.shared] for row in rows}) == 1
        assert all(row.prompt[row.shared - 2 : row.shared] == "> " for row in rows)
        remembered = turn.preferences_before
        assert all(f"{item['id']} " in rows[0].prompt[: rows[0].shared] for item in remembered)
    assert any(turn.preferences_before for turn in turns)


class ImpossibleUser(AgendaUser):
    """Asks for what no film has."""

    def speak(self, scene: Scene, setting: Setting, rng: Random) -> Spoken:
        edit = decode_edit("must year > 2050")
        return Spoken(Utterance("only films from after 2050", edit, "wish"), edit)


def test_a_plan_that_had_to_be_thought_over_gives_the_rows_of_both_questions(
    tiny_stage: Stage, cards: tuple[UserCard, ...]
) -> None:
    usual = tiny_stage.user(Split.TRAIN)
    user = ImpossibleUser(tiny_stage.catalogue, usual.binder, usual.verbaliser)
    runner = SessionRunner(tiny_stage.catalogue, user, tiny_stage.expert_seat())
    episode = runner.run(cards[0], Setting.SINGLE_ROUND, seed=1)
    turn = episode.turns[1]
    asked_at = [asked(call) for call in turn.calls if call.node == "plan"]
    assert len(asked_at) == 2
    assert [row.prompt for row in plan_rows(turn, StudentProfile(), episode)] == asked_at
    assert "relax" in [call.tool for call in turn.tool_calls]


@pytest.fixture
def collected(tiny_stage: Stage, store: Store) -> Store:
    collect(tiny_stage, tiny_stage.expert_seat(), store, CollectConfig(n_episodes=8), run_id="train")
    return store


def test_what_else_could_have_been_said_becomes_rows_too(collected: Store, learner: Recipe) -> None:
    few = learner.model_copy(update={"data": learner.data.model_copy(update={"alternatives": 2})})
    none = learner.model_copy(update={"data": learner.data.model_copy(update={"alternatives": 0})})
    turns = [turn for episode in collected.episodes("train") for turn in episode.turns if turn.command]
    assert all(turn.alternatives for turn in turns)
    prompts = [
        {row.prompt for row in training_rows(collected, one) if row.slice != "plan"} for one in (none, few, learner)
    ]
    assert prompts[0] < prompts[1] < prompts[2]
    for turn in turns:
        profile = StudentProfile()
        rows = list(parse_rows(turn, profile, "", DataPart(alternatives=99), GateYield()))
        assert len(rows) == 1 + len(turn.alternatives)
        for row, said in zip(rows[1:], turn.alternatives, strict=True):
            assert row.completion == encode_edit(said.gold_said) + TURN_END
            assert rows[0].prompt.split("\n> ")[0] == row.prompt.split("\n> ")[0], "the same moment"


@pytest.fixture
def learner(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"data": DataPart(world="tiny", plan_share=0.2)})


def test_rows_are_unique_shuffled_by_the_seed_and_mostly_parse(collected: Store, learner: Recipe) -> None:
    rows = training_rows(collected, learner)
    assert len({(row.prompt, row.completion) for row in rows}) == len(rows)
    kinds = [row.slice.split(":")[0] for row in rows]
    assert 0 < kinds.count("plan") <= 0.2 * kinds.count("parse") + 3
    assert training_rows(collected, learner) == rows


def test_other_people_and_other_teachers_are_never_learnt_from(
    collected: Store, episodes: tuple[Episode, ...], learner: Recipe
) -> None:
    before = training_rows(collected, learner)
    run = collected.start_run({"kind": "others"}, run_id="others")
    collected.add_episode(run, replace(episodes[0], key="a", split=Fold.EVAL.value))
    collected.add_episode(run, replace(episodes[1], key="b", split=Fold.TRAIN.value, model="rules"))
    assert training_rows(collected, learner) == before
    collected.add_episode(run, replace(episodes[2], key="c", split=Fold.TRAIN.value))
    assert len(training_rows(collected, learner)) > len(before)


def test_behind_a_gate_only_confirmed_words_of_the_teacher_become_rows(episodes: tuple[Episode, ...]) -> None:
    turn = next(turn for turn in episodes[0].turns if turn.gold_edit and turn.gold_edit.verdict is Verdict.CHANGE)
    data, profile = DataPart(gate="confirmed"), StudentProfile()
    right, wrong = GateYield(), GateYield()
    (row,) = parse_rows(turn, profile, "", data, right)
    assert turn.edit_said is not None and row.completion == encode_edit(turn.edit_said) + TURN_END
    assert (right.kept.total(), right.seen.total()) == (1, 1)
    assert list(parse_rows(replace(turn, edit_effective=KEEP), profile, "", data, wrong)) == []
    assert (wrong.kept.total(), wrong.seen.total()) == (0, 1)
    assert list(wrong.lines()) == [f"{turn.act}: 0 of 1 (0%)"]


def test_without_a_gate_the_truth_is_taught_whatever_the_teacher_said(episodes: tuple[Episode, ...]) -> None:
    turn = next(turn for turn in episodes[0].turns if turn.gold_said and turn.gold_said.verdict is Verdict.CHANGE)
    (row,) = parse_rows(replace(turn, edit_said=KEEP), StudentProfile(), "", DataPart(alternatives=0), GateYield())
    assert turn.gold_said is not None and row.completion == encode_edit(turn.gold_said) + TURN_END


def test_what_a_planner_is_rarely_asked_is_taught_too(episodes: tuple[Episode, ...]) -> None:
    turns = [(turn, episode) for episode in episodes for turn in episode.turns if turn.command is not None]
    rows = [row for turn, episode in turns for row in rare_plan_rows(turn, StudentProfile(), episode)]
    surprised = [row for row in rows if row.slice == "plan:surprise"]
    stale = [row for row in rows if row.slice == "plan:stale"]
    assert len(surprised) + len(stale) == len(rows) and min(len(surprised), len(stale)) > 3 and len(rows) < len(turns)
    assert all("\nsurprise" in row.prompt and "diversify\naggregate" in row.completion for row in surprised)
    assert all(row.completion == f"diversify\naggregate{TURN_END}" for row in stale if "\ndiversify" not in row.prompt)
