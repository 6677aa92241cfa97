"""One question to one model, with everything about it recorded: the only place where the graphs call a model."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from stillroom.agents.profiles import PromptProfile
from stillroom.data.trajectory import Call


def ask(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    *,
    node: str,
    profile: PromptProfile,
    grammar: str | None = None,
    draft: str | None = None,
) -> Call:
    """Return the model's reply as a record; a model that cannot be reached raises its own ModelError.

    `draft` is what the reply will probably be: a model that can check a text faster than it writes one saves time by
    it, and says what it would have said without.
    """
    start = perf_counter()
    reply = model.invoke(list(messages), grammar=grammar, draft=draft)
    latency_ms = (perf_counter() - start) * 1000
    usage = reply.usage_metadata if isinstance(reply, AIMessage) else None
    return Call(
        node=node,
        model=str(getattr(model, "model_name", model._llm_type)),
        reply=str(reply.content),
        messages=tuple({"role": message.type, "content": str(message.content)} for message in messages),
        n_tokens_in=usage["input_tokens"] if usage else 0,
        n_tokens_out=usage["output_tokens"] if usage else 0,
        latency_ms=latency_ms,
        adapter=str(getattr(model, "adapter", "") or ""),
        prompt_profile=profile.name,
        prompt_hash=profile.hash,
        sampling={"temperature": 0.0, "grammar": grammar is not None},
        finish_reason=str(reply.response_metadata.get("finish_reason", "")),
    )
