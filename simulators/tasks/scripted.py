"""A scripted solver: it says in order what was written for one task, whoever wrote it (`expert`, `annotations`).

Contract: privileged and no language model. What it writes depends on the task and on how many replies were made, so a
search that did not find the passage makes a trajectory that a gate must refuse (the score `support_found`).
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult


class ScriptedSolver(BaseChatModel):
    """Says the replies of one task in order, one a call, and the last of them again where more are asked for."""

    replies: tuple[str, ...]
    model_name: str
    prompt_profile: str = "student"

    @property
    def _llm_type(self) -> str:
        return "stillroom-scripted-solver"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        made = sum(isinstance(message, AIMessage) for message in messages)
        reply = self.replies[min(made, len(self.replies) - 1)]
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])
