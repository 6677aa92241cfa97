"""The Planner: reads the preferences and what the tools reported, and chooses the next tool calls (RecBot, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from langchain_core.language_models import BaseChatModel

from stillroom.agents.ask import ask
from stillroom.agents.plan import standard_plan
from stillroom.agents.profiles import PromptProfile, profile_for
from stillroom.agents.requests import PlanRequest
from stillroom.agents.wire.plan import PlanError, decode_plan, encode_plan, plan_grammar
from stillroom.data.catalogue import Catalogue
from stillroom.data.trajectory import Call
from stillroom.tools.call import ToolCall


@dataclass(frozen=True)
class Planned:
    """The tool calls to run next, the model call that chose them, and any fallback."""

    plan: tuple[ToolCall, ...]
    calls: tuple[Call, ...] = ()
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planner:
    """A model that chooses tools over one catalogue."""

    model: BaseChatModel
    catalogue: Catalogue

    @cached_property
    def profile(self) -> PromptProfile:
        """Return the model's prompt profile; made once, since its hash reads source code."""
        return profile_for(self.model, self.catalogue.schema)

    def __call__(self, request: PlanRequest) -> Planned:
        """Return the next calls; a plan that cannot be read is replaced by the standard one, and that is recorded."""
        call = ask(
            self.model,
            self.profile.render_plan(request),
            node="plan",
            profile=self.profile,
            grammar=plan_grammar(request.preferences.ids),
            draft=encode_plan(standard_plan(request)),
        )
        try:
            return Planned(decode_plan(call.reply), (call,))
        except PlanError as error:
            return Planned(standard_plan(request), (call,), (f"plan: {error}",))
