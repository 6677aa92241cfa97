"""A chat model whose weights are on this machine: LangChain's interface over `complete(prompt, grammar, sampling)`.

Contract: `invoke(messages, grammar=REGEX | None, temperature=0, seed=0, max_tokens=128, draft=None)` gives an
AIMessage with usage_metadata (tokens in and out) and response_metadata (finish_reason, latency_ms, model_name).
"""

from __future__ import annotations

from abc import abstractmethod
from time import perf_counter
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from stillroom.agents.chatml import render_chat
from stillroom.agents.models.decoding import Completion, Sampling


class LocalModel(BaseChatModel):
    """Weights on this machine, asked by literal ChatML prompts; `adapter` names the student's adapter, if any."""

    model_name: str
    prompt_profile: str = "teacher"
    adapter: str = ""
    max_tokens: int = Sampling.max_tokens
    steered_by: ClassVar[frozenset[str]] = frozenset({"grammar", "draft", "sampling"})

    @property
    def _llm_type(self) -> str:
        return "stillroom-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "adapter": self.adapter, "prompt_profile": self.prompt_profile}

    @abstractmethod
    def complete(self, prompt: str, grammar: str | None, sampling: Sampling, draft: str | None = None) -> Completion:
        """Return the reply to a literal prompt; a `draft` of it may save time, and changes nothing else."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        grammar: str | None = None,
        temperature: float = 0.0,
        seed: int = 0,
        max_tokens: int | None = None,
        draft: str | None = None,
        **_: Any,
    ) -> ChatResult:
        start = perf_counter()
        sampling = Sampling(temperature, seed, max_tokens or self.max_tokens)
        reply = self.complete(render_chat(messages), grammar, sampling, draft)
        text = reply.text
        for mark in stop or ():
            text = text.partition(mark)[0]
        latency_ms = (perf_counter() - start) * 1000
        message = AIMessage(
            text,
            usage_metadata={
                "input_tokens": reply.n_in,
                "output_tokens": reply.n_out,
                "total_tokens": reply.n_in + reply.n_out,
            },
            response_metadata={
                "finish_reason": reply.finish_reason,
                "latency_ms": latency_ms,
                "model_name": self.model_name,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])
