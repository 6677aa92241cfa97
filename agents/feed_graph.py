"""The feed graph: RecBot's dual agent as a LangGraph StateGraph. Teacher and student differ only in `model`.

    command -> parse -> (keep -> respond) | merge -> plan <-> tools -> aggregate -> (empty, alike -> plan) | respond
            -> undo -> respond

    graph = build_feed_graph(catalogue, model=load_model("student:default"))
    state = graph.invoke({"command": "no horror, something slow-burn from the seventies"}, config)

A turn is invoked with a command (None opens a session with a first feed); with a checkpointer, the session's
preferences, feed and shown items are kept under the config's `thread_id`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final, Literal

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from stillroom.agents.command import Appeal, n_undone, read_appeal
from stillroom.agents.parser import Parser
from stillroom.agents.plan import RELAX, is_stale, nothing_left, standard_plan
from stillroom.agents.planner import Planner
from stillroom.agents.reply import reply_to
from stillroom.agents.requests import ParseRequest, PlanRequest, ShownItem, ToolReport
from stillroom.agents.state import FeedState
from stillroom.agents.wire.plan import LAST
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import KEEP, Verdict
from stillroom.data.preferences import Preferences, merge
from stillroom.data.schema import FacetKind
from stillroom.data.trajectory import ToolCallRecord
from stillroom.tools.call import ToolCall, ToolError
from stillroom.tools.feed import Feed, anchors
from stillroom.tools.state import ToolContext, ToolState, UserProfile
from stillroom.tools.toolbox import ToolConfig

# So many feeds are kept to be brought back; further back, what was remembered comes back, and the feed stays.
MAX_UNDONE: Final = 12


@dataclass(frozen=True)
class FeedGraphConfig:
    """How often the Planner may plan in one turn, the length of the feed, and the tools' weights.

    Two switches are for ablations: without `memory` every turn begins with nothing remembered, without `replan` a plan
    is carried out to its end whatever its tools report.
    """

    max_plan_rounds: int = 3
    memory: bool = True
    replan: bool = True
    tools: ToolConfig = field(default_factory=ToolConfig)


def build_feed_graph(
    catalogue: Catalogue,
    *,
    model: BaseChatModel,
    planner_model: BaseChatModel | None = None,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    config: FeedGraphConfig | None = None,
) -> CompiledStateGraph[FeedState, None, FeedState, FeedState]:
    """Build the graph over one catalogue; `planner_model` is the same model unless another is given."""
    nodes = _Nodes(
        catalogue, Parser(model, catalogue), Planner(planner_model or model, catalogue), config or FeedGraphConfig()
    )
    graph = StateGraph(FeedState)
    steps = (nodes.begin, nodes.undo, nodes.parse, nodes.merge, nodes.plan, nodes.tools, nodes.aggregate, nodes.respond)
    for node in steps:
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "begin")
    graph.add_conditional_edges("begin", _after_begin)
    graph.add_edge("undo", "respond")
    graph.add_conditional_edges("parse", _after_parse)
    graph.add_conditional_edges("merge", _after_merge)
    graph.add_conditional_edges("plan", _after_plan)
    graph.add_conditional_edges("tools", _after_tools)
    graph.add_conditional_edges("aggregate", nodes.after_aggregate)
    graph.add_edge("respond", END)
    return graph.compile(checkpointer=checkpointer)


def shown_items(feed: Feed, catalogue: Catalogue) -> tuple[ShownItem, ...]:
    """Return the feed as a model sees it: position, title, year, and what it is (the first categorical facet)."""
    calendar, leading = catalogue.schema.calendar, catalogue.schema.first(FacetKind.CATEGORICAL)
    years = catalogue.numbers.get(calendar.name if calendar else "year")
    genres = catalogue.sets.get(leading.name) if leading else None
    return tuple(
        ShownItem(
            item.position,
            item.id,
            item.title,
            int(years[item.row]) if years is not None and years[item.row] == years[item.row] else None,
            genres.of(item.row) if genres is not None else (),
        )
        for item in feed
    )


def feeds_before(state: FeedState) -> tuple[Feed, ...]:
    """Return the feeds that undoing can bring back once what is remembered changes; the newest last."""
    return (*state.get("earlier", ()), state["feed"])[-MAX_UNDONE:]


@dataclass(frozen=True)
class _Nodes:
    """The graph's nodes; a node's function name is its name in the graph and in the log."""

    catalogue: Catalogue
    parser: Parser
    planner: Planner
    config: FeedGraphConfig

    def begin(self, state: FeedState) -> FeedState:
        """Reset what belongs to one turn, and give a new session its empty memory."""
        return {
            "command": state.get("command"),
            "preferences": state.get("preferences", Preferences()) if self.config.memory else Preferences(),
            "feed": state.get("feed", ()),
            "shown": state.get("shown", ()),
            "earlier": state.get("earlier", ()),
            "history": state.get("history", ()),
            "turn": state.get("turn", 0) + (state.get("command") is not None),
            "said": KEEP,
            "proposed": KEEP,
            "edit": KEEP,
            "plan": (),
            "reports": (),
            "plan_rounds": 0,
            "calls": (),
            "tool_calls": (),
            "fallbacks": (),
            "reply": "",
            "appeal": read_appeal(state.get("command") or ""),
            "n_wanted": self.config.tools.n_feed,
            "n_undone": 0,
            "tool_state": None,
        }

    def undo(self, state: FeedState) -> FeedState:
        """Take the last changes back: preferences and feed become those before them."""
        preferences, earlier = state["preferences"], state["earlier"]
        n_changes = min(n_undone(state["command"] or ""), len(preferences.past))
        for _ in range(n_changes):
            preferences = preferences.undo()
        feed = earlier[-n_changes] if 0 < n_changes <= len(earlier) else state["feed"]
        return {
            "preferences": preferences,
            "feed": feed,
            "earlier": earlier[: max(0, len(earlier) - n_changes)],
            "n_undone": n_changes,
        }

    def parse(self, state: FeedState) -> FeedState:
        """Ask the Parser what the command changes."""
        request = ParseRequest(state["command"] or "", shown_items(state["feed"], self.catalogue), state["preferences"])
        parsed = self.parser(request)
        return {
            "said": parsed.said,
            "proposed": parsed.edit,
            "calls": state["calls"] + parsed.calls,
            "fallbacks": state["fallbacks"] + parsed.fallbacks,
        }

    def merge(self, state: FeedState) -> FeedState:
        """Let code, not the model, change the memory."""
        merged = merge(
            state["preferences"],
            state["proposed"],
            words=state["command"] or "",
            turn=state["turn"],
            anchors=anchors(self.catalogue, tuple(item.row for item in state["feed"])),
        )
        notes = tuple(f"merge: there is no {name}" for name in merged.unknown_ids)
        changes = merged.edit.verdict is Verdict.CHANGE
        return {
            "preferences": merged.preferences,
            "earlier": feeds_before(state) if changes else state["earlier"],
            "edit": merged.edit,
            "fallbacks": state["fallbacks"] + notes,
        }

    def plan(self, state: FeedState) -> FeedState:
        """Ask the Planner for the next tool calls; out of rounds, the standard plan ends the turn."""
        request = PlanRequest(
            state["preferences"],
            state["reports"],
            bool(state["history"]),
            state["command"] or "",
            state["appeal"] is Appeal.VARIETY,
        )
        rounds = state["plan_rounds"] + 1
        if state["command"] is None:
            # Nothing was said yet, so there is nothing for a model to decide, and every agent opens with the same feed.
            return {"plan": standard_plan(request), "plan_rounds": rounds}
        if rounds > self.config.max_plan_rounds:
            return {
                "plan": standard_plan(request),
                "plan_rounds": rounds,
                "fallbacks": (*state["fallbacks"], "plan: out of rounds"),
            }
        planned = self.planner(request)
        return {
            "plan": planned.plan,
            "plan_rounds": rounds,
            "calls": state["calls"] + planned.calls,
            "fallbacks": state["fallbacks"] + planned.fallbacks,
        }

    def tools(self, state: FeedState) -> FeedState:
        """Run the planned calls up to the aggregate, or to the first one that leaves nothing to rank."""
        context = self._context(state)
        tool_state = state.get("tool_state") or ToolState.fresh(self.catalogue)
        records, reports = list(state["tool_calls"]), list(state["reports"])
        pending = list(state["plan"])
        may_plan_again = self.config.replan and state["plan_rounds"] <= self.config.max_plan_rounds
        while pending and pending[0].name != LAST:
            call = pending.pop(0)
            tool_state, record = self._run(call, context, tool_state)
            records.append(record)
            reports.append(ToolReport(record.call, record.outcome))
            if may_plan_again and not tool_state.n_candidates and nothing_left(reports):
                pending = []
        return {
            "tool_state": tool_state,
            "tool_calls": tuple(records),
            "reports": tuple(reports),
            "plan": tuple(pending),
        }

    def aggregate(self, state: FeedState) -> FeedState:
        """Turn the scores into the feed; where nothing is left it is empty, and never the one shown before."""
        context = self._context(state)
        tool_state = state["tool_state"] or ToolState.fresh(self.catalogue)
        tool_state, record = self._run(ToolCall(LAST), context, tool_state)
        return {
            "feed": tool_state.feed,
            "tool_calls": (*state["tool_calls"], record),
            "reports": (*state["reports"], ToolReport(record.call, record.outcome)),
            "plan": (),
            "tool_state": tool_state,
        }

    def after_aggregate(self, state: FeedState) -> Literal["plan", "respond"]:
        """Stop when the feed is good; one that is empty, or whose items are much alike, goes back to the Planner."""
        may_plan_again = self.config.replan and state["plan_rounds"] <= self.config.max_plan_rounds
        wants_variety = state["command"] is not None and is_stale(state["reports"])
        return "plan" if may_plan_again and (wants_variety or nothing_left(state["reports"])) else "respond"

    def respond(self, state: FeedState) -> FeedState:
        """Say in one or two short sentences what was understood and what had to be given up."""
        rows = (item.row for item in state["feed"])
        return {
            # Only the feed that the person gets to see counts as shown, not one that was made again.
            "shown": tuple(dict.fromkeys((*state["shown"], *rows))),
            "reply": reply_to(state, shown_items(state["feed"], self.catalogue), self.catalogue),
        }

    def _context(self, state: FeedState) -> ToolContext:
        return ToolContext(
            self.catalogue,
            state["preferences"],
            UserProfile(state["history"]),
            frozenset(state["shown"]),
            self.config.tools.n_feed,
        )

    def _run(self, call: ToolCall, context: ToolContext, state: ToolState) -> tuple[ToolState, ToolCallRecord]:
        """Carry out one call and time it; what cannot be done is reported to the Planner and changes nothing.

        Nor is a wish given up in vain: where nothing is found without the one that the Planner named, it stays.
        """
        start = perf_counter()
        error = ""
        try:
            after, text = self.config.tools.call(call, context, state)
            if call.name == RELAX and call.argument and not after.n_candidates:
                raise ToolError(f"without {call.argument} alone nothing is found either, 0 left")
            state = after
        except ToolError as problem:
            error, text = type(problem).__name__, str(problem)
        latency_ms = (perf_counter() - start) * 1000
        return state, ToolCallRecord(call.name, call.argument, text, error, latency_ms)


def _after_begin(state: FeedState) -> Literal["parse", "plan", "undo"]:
    if state["command"] is None:
        return "plan"
    return "undo" if n_undone(state["command"]) else "parse"


def _after_parse(state: FeedState) -> Literal["merge", "plan", "respond"]:
    if state["proposed"].verdict is Verdict.CHANGE:
        return "merge"
    return "plan" if state["appeal"].wants_feed else "respond"


def _after_merge(state: FeedState) -> Literal["plan", "respond"]:
    # What only repeats what is remembered changes nothing, and must not bring another feed.
    return "plan" if state["edit"].verdict is Verdict.CHANGE or state["appeal"].wants_feed else "respond"


def _after_plan(state: FeedState) -> Literal["tools", "respond"]:
    return "tools" if state["plan"] else "respond"


def _after_tools(state: FeedState) -> Literal["plan", "aggregate"]:
    return "aggregate" if state["plan"] else "plan"
