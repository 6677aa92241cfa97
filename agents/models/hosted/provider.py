"""Providers: which package each one needs and where its key is; the one place that reads the environment for them.

OPENAI_API_KEY, ANTHROPIC_API_KEY, ...   keys, by the provider's own names
STILLROOM_BASE_URL                       the address of an OpenAI-compatible server

An address, given or of the environment, is that of `openai:` models alone: no other provider's key is sent there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted.hosting import Hosting

BASE_URL: Final = "STILLROOM_BASE_URL"
_ADDRESSED: Final = "openai"
# A server of one's own asks for no key, but the client insists on sending one.
_NO_KEY: Final = "none"


@dataclass(frozen=True)
class Provider:
    """What one provider's LangChain package is called, and under which names it takes what every provider takes."""

    extra: str
    module: str
    keys: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def fields(self, hosting: Hosting) -> dict[str, Any]:
        """Return the arguments of the chat model; the library beneath never tries again on its own."""
        common = {
            "temperature": hosting.temperature,
            "timeout": hosting.timeout_s,
            "max_retries": 0,
            "base_url": hosting.base_url,
        }
        named = {self.names.get(name, name): value for name, value in common.items() if value is not None}
        limit = self.reply_limit(hosting.reply_tokens, hosting.base_url)
        return {name: value for name, value in map(_nested, named.items()) if name} | limit

    def reply_limit(self, n_tokens: int | None, base_url: str | None) -> dict[str, Any]:
        """Return what limits a reply's tokens.

        OpenAI has renamed it, and its client follows; every server that speaks like OpenAI knows the old name.
        """
        if n_tokens is None:
            return {}
        if self.module == "langchain_openai" and base_url is not None:
            return {"extra_body": {"max_tokens": n_tokens}}
        return {self.names.get("max_tokens", "max_tokens"): n_tokens}


# An empty name: the provider's package has nothing of the kind; a dot: a field of a field.
_OLLAMA: Final = {"max_tokens": "num_predict", "max_retries": "", "timeout": "client_kwargs.timeout"}
PROVIDERS: Final[Mapping[str, Provider]] = {
    "openai": Provider("openai", "langchain_openai", ("OPENAI_API_KEY",)),
    "anthropic": Provider("anthropic", "langchain_anthropic", ("ANTHROPIC_API_KEY",)),
    "mistralai": Provider("mistral", "langchain_mistralai", ("MISTRAL_API_KEY",)),
    "ollama": Provider("ollama", "langchain_ollama", names=_OLLAMA),
}


def base_url_of(provider: str, given: str | None) -> str | None:
    """Return the address of a provider's server, given or of the environment, None for the provider's own.

    Only `openai:` models have one. Raise ModelError when it is no address.
    """
    url = (given or os.environ.get(BASE_URL)) if provider == _ADDRESSED else None
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ModelError(f"{url!r} is no base URL: it begins with http:// or https://, as in http://localhost:8000/v1")
    return url


def provider_of(name: str) -> Provider:
    """Return what is known about the provider of `PROVIDER:MODEL`."""
    return PROVIDERS.get(name.partition(":")[0], Provider("", ""))


def key_of(provider: Provider) -> str | None:
    """Return the person's key for a provider, None when there is none."""
    return next((value for variable in provider.keys if (value := os.environ.get(variable))), None)


def open_provider(name: str, hosting: Hosting) -> BaseChatModel:
    """Return LangChain's chat model of `PROVIDER:MODEL`; raise ModelError with one sentence when it cannot be had."""
    provider, (kind, _, model) = provider_of(name), name.partition(":")
    if provider.extra and (find_spec("langchain") is None or find_spec(provider.module) is None):
        raise ModelError(f"the model {name!r} needs a package: pip install 'stillroom[{provider.extra}]'")
    fields = provider.fields(hosting)
    if provider.keys:
        key = key_of(provider)
        if key is None and hosting.base_url is None:
            server = f", or give {BASE_URL} or --base-url for a server of your own" if kind == "openai" else ""
            raise ModelError(f"the model {name!r} needs a key: set {provider.keys[0]}{server}")
        fields["api_key"] = key or _NO_KEY
    try:
        from langchain.chat_models import init_chat_model

        opened: BaseChatModel = init_chat_model(model, model_provider=kind, **fields)
    except ImportError as error:
        raise ModelError(f"the model {name!r} needs a package that is not installed ({_first_line(error)})") from error
    except Exception as error:  # each provider's package refuses in its own way
        if "Unsupported provider" in str(error):
            near = get_close_matches(kind, PROVIDERS, 1)
            hint = f"did you mean {near[0]}:{model}?" if near else f"known are {', '.join(PROVIDERS)} and LangChain's"
            raise ModelError(f"there is no provider {kind!r}; {hint}") from error
        raise ModelError(f"the model {name!r} cannot be had ({_first_line(error)})") from error
    return opened


def _nested(item: tuple[str, Any]) -> tuple[str, Any]:
    name, _, inner = item[0].partition(".")
    return (name, {inner: item[1]}) if inner else item


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
