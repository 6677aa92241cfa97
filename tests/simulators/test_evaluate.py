"""Evaluation: everybody meets the same, every number is there, nothing is run twice, a broken model is a row."""

from __future__ import annotations

import json
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.request_model import RequestModel
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.data.catalogue import Catalogue
from stillroom.data.interactions import Fold, fold_of
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode
from stillroom.serve.evaluation_view import reading_lines
from stillroom.simulators import ledger
from stillroom.simulators.contestant import EXPERT, ModelSpec
from stillroom.simulators.evaluate import evaluate, evaluate_file
from stillroom.simulators.evaluation import Evaluation, EvaluationError
from stillroom.simulators.evaluation_plan import EvaluationConfig, draw_plan
from stillroom.simulators.session import SessionConfig
from stillroom.simulators.stage import Stage
from stillroom.simulators.wording_bank import Split

CONFIG = EvaluationConfig(
    n_commands=12, n_sessions=2, n_single_round=2, n_resamples=50, session=SessionConfig(n_rounds=3, patience=3)
)


class FixedModel(RequestModel):
    """Says the same to everything; counts how often it was asked; stops like a pressed Ctrl-C after `n_answers`."""

    says: str
    asked: list[str]
    n_answers: int = 10**6
    model_name: str = "fixed"

    def reply(self, request: ParseRequest | PlanRequest) -> str:
        self.asked.append(str(request))
        if len(self.asked) > self.n_answers:
            raise KeyboardInterrupt
        return self.says


def fixed(name: str, reply: str, n_answers: int = 10**6) -> tuple[ModelSpec, list[str]]:
    """Return a model that always says this, and the list of what it was asked."""
    asked: list[str] = []

    def build() -> BaseChatModel:
        model = FixedModel(says=reply, asked=[], n_answers=n_answers)
        model.asked = asked
        return model

    return ModelSpec(name, build), asked


def broken() -> BaseChatModel:
    raise ModelError("there are no such weights")


@pytest.fixture(scope="module")
def evaluation(stage: Stage) -> Evaluation:
    mute, _ = fixed("student:mute", "keep")
    babble, _ = fixed("babble", "I would love to help!")
    return evaluate(stage, [mute, babble, ModelSpec("gone", broken), EXPERT], CONFIG)


def test_the_expert_understands_all_and_is_marked(evaluation: Evaluation) -> None:
    expert = evaluation.model("expert")
    assert expert.privileged
    assert [model.name for model in evaluation.models if model.privileged] == ["expert"]
    for metric in ("f1", "exact_match", "verdict", "strength", "retract"):
        assert expert.parts["commands"].value(metric) == 1.0
    assert expert.parts["MR"].value("ignored") == 0.0


def test_a_model_that_understands_nothing_scores_nothing(evaluation: Evaluation) -> None:
    mute = evaluation.model("student:mute").parts
    assert mute["commands"].value("f1") == 0.0
    assert mute["commands"].n_invalid == 0
    assert mute["MR"].value("ignored") == 1.0
    assert mute["MR"].value("rounds") == CONFIG.session.n_rounds + 1
    assert mute["SR"].value("rounds") == 2


def test_replies_outside_the_format_are_counted(evaluation: Evaluation) -> None:
    babble = evaluation.model("babble").parts["commands"]
    assert babble.n_invalid == babble.n == CONFIG.n_commands
    assert babble.value("invalid") == 1.0


def test_a_model_that_cannot_be_had_is_a_row(evaluation: Evaluation) -> None:
    gone = evaluation.model("gone")
    assert gone.error == "there are no such weights"
    assert gone.parts == {}


def test_differences_are_the_student_minus_every_other(evaluation: Evaluation) -> None:
    pairs = {(item.model, item.other) for item in evaluation.differences}
    assert pairs == {("student:mute", "babble"), ("student:mute", "expert")}
    f1 = next(d for d in evaluation.differences if d.other == "expert" and (d.part, d.metric) == ("commands", "f1"))
    assert f1.estimate.value == -1.0
    assert f1.estimate.excludes_zero


def test_a_slow_model_meets_the_first_of_the_same_and_is_compared_over_these(stage: Stage) -> None:
    mute, _ = fixed("student:mute", "keep")
    slow, _ = fixed("slow", "keep")
    config = replace(CONFIG, n_commands=5)
    found = evaluate(stage, [mute, replace(slow, share=0.4)], config)
    parts, all_parts = found.model("slow").parts, found.model("student:mute").parts
    assert {part: (result.n, all_parts[part].n) for part, result in parts.items()} == {
        "commands": (2, 5),
        "SR": (ceil(0.4 * CONFIG.n_single_round), CONFIG.n_single_round),
        "MR": (ceil(0.4 * CONFIG.n_sessions), CONFIG.n_sessions),
    }
    assert {item.estimate.value for item in found.differences if item.estimate.value is not None} == {0.0}
    assert found.share_note("commands", found.model("slow")) == "the first 2 of 5"
    assert found.share_note("commands", found.model("student:mute")) == ""


def test_the_privileged_teacher_is_never_the_best(evaluation: Evaluation) -> None:
    assert "expert" not in evaluation.best("MR", "pass_rate") | evaluation.best("commands", "f1")


def test_every_utterance_is_audited(evaluation: Evaluation) -> None:
    assert evaluation.leakage.n_utterances >= 3 * CONFIG.n_commands
    assert evaluation.leakage.is_clean


def test_it_survives_json(evaluation: Evaluation) -> None:
    text = json.dumps(evaluation.to_json(), allow_nan=False)
    assert Evaluation.from_json(json.loads(text)) == evaluation
    with pytest.raises(EvaluationError, match="models"):
        Evaluation.from_json({"world": "tiny"})


def test_only_evaluation_people_and_wordings_occur(stage: Stage, tmp_path: Path) -> None:
    held_out = {pattern.id for pattern in stage.bank.patterns if pattern.split is Split.EVALUATION}
    with Store.open(tmp_path / "s.duckdb") as store:
        evaluate(stage, [EXPERT], CONFIG, store=store, run_id="e")
        episodes = list(store.episodes("e"))
    assert {episode.setting for episode in episodes} == {"commands", "SR", "MR"}
    assert {fold_of(episode.user_id) for episode in episodes} == {Fold.EVAL}
    said = {name for episode in episodes for turn in episode.turns for name in turn.wording_ids}
    patterns = {name for name in said if not name.startswith("voice:")}
    assert len(patterns) > 5
    assert patterns <= held_out


def test_every_model_meets_the_same_commands(stage: Stage, tmp_path: Path) -> None:
    mute, _ = fixed("mute", "keep")
    with Store.open(tmp_path / "s.duckdb") as store:
        evaluate(stage, [mute, EXPERT], CONFIG, store=store, run_id="e")
        found = {
            name: [
                (e.turns[0].command, e.turns[0].gold_edit)
                for e in store.episodes("e")
                if e.setting == "commands" and e.model == name
            ]
            for name in ("mute", "expert")
        }
    assert found["mute"] == found["expert"]
    assert len(found["mute"]) == CONFIG.n_commands


def test_an_interrupted_evaluation_goes_on_where_it_was(stage: Stage, tmp_path: Path) -> None:
    stopped, asked = fixed("m", "keep", n_answers=4)
    whole, all_asked = fixed("m", "keep")
    evaluate(stage, [whole], CONFIG)
    rest, asked_after = fixed("m", "keep")
    with Store.open(tmp_path / "s.duckdb") as store:
        with pytest.raises(KeyboardInterrupt):
            evaluate(stage, [stopped], CONFIG, store=store, run_id="e")
        assert len(store.finished_episodes("e")) == 4
        first = evaluate(stage, [rest], CONFIG, store=store, run_id="e")
        assert asked[:4] + asked_after == all_asked
        again = evaluate(stage, [ModelSpec("m", broken)], CONFIG, store=store, run_id="e")
    assert first.models == again.models


def test_what_is_stored_can_be_shown_as_it_is(stage: Stage, tmp_path: Path) -> None:
    stopped, _ = fixed("m", "keep", n_answers=4)
    with Store.open(tmp_path / "s.duckdb") as store:
        with pytest.raises(KeyboardInterrupt):
            evaluate(stage, [stopped], CONFIG, store=store, run_id="e")
        specs = [ModelSpec("m", broken), ModelSpec("n", broken)]
        found = evaluate(stage, specs, CONFIG, store=store, run_id="e", only_stored=True)
    assert {part: result.n for part, result in found.model("m").parts.items()} == {"commands": 4}
    assert found.model("n").error == "nothing of n is stored in run e"


def test_sessions_that_other_code_stored_are_counted_and_said(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(revision: str, n_commands: int = 12) -> Evaluation:
        monkeypatch.setattr(ledger, "git_revision", lambda: revision)
        spec, _ = fixed("m", "keep")
        return evaluate(stage, [spec], replace(CONFIG, n_commands=n_commands), store=store, run_id=f"e{n_commands}")

    with Store.open(tmp_path / "s.duckdb") as store:
        first, again, other = at("aaaaaaaaaaaa"), at("aaaaaaaaaaaa"), at("bbbbbbbbbbbb")
        at("cccc+", 3)
        changed = at("cccc+", 3)
    assert first.stored_by == again.stored_by == {} and first.revision_notes == ()
    assert (first.n_episodes, other.stored_by) == (16, {"aaaaaaaaaaaa": 16})
    assert other.git_revision == "bbbbbbbbbbbb"
    assert other.revision_notes[0].startswith(
        "16 of 16 episodes were stored by revision aaaaaaaaaa, this is bbbbbbbbbb"
    )
    assert other.revision_notes[0] in tuple(reading_lines(other, ""))
    assert Evaluation.from_json(json.loads(json.dumps(other.to_json()))) == other
    assert changed.stored_by == {"cccc+": 7}, "nobody knows whether it was changed again"


def test_what_an_older_episode_does_not_say_is_what_its_run_was_begun_with(
    store: Store, episodes: tuple[Episode, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stillroom.data.store.git_revision", lambda: "old")
    store.start_run({"kind": "evaluate"}, run_id="e")
    store.add_episode("e", episodes[0])
    monkeypatch.setattr(ledger, "git_revision", lambda: "new")
    kept = ledger.Ledger(store, "e")
    kept.add(episodes[1].key, episodes[1])
    assert kept.stored_by(kept.known.values()) == {"old": 1}


def test_another_version_of_a_model_is_run_anew(stage: Stage, tmp_path: Path) -> None:
    old, _ = fixed("m", "keep")
    with Store.open(tmp_path / "s.duckdb") as store:
        evaluate(stage, [old], CONFIG, store=store, run_id="e")
        anew = evaluate(stage, [ModelSpec("m", broken, "v2")], CONFIG, store=store, run_id="e")
    assert anew.models[0].error


def test_a_file_of_commands_is_measured_by_its_golds(world: Catalogue, tmp_path: Path) -> None:
    gold = {
        "verdict": "change",
        "add": [{"polarity": "+", "strength": "hard", "facet": "genre", "op": "=", "value": "Comedy"}],
        "retract": [],
    }
    keep = {"verdict": "keep", "add": [], "retract": []}
    rows = [
        {
            "id": name,
            "part": part,
            "feed": [{"title": "T", "year": None}],
            "preferences": [],
            "command": "comedies",
            "gold": g,
        }
        for name, part, g in (("a", "test", gold), ("b", "test", keep), ("c", "dev", keep))
    ]
    path = tmp_path / "commands.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    spec, _ = fixed("m", "must genre = Comedy")
    result = evaluate_file(path, spec, world, n_resamples=20)
    assert result.n == 2
    assert result.value("verdict") == 0.5
    assert result.value("exact_match") == 0.5
    assert result.value("f1") == pytest.approx(2 / 3)


@pytest.mark.parametrize("text", ["{", '{"id": 1}', '{"feed": 3, "command": "", "preferences": [], "gold": {}}', ""])
def test_a_file_without_golds_is_refused(world: Catalogue, tmp_path: Path, text: str) -> None:
    path = tmp_path / "commands.jsonl"
    path.write_text(text, encoding="utf-8")
    spec, _ = fixed("m", "keep")
    with pytest.raises(EvaluationError, match=r"commands\.jsonl"):
        evaluate_file(path, spec, world, part=None)


def test_the_expert_cannot_read_a_file(world: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="nothing to show"):
        evaluate_file(tmp_path / "none", EXPERT, world)


def test_no_session_is_measured_twice_where_people_are_few(tiny_stage: Stage) -> None:
    config = EvaluationConfig(n_commands=1, n_sessions=200, n_single_round=1, n_resamples=20)
    plan = draw_plan(tiny_stage, config)
    sessions = [session for block in plan.sessions for session in block]
    assert len({(s.setting, s.seed, s.card.user, s.card.target) for s in sessions}) == len(sessions)
    assert 5 < len(sessions) < 200, "the tiny world has no 200 later likes"
