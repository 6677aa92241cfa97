"""Ablations and contestants: what is taken away is gone, names are known or refused, and each meets the same people."""

from __future__ import annotations

from typing import Any

import pytest

from stillroom.agents.feed_graph import FeedGraphConfig, build_feed_graph
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.simulators.ablations import ABLATIONS, ablate, split_name
from stillroom.simulators.contestant import EXPERT, ModelSpec
from stillroom.simulators.evaluate import evaluate
from stillroom.simulators.evaluation import EvaluationError
from stillroom.simulators.evaluation_plan import EvaluationConfig
from stillroom.simulators.rivals.load import rival_seat
from stillroom.simulators.stage import Stage
from stillroom.simulators.suite import FEED, is_slow


def test_a_name_is_split_into_model_and_ablation() -> None:
    assert split_name("student:default~no-memory") == ("student:default", "no-memory")
    assert split_name("expert") == ("expert", "")


def test_an_unknown_ablation_is_refused_with_the_nearest() -> None:
    with pytest.raises(EvaluationError, match="did you mean no-memory"):
        ablate(FeedGraphConfig(), "no-memry")


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_an_ablation_is_another_configuration(ablation: str) -> None:
    assert ablate(FeedGraphConfig(), ablation) != FeedGraphConfig()


def test_without_memory_a_turn_begins_with_nothing_remembered(tiny: Catalogue, scripted: Any) -> None:
    model = scripted(
        "must genre = Comedy", "filter\nmatch\naggregate", "ban genre = Horror", "filter\nmatch\naggregate"
    )
    graph = build_feed_graph(tiny, model=model, config=ablate(FeedGraphConfig(), "no-memory"))
    first = graph.invoke({"command": "only comedies"})
    second = graph.invoke({"command": "no horror", "preferences": first["preferences"], "feed": first["feed"]})
    assert [item.constraint.facet for item in second["preferences"].remembered] == ["genre"]
    assert len(first["preferences"].remembered) == 1 and second["preferences"] != Preferences()


def test_one_shot_a_planner_never_looks_again(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("must year > 2100", "filter\npopular\naggregate")
    state = build_feed_graph(tiny, model=model, config=ablate(FeedGraphConfig(), "one-shot")).invoke({"command": "new"})
    assert [call.call for call in state["tool_calls"]] == ["filter", "popular", "aggregate"]
    assert state["feed"] == () and "No film is left to show." in state["reply"]


def test_ablations_and_rivals_meet_the_people_of_the_whole(tiny_stage: Stage) -> None:
    config = EvaluationConfig(n_commands=4, n_sessions=4, n_single_round=3, n_drift=2, n_resamples=50)
    ablated = ModelSpec("expert~no-memory", config=ablate(tiny_stage.config, "no-memory"))
    rival = ModelSpec("bm25", sit=lambda stage: rival_seat("bm25", stage))
    missing = ModelSpec("sasrec", sit=lambda stage: rival_seat("sasrec", stage))
    evaluation = evaluate(tiny_stage, [EXPERT, ablated, rival, missing], config)
    counts = {model.name: {part: result.n for part, result in model.parts.items()} for model in evaluation.models}
    assert counts["expert"] == {"commands": 4, "SR": 3, "MR": 4, "MRID": 2}
    assert counts["expert~no-memory"] == counts["bm25"] == {"SR": 3, "MR": 4, "MRID": 2}
    assert counts["sasrec"] == {} and "sasrec" in evaluation.model("sasrec").error
    assert {(d.model, d.other) for d in evaluation.differences} == {("expert", "expert~no-memory")}
    assert not evaluation.model("bm25").privileged and evaluation.model("expert~no-memory").privileged
    assert evaluation.model("bm25").parts["MRID"].value("forgotten") is None, "a rival remembers nothing to forget"


def test_the_suite_names_known_ablations_and_slow_models() -> None:
    assert {split_name(name)[1] for name in FEED.names} == {"", *ABLATIONS}
    slow = [name for name in FEED.names if is_slow(name)]
    assert slow == ["local:qwen2.5-coder-1.5b", "interecagent:local:qwen2.5-coder-1.5b"]
