"""The graphs as LangGraph's tools expect them (`langgraph dev` reads langgraph.json): factories, built on call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig

from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.models.load import load_model
from stillroom.agents.solver import SolverConfig, build_solver_graph
from stillroom.data.fetch import Fetcher
from stillroom.data.paths import cache_folder
from stillroom.data.worlds import load_world
from stillroom.simulators.tasks import load_environment
from stillroom.simulators.tasks.tools import open_tools
from stillroom.tools.sandbox import USUAL_SANDBOX, open_sandbox


def feed_graph(config: RunnableConfig) -> Any:
    """Return the graph over the world and with the model that the config names (films, student:default)."""
    chosen = config.get("configurable", {})
    catalogue = load_world(str(chosen.get("world", "films")))
    return build_feed_graph(catalogue, model=load_model(str(chosen.get("model", "student:default")), catalogue))


@asynccontextmanager
async def solver_graph(config: RunnableConfig) -> AsyncIterator[Any]:
    """Yield the graph with the model, the task's tools and the sandbox that the config names, while that is open.

    The usual ones are student:solver, mirror and monty; `candidates` is how many actions are drawn a step.
    """
    chosen = config.get("configurable", {})
    fetcher = Fetcher(cache_folder())
    tools = open_tools(load_environment(str(chosen.get("task", "mirror")), fetcher), fetcher)
    model = load_model(str(chosen.get("model", "student:solver")))
    drawn = SolverConfig(n_candidates=int(chosen.get("candidates", 1)))
    with open_sandbox(str(chosen.get("sandbox", USUAL_SANDBOX))) as sandbox:
        yield build_solver_graph(model=model, sandbox=sandbox, tools=tools, config=drawn)
