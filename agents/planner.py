"""The Planner: reads the preferences and what the tools reported, and chooses the next tool calls (RecBot, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from stillroom.agents.ask import ask
from stillroom.agents.plan import DIVERSIFY, done_in, has_feed, standard_plan
from stillroom.agents.profiles import PromptProfile, profile_for
from stillroom.agents.repair import repair_messages
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
        """Return the next calls, valid by construction.

        A reply that is no plan is asked for once more where the profile allows that, and then replaced by the
        standard plan; a wish for variety that the plan forgets is put into it. Both are recorded.
        """
        messages = self.profile.render_plan(request)
        calls: tuple[Call, ...] = ()
        notes: tuple[str, ...] = ()
        for attempt in range(1 + self.profile.n_repairs):
            call = self._ask(messages, request)
            calls = (*calls, call)
            try:
                return _complete(self._read(call.reply, request), request, calls, notes)
            except PlanError as error:
                notes = (*notes, f"plan: {error}")
                messages = [*messages, *repair_messages(call.reply, str(error))]
                if attempt < self.profile.n_repairs:
                    notes = (*notes, "plan: asked once more")
        return Planned(standard_plan(request), calls, notes)

    def _ask(self, messages: list[BaseMessage], request: PlanRequest) -> Call:
        return ask(
            self.model,
            messages,
            node="plan",
            profile=self.profile,
            grammar=plan_grammar(request.preferences.ids, may_stop=has_feed(request.reports)),
            draft=encode_plan(standard_plan(request)),
        )

    def _read(self, reply: str, request: PlanRequest) -> tuple[ToolCall, ...]:
        plan = decode_plan(reply)
        if not plan and not has_feed(request.reports):
            raise PlanError("there is no feed yet that could stay as it is")
        known = set(request.preferences.ids)
        for call in plan:
            if call.argument is not None and call.argument not in known:
                raise PlanError(f"nothing is remembered as {call.argument}")
        if has_feed(request.reports) and plan and {call.line for call in plan} <= done_in(request.reports):
            raise PlanError("all of that was done, and the feed would be the same")
        return plan


def _complete(
    plan: tuple[ToolCall, ...], request: PlanRequest, calls: tuple[Call, ...], notes: tuple[str, ...]
) -> Planned:
    done = done_in(request.reports) | {call.name for call in plan}
    if request.wants_variety and plan and DIVERSIFY not in done:
        plan = (*plan[:-1], ToolCall(DIVERSIFY), plan[-1])
        notes = (*notes, "plan: diversify was asked for and is put in")
    return Planned(plan, calls, notes)
