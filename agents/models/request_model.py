"""What a chat model is that is no language model: it answers the structured request that a message carries.

Contract: the last message carries `additional_kwargs["request"]`, as prompt profiles write it; its text is not read.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict

from stillroom.agents.requests import ParseRequest, PlanRequest


class RequestModel(BaseChatModel):
    """A chat model over `reply(request)`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_name: str
    prompt_profile: str = "student"

    @property
    def _llm_type(self) -> str:
        return f"stillroom-{self.model_name}"

    @abstractmethod
    def reply(self, request: ParseRequest | PlanRequest) -> str:
        """Return the answer in the student's wire format."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        request = messages[-1].additional_kwargs.get("request") if messages else None
        if not isinstance(request, ParseRequest | PlanRequest):
            raise TypeError(
                f"{self.model_name} answers only requests of the feed graph: a ParseRequest or a PlanRequest"
            )
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.reply(request)))])
