"""The solver graph: think and act, run, observe … until the answer. Teacher and student differ only in `model`.

    act -> run -> (answered or out of steps -> end) | act

    with open_sandbox() as sandbox:
        graph = build_solver_graph(model=load_model("local:qwen2.5-coder-1.5b"), sandbox=sandbox)
        state = graph.invoke({"question": "What is the sum of the first 100 primes?"})

With more than one candidate a step, each runs in a fork of the session, and the vote decides (`vote.py`). Steps stream
(`graph.stream`), and a checkpointer keeps a task that is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from stillroom.agents.ask import ask, is_steered_by
from stillroom.agents.solver.action import ACTION_GRAMMAR, ActionError, read_action
from stillroom.agents.solver.profile import SolverProfile, solver_profile_for
from stillroom.agents.solver.state import SolverState
from stillroom.agents.solver.step import Step, StopReason, Trial
from stillroom.agents.solver.tool import Tool, ToolMemory
from stillroom.agents.solver.vote import vote
from stillroom.tools.sandbox import EMPTY, Sandbox

# The temperature of several candidates, where none is given (arXiv 2505.17612).
_SAMPLED: Final = 0.4
# Seeds of one step's candidates lie together, those of different steps apart.
_SEEDS_A_STEP: Final = 1000


@dataclass(frozen=True)
class SolverConfig:
    """How many steps, candidates a step and tokens an action; what is seen of an observation; how actions are drawn.

    `temperature` None is 0 for one candidate and 0.4 for several.
    """

    n_steps: int = 6
    n_candidates: int = 1
    temperature: float | None = None
    seed: int = 0
    max_tokens: int = 320
    observation_budget: int = 1200

    @property
    def heat(self) -> float:
        """Return the temperature that actions are drawn at."""
        if self.temperature is not None:
            return self.temperature
        return _SAMPLED if self.n_candidates > 1 else 0.0


def build_solver_graph(
    *,
    model: BaseChatModel,
    sandbox: Sandbox,
    tools: Sequence[Tool] = (),
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    config: SolverConfig | None = None,
) -> CompiledStateGraph[SolverState, None, SolverState, SolverState]:
    """Build the graph over a model, tools and an open sandbox."""
    nodes = _Nodes(model, sandbox, tuple(tools), solver_profile_for(model, tools), config or SolverConfig())
    graph = StateGraph(SolverState)
    for node in (nodes.begin, nodes.act, nodes.run):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "act")
    graph.add_edge("act", "run")
    graph.add_conditional_edges("run", _after_run)
    return graph.compile(checkpointer=checkpointer)


@dataclass(frozen=True)
class _Nodes:
    """The graph's nodes; a node's function name is its name in the graph and in the log."""

    model: BaseChatModel
    sandbox: Sandbox
    tools: tuple[Tool, ...]
    profile: SolverProfile
    config: SolverConfig

    def begin(self, state: SolverState) -> SolverState:
        """Begin the task with nothing done."""
        return {"steps": (), "session": EMPTY, "known": {}, "calls": (), "answer": None, "stop": None}

    def act(self, state: SolverState) -> SolverState:
        """Ask the model for the next action, as often as there are candidates."""
        messages = self.profile.render(state["question"], state["steps"], self.config.observation_budget)
        first = self.config.seed + _SEEDS_A_STEP * len(state["steps"])
        calls = tuple(
            ask(
                self.model,
                messages,
                node="act",
                profile=self.profile,
                grammar=ACTION_GRAMMAR if is_steered_by(self.model, "grammar") else None,
                sampling={
                    "temperature": self.config.heat,
                    "seed": first + number,
                    "max_tokens": self.config.max_tokens,
                },
            )
            for number in range(self.config.n_candidates)
        )
        return {"calls": calls}

    def run(self, state: SolverState) -> SolverState:
        """Run every candidate in a fork of the session, let them vote, and go on from the winner's state."""
        memory = ToolMemory(self.tools, state["known"])
        tried = [self._try(call.reply, state["session"], memory) for call in state["calls"]]
        decided = vote([trial for trial, _ in tried])
        adopted, session = tried[decided.chosen]
        number = len(state["steps"]) + 1
        trials = tuple(trial for trial, _ in tried)
        step = Step(number, adopted, state["calls"], trials, decided.n_votes)
        over = StopReason.OUT_OF_STEPS if number >= self.config.n_steps else None
        return {
            "steps": (*state["steps"], step),
            "session": session,
            "known": memory.known,
            "calls": (),
            "answer": adopted.answer,
            "stop": StopReason.ANSWERED if adopted.is_final else over,
        }

    def _try(self, reply: str, session: bytes, memory: ToolMemory) -> tuple[Trial, bytes]:
        """Return what a reply came to, and the session after it."""
        try:
            action = read_action(reply)
        except ActionError as error:
            return Trial(reply, observation=str(error)), session
        found = self.sandbox.run(action.code, session, memory.functions)
        trial = Trial(
            reply, action.thought, action.code, found.end, found.observation, found.answer, found.calls, found.ms,
            found.host_ms,
        )  # fmt: skip
        return trial, found.state


def _after_run(state: SolverState) -> Literal["act", "__end__"]:
    return "act" if state["stop"] is None else "__end__"
