"""The Planner: reads the preferences and what the tools reported, and chooses the next tool calls (RecBot, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from stillroom.agents.ask import ask
from stillroom.agents.plan import plan_shape
from stillroom.agents.profiles import PromptProfile, profile_for
from stillroom.agents.repair import repair_messages
from stillroom.agents.requests import PlanRequest
from stillroom.agents.wire.plan import PlanError, PlanShape, decode_plan, encode_plan
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
        """Return the next calls, which are of the shape that holds at this point of the turn.

        A model that a grammar steers can write no other. A reply that is none is asked for once more where the profile
        allows that, with what is wrong with it, and then replaced by the standard plan; both are recorded.
        """
        shape = plan_shape(request)
        messages = self.profile.render_plan(request)
        calls: tuple[Call, ...] = ()
        notes: tuple[str, ...] = ()
        for attempt in range(1 + self.profile.n_repairs):
            call = self._ask(messages, shape)
            calls = (*calls, call)
            try:
                return Planned(shape.take(decode_plan(call.reply)), calls, notes)
            except PlanError as error:
                notes = (*notes, f"plan: {error}")
                messages = [*messages, *repair_messages(call.reply, str(error))]
                if attempt < self.profile.n_repairs:
                    notes = (*notes, "plan: asked once more")
        return Planned(shape.standard, calls, notes)

    def _ask(self, messages: list[BaseMessage], shape: PlanShape) -> Call:
        return ask(
            self.model,
            messages,
            node="plan",
            profile=self.profile,
            grammar=shape.grammar,
            draft=encode_plan(shape.standard),
        )
