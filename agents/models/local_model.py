"""A chat model whose weights are on this machine: LangChain's interface over `complete(prompt, grammar, sampling)`.

Contract: `invoke(messages, grammar=REGEX | None, temperature=0, seed=0, max_tokens=128, draft=None)` gives an
AIMessage with usage_metadata (tokens in and out) and response_metadata (finish_reason, latency_ms, model_name);
`generate([messages], …, n=8)` gives that many, drawn with seeds of their own from `seed` on.
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
    steered_by: ClassVar[frozenset[str]] = frozenset({"grammar", "draft", "sampling", "n"})

    @property
    def _llm_type(self) -> str:
        return "stillroom-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "adapter": self.adapter, "prompt_profile": self.prompt_profile}

    @abstractmethod
    def complete(self, prompt: str, grammar: str | None, sampling: Sampling, draft: str | None = None) -> Completion:
        """Return the reply to a literal prompt; a `draft` of it may save time, and changes nothing else."""

    def complete_many(self, prompt: str, grammar: str | None, sampling: Sampling, n_replies: int) -> list[Completion]:
        """Return several replies to a literal prompt, each drawn with a seed of its own, from the given one on."""
        return [self.complete(prompt, grammar, one) for one in sampling.series(n_replies)]

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
        n: int = 1,
        **_: Any,
    ) -> ChatResult:
        start = perf_counter()
        sampling = Sampling(temperature, seed, max_tokens or self.max_tokens)
        prompt = render_chat(messages)
        if n == 1:
            replies = [self.complete(prompt, grammar, sampling, draft)]
        else:
            replies = self.complete_many(prompt, grammar, sampling, n)
        latency_ms = (perf_counter() - start) * 1000 / n
        said = [self._message(reply, stop, latency_ms) for reply in replies]
        return ChatResult(generations=[ChatGeneration(message=message) for message in said])

    def _message(self, reply: Completion, stop: list[str] | None, latency_ms: float) -> AIMessage:
        text = reply.text
        for mark in stop or ():
            text = text.partition(mark)[0]
        return AIMessage(
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
