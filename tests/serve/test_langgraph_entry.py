"""The file that LangGraph's tools read names factories that are there and whose graphs run."""

from __future__ import annotations

import asyncio
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from stillroom.serve import langgraph_entry

ROOT = Path(__file__).parents[2]


def test_every_graph_that_the_file_names_is_there() -> None:
    graphs = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    assert set(graphs) == {"feed", "solver"}
    for place in graphs.values():
        path, _, name = place.partition(":")
        assert (ROOT / path).is_file()
        assert callable(getattr(importlib.import_module(f"stillroom.serve.{Path(path).stem}"), name))


def test_the_feed_graph_runs_with_what_the_config_names(toy_world: str) -> None:
    graph = langgraph_entry.feed_graph({"configurable": {"world": toy_world, "model": "rules"}})
    assert len(graph.invoke({"command": "no horror"})["feed"]) == 10


def test_the_solver_graph_runs_while_its_sandbox_is_open(monkeypatch: pytest.MonkeyPatch, scripted: Any) -> None:
    model = scripted("Thought: multiply.\n```python\nfinal_answer(6 * 7)\n```")
    monkeypatch.setattr(langgraph_entry, "load_model", lambda name: model)

    async def solve() -> Any:
        async with langgraph_entry.solver_graph({"configurable": {"model": "scripted", "task": "gsm8k"}}) as graph:
            return graph.invoke({"question": "What is six times seven?"})

    assert str(asyncio.run(solve())["answer"]) == "42"
