"""One question to one model, with everything about it recorded: the only place where the graphs call a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, Final, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration

from stillroom.data.trajectory import Call, Json

_THOUGHTS: Final = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE: Final = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_HOSTED: Final = ("attempts", "retried", "cached")


class Profile(Protocol):
    """What a prompt was rendered by."""

    @property
    def name(self) -> str:
        """Return the profile's name."""
        ...

    @property
    def hash(self) -> str:
        """Return a hash of everything that shapes the prompt beside the request."""
        ...


def ask(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    *,
    node: str,
    profile: Profile,
    grammar: str | None = None,
    draft: str | None = None,
    sampling: Mapping[str, float] | None = None,
) -> Call:
    """Return the model's reply as a record; a model that cannot be reached raises its own ModelError.

    `grammar` is what the reply must match, and `draft` what it will probably be: a model that can check a text faster
    than it writes one saves time by it, and says what it would have said without. `sampling` is a temperature, a seed
    and a number of tokens, as far as they are given: what is not is the model's own. Each goes only to a model that
    declares it in `steered_by`: any other would refuse it, or has been told how to sample when it was opened.
    """
    wanted: dict[str, Any] = {"grammar": grammar, "draft": draft}
    steering = _steering(model, wanted, sampling)
    start = perf_counter()
    reply = model.invoke(list(messages), **steering)
    return _call(model, messages, reply, node, profile, grammar, steering, (perf_counter() - start) * 1000)


def ask_many(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    n_replies: int,
    *,
    node: str,
    profile: Profile,
    grammar: str | None = None,
    sampling: Mapping[str, float] | None = None,
) -> tuple[Call, ...]:
    """Return several replies, drawn with seeds of their own from the given one on; a call's latency is its share.

    A model that can read them side by side (it is steered by `n`) is asked once, another as often as there are replies.
    """
    if n_replies == 1 or not is_steered_by(model, "n"):
        seed = int((sampling or {}).get("seed", 0))
        drawn = [{**sampling, "seed": seed + at} if sampling else None for at in range(n_replies)]
        return tuple(ask(model, messages, node=node, profile=profile, grammar=grammar, sampling=one) for one in drawn)
    steering = _steering(model, {"grammar": grammar}, sampling)
    start = perf_counter()
    (found,) = model.generate([list(messages)], n=n_replies, **steering).generations
    share = (perf_counter() - start) * 1000 / n_replies
    said = [one.message for one in found if isinstance(one, ChatGeneration)]
    seeds = [{**steering, "seed": steering.get("seed", 0) + at} for at in range(n_replies)]
    return tuple(
        _call(model, messages, reply, node, profile, grammar, one, share)
        for reply, one in zip(said, seeds, strict=True)
    )


def _steering(model: BaseChatModel, wanted: Mapping[str, Any], sampling: Mapping[str, float] | None) -> dict[str, Any]:
    steering = {name: text for name, text in wanted.items() if is_steered_by(model, name)}
    if sampling and is_steered_by(model, "sampling"):
        steering |= sampling
    return steering


def _call(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    reply: BaseMessage,
    node: str,
    profile: Profile,
    grammar: str | None,
    steering: Mapping[str, Any],
    latency_ms: float,
) -> Call:
    usage = reply.usage_metadata if isinstance(reply, AIMessage) else None
    return Call(
        node=node,
        model=str(getattr(model, "model_name", model._llm_type)),
        reply=_bare(reply.text) if grammar and "grammar" not in steering else str(reply.content),
        messages=tuple({"role": message.type, "content": str(message.content)} for message in messages),
        n_tokens_in=usage["input_tokens"] if usage else 0,
        n_tokens_out=usage["output_tokens"] if usage else 0,
        latency_ms=latency_ms,
        adapter=str(getattr(model, "adapter", "") or ""),
        prompt_profile=profile.name,
        prompt_hash=profile.hash,
        sampling={**_sampling(reply, steering.get("grammar") is not None), **_drawn(steering)},
        finish_reason=str(reply.response_metadata.get("finish_reason", "")),
    )


def is_steered_by(model: BaseChatModel, what: str) -> bool:
    """Say whether a model takes a grammar, a draft, a sampling, or a number of replies (`n`)."""
    return what in getattr(model, "steered_by", frozenset())


def _bare(text: str) -> str:
    """Return a reply that no grammar could hold, without the thoughts before it and the code fence around it."""
    text = _THOUGHTS.sub("", text).strip()
    fenced = _FENCE.fullmatch(text)
    return fenced[1].strip() if fenced else text


def _sampling(reply: BaseMessage, with_grammar: bool) -> dict[str, Json]:
    """Return how the reply was drawn; a hosted model's also says after how many attempts, and whether it was kept."""
    about = reply.response_metadata
    hosted = {name: about[name] for name in _HOSTED if name in about}
    return {"temperature": about.get("temperature", 0.0), "grammar": with_grammar, **hosted}


def _drawn(steering: Mapping[str, Any]) -> dict[str, Json]:
    return {name: value for name, value in steering.items() if name in ("temperature", "seed", "max_tokens")}
