"""A plain reply of a chat model, recorded as a Call: what simulators ask of a model, which is never an agent's call."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from time import perf_counter

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from stillroom.agents.models.local_model import LocalModel
from stillroom.data.trajectory import Call, Json


@dataclass(frozen=True)
class Prompt:
    """A prompt file of this folder, with `$name` where something is put in; its hash names it in the log."""

    name: str
    text: str

    @property
    def hash(self) -> str:
        """Return a hash of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def fill(self, **values: str) -> str:
        """Return the text with every `$name` put in."""
        return string.Template(self.text).substitute(values).strip()


def read_prompt(name: str) -> Prompt:
    """Return `prompts/NAME.md`."""
    folder = resources.files("stillroom.simulators").joinpath("prompts")
    return Prompt(name, folder.joinpath(f"{name}.md").read_text(encoding="utf-8"))


def model_name_of(model: BaseChatModel) -> str:
    """Return what a model is called in records."""
    return str(getattr(model, "model_name", "") or model._llm_type)


def ask_plainly(
    model: BaseChatModel, messages: Sequence[BaseMessage], prompt: Prompt, node: str, temperature: float, seed: int
) -> Call:
    """Return the model's reply as a record; a model that cannot be reached raises its own ModelError.

    Weights on this machine are sampled with the temperature and the seed; any other model as it is set up.
    """
    local = isinstance(model, LocalModel)
    sampling: dict[str, Json] = {"temperature": temperature, "seed": seed, "max_tokens": 60} if local else {}
    start = perf_counter()
    reply = model.invoke(list(messages), **sampling)  # type: ignore[arg-type]
    latency_ms = (perf_counter() - start) * 1000
    usage = reply.usage_metadata if isinstance(reply, AIMessage) else None
    return Call(
        node=node,
        model=model_name_of(model),
        reply=str(reply.content),
        messages=tuple({"role": message.type, "content": str(message.content)} for message in messages),
        n_tokens_in=usage["input_tokens"] if usage else 0,
        n_tokens_out=usage["output_tokens"] if usage else 0,
        latency_ms=latency_ms,
        prompt_profile=prompt.name,
        prompt_hash=prompt.hash,
        sampling=sampling,
        finish_reason=str(reply.response_metadata.get("finish_reason", "")),
    )


def first_line(reply: str) -> str:
    """Return what a chatty model meant to send: its first line of words, without label, quotes and list marks."""
    for line in reply.splitlines():
        text = " ".join(line.split()).strip("*`# ")
        label, colon, rest = text.partition(":")
        if colon and label.casefold() in ("command", "you", "user", "me", "person", "rewritten", "output"):
            text = rest.strip()
        text = text.strip("\"'“”‘’*` ")
        if any(letter.isalnum() for letter in text):
            return text
    return ""
