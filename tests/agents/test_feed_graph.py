"""The feed graph: its shape, what a turn does and records, memory between turns, and models that fail."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde import jsonplus

from stillroom.agents.feed_graph import MAX_UNDONE, FeedGraphConfig, build_feed_graph
from stillroom.agents.models.load import load_model
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Verdict
from stillroom.data.preferences import Preferences, Remembered
from stillroom.serve.conversation import StateSerializer
from stillroom.tools.state import ToolState

PLAN = "filter\nmatch\naggregate"


def thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def must(facet: str, op: str, value: str | float) -> Constraint:
    data = {"polarity": "+", "strength": "hard", "facet": facet, "op": op, "value": value}
    return Constraint.from_json(data)


def test_its_nodes_and_edges_are_those_of_the_design(tiny: Catalogue, scripted: Any) -> None:
    drawn = build_feed_graph(tiny, model=scripted()).get_graph()
    assert set(drawn.nodes) == {
        *("__start__", "begin", "undo", "parse", "merge", "plan", "tools", "aggregate", "respond", "__end__")
    }
    assert {(edge.source, edge.target) for edge in drawn.edges} == {
        ("__start__", "begin"),
        ("begin", "parse"),
        ("begin", "plan"),
        ("begin", "undo"),
        ("undo", "respond"),
        ("parse", "merge"),
        ("parse", "plan"),
        ("parse", "respond"),
        ("merge", "plan"),
        ("merge", "respond"),
        ("plan", "tools"),
        ("plan", "respond"),
        ("tools", "plan"),
        ("tools", "aggregate"),
        ("aggregate", "plan"),
        ("aggregate", "respond"),
        ("respond", "__end__"),
    }


def test_an_opening_asks_no_model_and_shows_a_feed(tiny: Catalogue, scripted: Any) -> None:
    state = build_feed_graph(tiny, model=scripted()).invoke({"command": None, "history": (1, 2)})
    assert [item.position for item in state["feed"]] == list(range(1, 11))
    assert {1, 2}.isdisjoint(item.row for item in state["feed"])
    assert state["calls"] == () and state["turn"] == 0


def test_a_change_is_remembered_obeyed_recorded_and_said(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("must genre = Comedy", PLAN)
    state = build_feed_graph(tiny, model=model).invoke({"command": "only comedies", "history": (1, 2)})
    comedy = tiny.sets["genre"].mask("Comedy")
    assert state["feed"] and all(comedy[item.row] for item in state["feed"])
    assert [(item.id, item.words, item.turn) for item in state["preferences"].remembered] == [
        ("c1", "only comedies", 1)
    ]
    assert [(call.node, call.model, call.prompt_profile) for call in state["calls"]] == [
        ("parse", "scripted", "student"),
        ("plan", "scripted", "student"),
    ]
    assert all(call.prompt_hash and call.n_tokens_in == 7 and call.n_tokens_out == 3 for call in state["calls"])
    assert all(call.finish_reason == "stop" for call in state["calls"])
    assert [call.call for call in state["tool_calls"]] == ["filter", "match", "aggregate"]
    assert state["fallbacks"] == ()
    assert state["reply"] == "Noted: only Comedy."
    assert all(model.grammars)


@pytest.mark.parametrize("profile", ["student", "teacher"])
def test_the_profile_is_the_models_own(tiny: Catalogue, scripted: Any, profile: str) -> None:
    model = scripted("keep", prompt_profile=profile, model_name="somebody")
    call = build_feed_graph(tiny, model=model).invoke({"command": "thanks"})["calls"][0]
    assert (call.prompt_profile, call.model) == (profile, "somebody")
    kinds = [message.type for message in model.asked[0]]
    assert (
        kinds == ["human"]
        if profile == "student"
        else (kinds[0], kinds[-1], "ai" in kinds) == ("system", "human", True)
    )
    assert [message["content"] for message in call.messages] == [message.content for message in model.asked[0]]


def test_keep_changes_nothing_at_all(tiny: Catalogue, scripted: Any) -> None:
    graph = build_feed_graph(tiny, model=scripted("must genre = Comedy", PLAN, "keep"), checkpointer=saver())
    before = graph.invoke({"command": "comedies only"}, thread("a"))
    after = graph.invoke({"command": "thank you"}, thread("a"))
    assert after["feed"] == before["feed"] and after["preferences"] == before["preferences"]
    assert after["shown"] == before["shown"] and after["tool_calls"] == ()
    assert after["reply"] == "Glad you like it; the feed stays as it is."


def test_a_repetition_changes_nothing_either(tiny: Catalogue, scripted: Any) -> None:
    script = scripted("must genre = Comedy", PLAN, "must genre = Comedy")
    graph = build_feed_graph(tiny, model=script, checkpointer=saver())
    before = graph.invoke({"command": "comedies only"}, thread("a"))
    after = graph.invoke({"command": "i said comedies only"}, thread("a"))
    assert after["proposed"].verdict is Verdict.CHANGE and after["edit"].verdict is Verdict.KEEP
    assert after["feed"] == before["feed"] and after["preferences"] == before["preferences"]


def saver() -> InMemorySaver:
    return InMemorySaver(serde=StateSerializer())


def test_a_session_needs_only_commands_and_is_read_back_without_a_warning(
    tiny: Catalogue, scripted: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A type is warned of once in a process, by whichever test comes first.
    monkeypatch.setattr(jsonplus, "_warned_blocked_types", set())
    script = scripted("ban genre = Horror", PLAN, "ban language = French", PLAN)
    graph = build_feed_graph(tiny, model=script, checkpointer=saver())
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        opening = graph.invoke({"command": None, "history": (3, 4)}, thread("a"))
        first = graph.invoke({"command": "no horror"}, thread("a"))
        second = graph.invoke({"command": "nothing french"}, thread("a"))
    assert caplog.records == []
    assert second["preferences"].ids == ("c1", "c2") and second["turn"] == 2
    assert second["history"] == (3, 4)
    assert all(isinstance(item, Remembered) for item in second["preferences"].remembered)
    rows = [{item.row for item in state["feed"]} for state in (opening, first, second)]
    assert not rows[0] & rows[1], "what was shown is not shown again"
    assert set(second["shown"]) == rows[0] | rows[1] | rows[2]
    assert second["calls"][0].node == "parse" and len(second["calls"]) == 2, "a turn's record is of that turn alone"


def test_the_arrays_of_a_turn_are_not_checkpointed(tiny: Catalogue, scripted: Any) -> None:
    graph = build_feed_graph(tiny, model=scripted("must genre = Comedy", PLAN), checkpointer=saver())
    assert isinstance(graph.invoke({"command": "only comedies"}, thread("a")).get("tool_state"), ToolState | None)
    assert graph.get_state(thread("a")).values.get("tool_state") is None


def test_undo_brings_back_what_was_remembered(tiny: Catalogue, scripted: Any) -> None:
    script = scripted("must genre = Comedy", PLAN, PLAN)
    graph = build_feed_graph(tiny, model=script, checkpointer=saver())
    first = graph.invoke({"command": "only comedies"}, thread("a"))
    second = graph.invoke({"command": "no, dramas"}, thread("a"))
    assert second["reply"] == "Noted: only Drama. Forgotten: only Comedy."
    third = graph.invoke({"command": "undo that"}, thread("a"))
    assert third["reply"] == "Undone." and third["feed"] == first["feed"] and third["calls"] == ()
    assert third["preferences"].remembered == first["preferences"].remembered
    assert third["preferences"].n_issued == 2, "an id is never used again"
    opening = graph.invoke({"command": "undo the last two"}, thread("a"))
    assert opening["preferences"].remembered == ()
    assert graph.invoke({"command": "undo"}, thread("a"))["reply"] == "There is nothing to undo."


def test_undo_goes_further_back_than_the_feeds_that_are_kept(tiny: Catalogue) -> None:
    graph = build_feed_graph(tiny, model=load_model("rules", tiny), checkpointer=saver())
    states = [graph.invoke({"command": f"after {year}"}, thread("a")) for year in range(1800, 1802 + MAX_UNDONE)]
    for state in reversed(states[1:-1]):
        undone = graph.invoke({"command": "undo"}, thread("a"))
        assert undone["preferences"].remembered == state["preferences"].remembered
        assert undone["feed"] == state["feed"]
    last = graph.invoke({"command": "undo"}, thread("a"))
    assert last["preferences"].remembered == states[0]["preferences"].remembered and last["feed"] == undone["feed"]


@pytest.mark.parametrize("reply", ["", "sure! here you go", "must genre Comedy", "must genre = Comedy\nkeep", "\x00"])
def test_a_malformed_edit_is_an_event_and_changes_nothing(tiny: Catalogue, scripted: Any, reply: str) -> None:
    state = build_feed_graph(tiny, model=scripted(reply)).invoke({"command": "only comedies"})
    assert state["preferences"] == Preferences() and state["feed"] == ()
    assert len(state["fallbacks"]) == 1 and state["fallbacks"][0].startswith("parse: ")
    assert state["calls"][0].reply == reply


@pytest.mark.parametrize("reply", ["", "filter", "sing\naggregate", "similar\naggregate"])
def test_a_malformed_plan_is_replaced_by_the_standard_one(tiny: Catalogue, scripted: Any, reply: str) -> None:
    state = build_feed_graph(tiny, model=scripted("must genre = Comedy", reply)).invoke({"command": "only comedies"})
    assert [call.call for call in state["tool_calls"]] == ["filter", "popular", "aggregate"]
    assert state["feed"] and state["fallbacks"][0].startswith("plan: ")


def test_an_unknown_id_is_an_event(tiny: Catalogue, scripted: Any) -> None:
    state = build_feed_graph(tiny, model=scripted("drop c7")).invoke({"command": "forget that"})
    assert state["fallbacks"] == ("merge: there is no c7",)
    assert state["preferences"] == Preferences()


def test_what_must_be_given_up_is_said(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("must year > 2017\nmust genre = Comedy", "filter\nmatch\naggregate", "relax\nmatch\naggregate")
    command = "comedies newer than anything"
    state = build_feed_graph(tiny, model=model).invoke({"command": command, "history": (1, 2)})
    assert [call.call for call in state["tool_calls"]] == ["filter", "relax", "match", "aggregate"]
    assert "Nothing met everything, so I gave up:" in state["reply"]
    assert state["feed"]


def test_a_turn_out_of_rounds_is_ended_by_the_standard_plan(tiny: Catalogue, scripted: Any) -> None:
    model = scripted("must year > 2017", "filter\npopular\naggregate")
    state = build_feed_graph(tiny, model=model, config=FeedGraphConfig(max_plan_rounds=1)).invoke({"command": "new"})
    assert state["fallbacks"] == ("plan: out of rounds",)
    assert state["feed"], "the standard plan relaxes"


@pytest.mark.parametrize("second", ["match\naggregate", "aggregate", "stop", "filter\naggregate"])
@pytest.mark.parametrize("first", ["match\naggregate", "filter\nmatch\naggregate"])
def test_what_cannot_be_met_never_leaves_the_old_feed_up(
    tiny: Catalogue, scripted: Any, first: str, second: str
) -> None:
    graph = build_feed_graph(tiny, model=scripted("must year > 2100", first, second), checkpointer=saver())
    before = graph.invoke({"command": None, "history": (1, 2)}, thread("a"))
    after = graph.invoke({"command": "newer than 2100"}, thread("a"))
    assert [call.tool for call in after["tool_calls"]].count("relax") == 1 and len(after["calls"]) == 3
    assert after["feed"] and {item.row for item in after["feed"]}.isdisjoint(item.row for item in before["feed"])
    assert after["reply"] == "Noted: after 2100. Nothing met everything, so I gave up: after 2100."
    assert len(after["fallbacks"]) == 1, "what code did is noted"


def test_a_wish_is_not_given_up_in_vain(tiny: Catalogue, scripted: Any) -> None:
    model = scripted(
        "must year > 2100\nmust genre = Comedy",
        *("filter\nmatch\naggregate", "relax c2\nmatch\naggregate", "relax\nmatch\naggregate"),
    )
    state = build_feed_graph(tiny, model=model).invoke({"command": "comedies from the future", "history": (1, 2)})
    assert [call.call for call in state["tool_calls"]] == ["filter", "relax c2", "relax", "match", "aggregate"]
    assert state["tool_calls"][1].error == "ToolError" and state["fallbacks"] == ()
    assert state["reply"].endswith("Nothing met everything, so I gave up: after 2100.")
    assert all("Comedy" in tiny.sets["genre"].of(item.row) for item in state["feed"])


def test_where_nothing_can_be_shown_the_feed_is_empty_and_that_is_said(tiny: Catalogue, scripted: Any) -> None:
    config = FeedGraphConfig(replan=False)
    model = scripted("must year > 2100", "filter\nmatch\naggregate")
    graph = build_feed_graph(tiny, model=model, checkpointer=saver(), config=config)
    before = graph.invoke({"command": None, "history": (1, 2)}, thread("a"))
    after = graph.invoke({"command": "newer than 2100"}, thread("a"))
    assert before["feed"] and after["feed"] == () and after["shown"] == before["shown"]
    assert after["reply"] == "Noted: after 2100. No film is left to show."


def test_a_feed_that_no_command_asked_for_is_relaxed_too(tiny: Catalogue, scripted: Any) -> None:
    remembered = Preferences((Remembered("c1", must("year", ">", 2100)),), 1)
    state = build_feed_graph(tiny, model=scripted()).invoke({"command": None, "preferences": remembered})
    assert [call.call for call in state["tool_calls"]] == ["filter", "relax", "popular", "aggregate"] and state["feed"]


def test_a_tool_that_cannot_be_carried_out_is_reported_and_the_turn_goes_on(tiny: Catalogue, scripted: Any) -> None:
    like = {"polarity": "+", "strength": "soft", "facet": "item", "op": "like", "value": "No Such Film"}
    remembered = Preferences((Remembered("c1", Constraint.from_json(like)),), 1)
    model = scripted("must genre = Comedy", "filter\nsimilar c1\naggregate")
    state = build_feed_graph(tiny, model=model).invoke({"command": "only comedies", "preferences": remembered})
    failed = next(call for call in state["tool_calls"] if call.tool == "similar")
    assert failed.error == "ToolError" and failed.outcome
    assert state["feed"]


def test_bounds_without_a_number_never_reach_the_merge(tiny: Catalogue, scripted: Any) -> None:
    remembered = Preferences((Remembered("c1", must("year", ">=", 1980)),), 1)
    script = scripted("must year <=\nmust year < soon", PLAN)
    state = build_feed_graph(tiny, model=script).invoke({"command": "older", "preferences": remembered})
    assert state["preferences"] == remembered
    assert len(state["fallbacks"]) == 2


def test_a_command_without_words_asks_nobody(tiny: Catalogue, scripted: Any) -> None:
    state = build_feed_graph(tiny, model=scripted()).invoke({"command": " ?! "})
    assert state["reply"].startswith("I read no words there")
    assert state["fallbacks"] == ("the command has no words",)


def test_the_planner_may_be_another_model(tiny: Catalogue, scripted: Any) -> None:
    parser, planner = scripted("must genre = Comedy", model_name="one"), scripted(PLAN, model_name="two")
    state = build_feed_graph(tiny, model=parser, planner_model=planner).invoke({"command": "only comedies"})
    assert [call.model for call in state["calls"]] == ["one", "two"]
