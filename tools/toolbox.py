"""The toolbox: the table of feed tools, and how one call or a whole plan is run (DESIGN 5).

Contract: `run_tool` takes one ToolCall to a new ToolState and an outcome; `run_plan` runs calls in order and stops
early when nothing is left, so that the Planner can look and relax. A new tool is one file and one line of
`ToolConfig.table`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences
from stillroom.tools.aggregator import Aggregator
from stillroom.tools.attenuator import Attenuator
from stillroom.tools.call import ToolCall, ToolError, ToolOutcome
from stillroom.tools.diversify import Diversify
from stillroom.tools.explain import Explain
from stillroom.tools.filter import Filter
from stillroom.tools.matcher import Matcher
from stillroom.tools.popular import Popular
from stillroom.tools.relax import Relax
from stillroom.tools.similar import Similar
from stillroom.tools.state import Tool, ToolContext, ToolState, ToolStep, UserProfile

__all__ = [
    "Access",
    "Argument",
    "PlanRun",
    "ToolCall",
    "ToolConfig",
    "ToolContext",
    "ToolError",
    "ToolOutcome",
    "ToolSpec",
    "ToolState",
    "ToolStep",
    "UserProfile",
    "run_plan",
    "run_tool",
]


class Argument(StrEnum):
    """What a tool takes: nothing, a constraint's id, an id or nothing, or a position in the feed."""

    NONE = "none"
    ID = "id"
    OPTIONAL_ID = "optional id"
    POSITION = "position"


class Access(StrEnum):
    """Whether a tool changes the turn's state or only reads it."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class ToolSpec:
    """A line of the table: the tool, what it takes, whether it writes, and what it is for."""

    name: str
    tool: Tool
    argument: Argument
    access: Access
    doc: str

    def problem(self, argument: str | None) -> str | None:
        """Return why the argument cannot be, or None when it can."""
        if self.argument is Argument.NONE and argument is not None:
            return f"{self.name} takes no argument"
        if self.argument in (Argument.ID, Argument.POSITION) and argument is None:
            return f"{self.name} needs {'an id' if self.argument is Argument.ID else 'a position'}"
        return None


@dataclass(frozen=True)
class ToolConfig:
    """The length of a feed, and the feed tools, each with its own configuration."""

    n_feed: int = 10
    filter: Filter = field(default_factory=Filter)
    relax: Relax = field(default_factory=Relax)
    matcher: Matcher = field(default_factory=Matcher)
    attenuator: Attenuator = field(default_factory=Attenuator)
    popular: Popular = field(default_factory=Popular)
    similar: Similar = field(default_factory=Similar)
    diversify: Diversify = field(default_factory=Diversify)
    aggregator: Aggregator = field(default_factory=Aggregator)
    explain: Explain = field(default_factory=Explain)

    def table(self) -> dict[str, ToolSpec]:
        """Return every tool by the name that a plan calls it by."""
        none, write = Argument.NONE, Access.WRITE
        specs = (
            ToolSpec("filter", self.filter, none, write, "keep the items that meet every hard constraint"),
            ToolSpec("relax", self.relax, Argument.OPTIONAL_ID, write, "give up a hard constraint"),
            ToolSpec("match", self.matcher, none, write, "score by what is wanted and by past items"),
            ToolSpec("attenuate", self.attenuator, none, write, "push down what is softly unwanted"),
            ToolSpec("popular", self.popular, none, write, "score by popularity, for new people"),
            ToolSpec("similar", self.similar, Argument.ID, write, "score by likeness to a constraint's item"),
            ToolSpec("diversify", self.diversify, none, write, "make the feed varied"),
            ToolSpec("aggregate", self.aggregator, none, write, "add the scores up and make the feed"),
            ToolSpec("explain", self.explain, Argument.POSITION, Access.READ, "say why an item is in the feed"),
        )
        return {spec.name: spec for spec in specs}

    def call(self, call: ToolCall, context: ToolContext, state: ToolState) -> ToolStep:
        """Carry out one call; raise ToolError when it makes no sense."""
        spec = self.table().get(call.name)
        if spec is None:
            raise ToolError(f"there is no tool {call.name!r}")
        problem = spec.problem(call.argument)
        if problem is not None:
            raise ToolError(problem)
        return spec.tool(context, state, call.argument)


def run_tool(
    call: ToolCall,
    catalogue: Catalogue,
    preferences: Preferences,
    profile: UserProfile,
    shown: frozenset[int],
    state: ToolState | None = None,
    config: ToolConfig | None = None,
) -> ToolStep:
    """Carry out one call, from the start of a turn when no state is given; raise ToolError when it makes no sense."""
    tools = config or ToolConfig()
    context = ToolContext(catalogue, preferences, profile, shown, tools.n_feed)
    return tools.call(call, context, ToolState.fresh(catalogue) if state is None else state)


@dataclass(frozen=True)
class PlanRun:
    """What a plan led to: the last state, each call's outcome, and whether the Planner should look again."""

    state: ToolState
    outcomes: tuple[ToolOutcome, ...]
    is_stuck: bool


def run_plan(
    calls: Sequence[ToolCall],
    catalogue: Catalogue,
    preferences: Preferences,
    profile: UserProfile,
    shown: frozenset[int],
    state: ToolState | None = None,
    config: ToolConfig | None = None,
) -> PlanRun:
    """Run calls in order, a ToolError being that call's outcome; stop when nothing is left to rank."""
    now = ToolState.fresh(catalogue) if state is None else state
    outcomes: list[ToolOutcome] = []
    for call in calls:
        try:
            now, text = run_tool(call, catalogue, preferences, profile, shown, now, config)
        except ToolError as error:
            text = str(error)
        outcomes.append(ToolOutcome(call.line, text))
        if not now.n_candidates:
            return PlanRun(now, tuple(outcomes), is_stuck=True)
    return PlanRun(now, tuple(outcomes), is_stuck=False)
