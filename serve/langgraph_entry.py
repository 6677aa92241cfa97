"""The feed graph as LangGraph's tools expect it (`langgraph dev` reads langgraph.json): a factory, built on call."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig

from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.models.load import load_model
from stillroom.data.worlds import load_world


def feed_graph(config: RunnableConfig) -> Any:
    """Return the graph over the world and with the model that the config names (films, student:default)."""
    chosen = config.get("configurable", {})
    catalogue = load_world(str(chosen.get("world", "films")))
    return build_feed_graph(catalogue, model=load_model(str(chosen.get("model", "student:default")), catalogue))
