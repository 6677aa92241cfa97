"""A hosted model as a chat model: LangChain's own model of any provider, asked through a `Caller`.

Contract: `invoke(messages, temperature=..., max_tokens=..., seed=...)` gives an AIMessage of plain text with
usage_metadata, and response_metadata: finish_reason, latency_ms, model_name, temperature, attempts, retried (kinds of
failures before the answer), cached. A failure that outlives its retries is a ModelError.

A sampling that is given goes before the model's own. A seed is sent where the provider takes one, and tells replies
apart in the cache wherever it is: samples of one question are asked for one by one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Final

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, PrivateAttr

from stillroom.agents.models.hosted.caller import Answer, Caller
from stillroom.agents.models.hosted.hosting import Hosting
from stillroom.agents.models.hosted.ledger import Ledger
from stillroom.agents.models.hosted.limiter import Limiter
from stillroom.agents.models.hosted.provider import base_url_of, key_of, open_provider, provider_of
from stillroom.agents.models.hosted.reply_cache import Reply, ReplyCache, reply_key
from stillroom.data.trajectory import Json

# How every provider's own word for the end of a reply is read.
_ENDS = ("finish_reason", "stop_reason", "done_reason")
# What providers' chat models call a seed; many take none.
_SEEDS: Final = ("seed", "random_seed")


class HostedModel(BaseChatModel):
    """Any provider's model behind limits, retries, an account and a cache; safe for several threads."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_name: str
    prompt_profile: str = "teacher"
    temperature: float | None = 0.0
    reply_tokens: int | None = None
    steered_by: ClassVar[frozenset[str]] = frozenset({"sampling"})
    _inner: BaseChatModel = PrivateAttr()
    _caller: Caller = PrivateAttr()
    _cache: ReplyCache | None = PrivateAttr(default=None)

    @classmethod
    def open(cls, name: str, hosting: Hosting) -> HostedModel:
        """Open `PROVIDER:MODEL`; raise ModelError with one sentence when it cannot be had."""
        hosting = replace(hosting, base_url=base_url_of(name.partition(":")[0], hosting.base_url))
        model = cls(model_name=name, temperature=hosting.temperature, reply_tokens=hosting.reply_tokens)
        model._inner = open_provider(name, hosting)
        model._caller = Caller(
            address=hosting.base_url or "",
            secret=key_of(provider_of(name)) or "",
            limiter=Limiter(hosting.concurrency),
            account=hosting.account,
            ledger=hosting.account.open_ledger(name, hosting.price_of(name)),
            retry=hosting.retry,
            rng=hosting.rng,
            sleep=hosting.sleep or hosting.account.pause,
            timeout_s=hosting.timeout_s,
        )
        model._cache = ReplyCache(hosting.cache) if hosting.cache else None
        return model

    @property
    def ledger(self) -> Ledger:
        """Return what was asked so far and what it cost."""
        return self._caller.ledger

    @property
    def limiter(self) -> Limiter:
        """Return what decides how many calls are under way."""
        return self._caller.limiter

    @property
    def _llm_type(self) -> str:
        return "stillroom-hosted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "base_url": self._caller.address, "temperature": self.temperature}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        **_: Any,
    ) -> ChatResult:
        asked: dict[str, Any] = {"temperature": temperature, "seed": seed, "stop": stop}
        given = {name: value for name, value in asked.items() if value is not None}
        limit = max_tokens or self.reply_tokens
        whole: dict[str, Json] = {"temperature": self.temperature, "max_tokens": limit, **given}
        # A node's request travels beside its text, and is nobody's business out there.
        plain = [message.model_copy(update={"additional_kwargs": {}}) for message in messages]
        key = reply_key(self.model_name, self._caller.address, plain, whole)
        if self._cache is not None and (kept := self._cache.get(key)) is not None:
            self._caller.account.note_cache_hit(self.ledger)
            return self._result(kept, whole, attempts=0, cached=True)
        # No callbacks: the inner model is a part of this one, and must be traced and streamed once.
        inner = self._set_to(temperature, max_tokens, seed)
        answer = self._caller(lambda: _message(inner.invoke(plain, {"callbacks": []}, stop=stop)))
        reply = _reply(answer)
        if self._cache is not None:
            self._cache.put(key, reply)
        retried = [kind.value for kind in answer.failures]
        return self._result(reply, whole, attempts=len(retried) + 1, retried=retried)

    def _set_to(self, temperature: float | None, max_tokens: int | None, seed: int | None) -> BaseChatModel:
        """Return the provider's model with a sampling of its own; what its class has no field for is left out.

        Not every provider's client takes these beside a question, and all of them have fields.
        """
        limit = provider_of(self.model_name).reply_limit(max_tokens, self._caller.address or None)
        wanted = {"temperature": temperature, **dict.fromkeys(_SEEDS, seed), **limit}
        known = type(self._inner).model_fields
        names = {name: name for name in known} | {field.alias: name for name, field in known.items() if field.alias}
        update = {names[name]: value for name, value in wanted.items() if value is not None and name in names}
        return self._inner.model_copy(update=update) if update else self._inner

    def _result(self, reply: Reply, sampling: dict[str, Json], **about: object) -> ChatResult:
        message = AIMessage(
            reply.text,
            usage_metadata={
                "input_tokens": reply.n_in,
                "output_tokens": reply.n_out,
                "total_tokens": reply.n_in + reply.n_out,
            },
            response_metadata={
                "finish_reason": reply.finish_reason,
                "latency_ms": reply.latency_ms,
                "model_name": self.model_name,
                "temperature": sampling["temperature"],
                **about,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


def _message(reply: BaseMessage) -> AIMessage:
    if not isinstance(reply, AIMessage):
        raise TypeError(f"a chat model answered with {type(reply).__name__}")
    return reply


def _reply(answer: Answer) -> Reply:
    n_in, n_out = answer.tokens
    about = answer.message.response_metadata
    finish = next((str(about[name]) for name in _ENDS if about.get(name)), "")
    return Reply(
        text=str(answer.message.text), n_in=n_in, n_out=n_out, finish_reason=finish, latency_ms=answer.latency_ms
    )
