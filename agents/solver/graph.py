"""The solver graph: think and act, run, observe … until the answer. Teacher and student differ only in `model`.

    (think ->) act -> run -> (answered or out of steps -> end) | act

    with open_sandbox() as sandbox:
        graph = build_solver_graph(model=load_model("local:qwen2.5-coder-1.5b"), sandbox=sandbox)
        state = graph.invoke({"question": "What is the sum of the first 100 primes?"})

With more than one candidate a step, each runs in a fork of the session, and the vote decides (`vote.py`). With a first
thought, the model reasons about the question in words before, and the first action goes on from the first sentence of
that. The same graph answers by a chain of thought alone (`Form.COT`), which is one step. Steps stream (`graph.stream`),
and a checkpointer keeps a task that is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from stillroom.agents.ask import Profile, ask_many
from stillroom.agents.solver.acting import Acting, Reasoning, choose_acting
from stillroom.agents.solver.reasoning import first_thought, reasoning_profile_for
from stillroom.agents.solver.state import SolverState, with_saved_types
from stillroom.agents.solver.step import Step, StopReason
from stillroom.agents.solver.tool import Tool, ToolMemory
from stillroom.agents.solver.vote import vote
from stillroom.data.trajectory import Call, Form
from stillroom.tools.sandbox import EMPTY, Sandbox

# The temperature of several candidates, where none is given (arXiv 2505.17612).
_SAMPLED: Final = 0.4
# Seeds of one step's candidates lie together, those of different steps apart.
_SEEDS_A_STEP: Final = 1000


@dataclass(frozen=True)
class SolverConfig:
    """By actions or in words; how many steps, candidates a step and tokens an action; how they are drawn.

    `first_thought` starts the first action's thought with the first sentence of a chain of thought. `temperature` None
    is the model's own for one candidate (0 unless it was opened with another) and 0.4 for several. Of an observation
    `observation_budget` characters are seen.
    """

    form: Form = Form.AGENT
    first_thought: bool = False
    n_steps: int = 6
    n_candidates: int = 1
    temperature: float | None = None
    seed: int = 0
    max_tokens: int = 320
    observation_budget: int = 1200

    @property
    def heat(self) -> float:
        """Return the temperature that actions are drawn at, by a model that was opened with none of its own."""
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
    """Build the graph over a model, tools and an open sandbox.

    A checkpointer that saves in LangGraph's own way loads no other types than those that this graph saves.
    """
    config = config or SolverConfig()
    acting = choose_acting(config.form, model, sandbox, tools, config.observation_budget)
    nodes = _Nodes(model, acting, tuple(tools), config)
    graph = StateGraph(SolverState)
    for node in (nodes.begin, nodes.act, nodes.run):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "begin")
    if config.first_thought and config.form is Form.AGENT:
        graph.add_node("think", nodes.think)
        graph.add_edge("begin", "think")
        graph.add_edge("think", "act")
    else:
        graph.add_edge("begin", "act")
    graph.add_edge("act", "run")
    graph.add_conditional_edges("run", _after_run)
    return graph.compile(checkpointer=checkpointer and with_saved_types(checkpointer))


@dataclass(frozen=True)
class _Nodes:
    """The graph's nodes; a node's function name is its name in the graph and in the log."""

    model: BaseChatModel
    acting: Acting
    tools: tuple[Tool, ...]
    config: SolverConfig

    def begin(self, state: SolverState) -> SolverState:
        """Begin the task with nothing done; raise ValueError where there is no question."""
        question = state.get("question")
        if not isinstance(question, str):
            raise ValueError(f"the solver is given a question, a text, not {type(question).__name__}")
        return {
            "steps": (), "session": EMPTY, "known": {}, "thinking": None, "calls": (), "answer": None, "stop": None
        }  # fmt: skip

    def think(self, state: SolverState) -> SolverState:
        """Ask the model for a chain of thought, whose first sentence starts the first action."""
        words = Reasoning(reasoning_profile_for(self.model), held=False)
        (thinking,) = self._ask("think", words.profile, words.render(state["question"], (), ""), None, 0, 1)
        return {"thinking": thinking}

    def act(self, state: SolverState) -> SolverState:
        """Ask the model for the next action, as often as there are candidates."""
        steps, thought = state["steps"], _first_thought(state)
        messages = self.acting.render(state["question"], steps, thought)
        grammar = self.acting.grammar(steps, thought)
        first, n_candidates = _SEEDS_A_STEP * len(steps), self.config.n_candidates
        return {"calls": self._ask("act", self.acting.profile, messages, grammar, first, n_candidates)}

    def run(self, state: SolverState) -> SolverState:
        """Run every candidate in a fork of the session, let them vote, and go on from the winner's state."""
        memory = ToolMemory(self.tools, state["known"])
        begins = "" if state["steps"] else _first_thought(state)
        tried = [self.acting.attempt(call.reply, state["session"], memory, begins) for call in state["calls"]]
        decided = vote([trial for trial, _ in tried])
        adopted, session = tried[decided.chosen]
        number = len(state["steps"]) + 1
        trials = tuple(trial for trial, _ in tried)
        thinking = state["thinking"]
        before = () if thinking is None or state["steps"] else (thinking,)
        step = Step(number, adopted, (*before, *state["calls"]), trials, decided.n_votes)
        n_steps = self.config.n_steps if self.config.form is Form.AGENT else 1
        over = StopReason.OUT_OF_STEPS if number >= n_steps else None
        return {
            "steps": (*state["steps"], step),
            "session": session,
            "known": memory.known,
            "calls": (),
            "answer": adopted.answer,
            "stop": StopReason.ANSWERED if adopted.is_final else over,
        }

    def _ask(
        self,
        node: str,
        profile: Profile,
        messages: Sequence[BaseMessage],
        grammar: str | None,
        seed: int,
        n_replies: int,
    ) -> tuple[Call, ...]:
        config = self.config
        sampling: dict[str, float] = {"seed": config.seed + seed, "max_tokens": config.max_tokens}
        if config.temperature is not None or config.n_candidates > 1:
            sampling["temperature"] = config.heat
        return ask_many(self.model, messages, n_replies, node=node, profile=profile, grammar=grammar, sampling=sampling)


def _first_thought(state: SolverState) -> str:
    thinking = state["thinking"]
    return "" if thinking is None else first_thought(thinking.reply)


def _after_run(state: SolverState) -> Literal["act", "__end__"]:
    return "act" if state["stop"] is None else "__end__"
