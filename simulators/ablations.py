"""Ablations: the feed agent with one of its parts taken away, by name: `expert~no-memory` is `expert` without memory.

Contract: an ablation is another configuration of the same graph and tools; adding one is adding a line to the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from stillroom.agents.feed_graph import FeedGraphConfig
from stillroom.simulators.evaluation import EvaluationError
from stillroom.tools.toolbox import ToolConfig

SIGN: Final = "~"


def split_name(name: str) -> tuple[str, str]:
    """Return a model's name and its ablation (empty where it has none)."""
    model, _, ablation = name.partition(SIGN)
    return model, ablation


def ablate(config: FeedGraphConfig, ablation: str) -> FeedGraphConfig:
    """Return the configuration without the part that an ablation names; raise EvaluationError when there is none."""
    take_away = ABLATIONS.get(ablation)
    if take_away is None:
        near = get_close_matches(ablation, ABLATIONS, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(ABLATIONS)}"
        raise EvaluationError(f"there is no ablation {ablation!r}; {hint}")
    return take_away(config)


def _with_tools(change: Callable[[ToolConfig], ToolConfig]) -> Callable[[FeedGraphConfig], FeedGraphConfig]:
    return lambda config: replace(config, tools=change(config.tools))


ABLATIONS: Final[Mapping[str, Callable[[FeedGraphConfig], FeedGraphConfig]]] = MappingProxyType({
    "no-memory": lambda config: replace(config, memory=False),
    "one-shot": lambda config: replace(config, replan=False),
    "no-attenuator": _with_tools(lambda tools: replace(tools, attenuator=replace(tools.attenuator, beta=0.0))),
    "semantic-only": _with_tools(lambda tools: replace(tools, matcher=replace(tools.matcher, alpha=1.0))),
    "collaborative-only": _with_tools(
        lambda tools: replace(tools, matcher=replace(tools.matcher, alpha=0.0, tag_weight=0.0))
    ),
})  # fmt: skip
