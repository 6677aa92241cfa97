"""`rules`: the no-LLM baseline as a chat model. It reads the structured request, not the prompt.

Contract: the last message carries `additional_kwargs["request"]`; the reply is in the student's wire format.
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, SkipValidation

from stillroom.agents.plan import standard_plan
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.rules.parser import parse_command
from stillroom.agents.rules.vocabulary import Vocabulary
from stillroom.agents.wire.edit import encode_edit
from stillroom.agents.wire.plan import encode_plan


class RulesModel(BaseChatModel):
    """Keywords, patterns and scopes over a catalogue's vocabulary; a few milliseconds a command."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    vocabulary: SkipValidation[Vocabulary]
    prompt_profile: str = "student"

    @property
    def _llm_type(self) -> str:
        return "stillroom-rules"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = messages[-1].additional_kwargs.get("request") if messages else None
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self._reply(request)))])

    def _reply(self, request: object) -> str:
        if isinstance(request, ParseRequest):
            return encode_edit(parse_command(request, self.vocabulary))
        if isinstance(request, PlanRequest):
            return encode_plan(standard_plan(request))
        raise ValueError("the rules model needs a message that carries a ParseRequest or a PlanRequest")
