"""The expert: a privileged teacher that answers from the simulated user's hidden state. It is not a language model.

It exists only inside a simulated session: the simulator tells the oracle what the user is about to mean, the expert
answers the Parser with just that, and the Planner with the standard plan. Whatever is learnt from it is learnt from
the truth of the simulation, and a table must say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from stillroom.agents.plan import standard_plan
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.wire.edit import encode_edit
from stillroom.agents.wire.plan import encode_plan
from stillroom.data.edit import KEEP, Edit


@dataclass
class Oracle:
    """What the simulated user means by the command that it is about to give; the simulator sets it before each turn."""

    edit: Edit = KEEP


class ExpertModel(BaseChatModel):
    """A chat model that reads the oracle; see the module for what it may be used for."""

    oracle: Oracle
    prompt_profile: str = "student"
    model_name: str = "expert"
    model_config = {"arbitrary_types_allowed": True}

    @property
    def _llm_type(self) -> str:
        return "stillroom-expert"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = _request(messages)
        text = (
            encode_plan(standard_plan(request)) if isinstance(request, PlanRequest) else encode_edit(self.oracle.edit)
        )
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


def _request(messages: Sequence[BaseMessage]) -> ParseRequest | PlanRequest:
    request = messages[-1].additional_kwargs.get("request")
    if not isinstance(request, ParseRequest | PlanRequest):
        raise TypeError("the expert answers only requests of the feed graph")
    return request
