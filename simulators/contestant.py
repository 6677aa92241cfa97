"""Who takes part in an evaluation: models, ablations of the feed agent, and rivals, each built when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from langchain_core.language_models import BaseChatModel

from stillroom.agents.feed_graph import FeedGraphConfig, build_feed_graph
from stillroom.agents.models.expert import ExpertModel, Oracle
from stillroom.simulators.session import Seat
from stillroom.simulators.stage import Stage


@dataclass(frozen=True)
class ModelSpec:
    """A model by name, built when its turn comes; without `build` it is the privileged expert.

    `version` tells apart what has one name (a student trained anew): stored episodes of another version are not used.
    A model too slow for all commands and sessions goes through a `share` of them in (0, 1], the first of each kind.
    `config` is another configuration of the graph than the stage's (an ablation). A rival brings its own `sit`; it
    reads no commands apart, and neither does an ablation, whose Parser is that of the whole.
    """

    name: str
    build: Callable[[], BaseChatModel] | None = None
    version: str = ""
    share: float = 1.0
    config: FeedGraphConfig | None = None
    sit: Callable[[Stage], Seat] | None = None

    @property
    def privileged(self) -> bool:
        """Say whether this is the expert, who is told what the user means."""
        return self.build is None and self.sit is None

    @property
    def reads_commands(self) -> bool:
        """Say whether single commands are put to it, apart from sessions."""
        return self.config is None and self.sit is None


EXPERT: Final = ModelSpec("expert")


def take_seat(stage: Stage, spec: ModelSpec) -> tuple[Seat, BaseChatModel | None]:
    """Return the seat, and the model that sits there (a rival has none that could read a command)."""
    if spec.sit is not None:
        return spec.sit(stage), None
    oracle = Oracle()
    model = ExpertModel(oracle=oracle) if spec.build is None else spec.build()
    graph = build_feed_graph(stage.catalogue, model=model, config=spec.config or stage.config)
    return Seat(graph, spec.name, oracle), model
