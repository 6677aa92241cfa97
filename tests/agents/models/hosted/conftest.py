"""A model behind the scripted server, whose waits take no time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from stillroom.agents.models.hosted import HostedModel, Hosting
from stillroom.agents.models.load import load_model

Open = Callable[..., HostedModel]


@pytest.fixture
def waits() -> list[float]:
    """Return what the model would have slept, in seconds."""
    return []


@pytest.fixture
def open_hosted(hosted_server: Any, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return what opens a model of the server; arguments are Hosting's."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def build(**fields: Any) -> HostedModel:
        hosting = Hosting(**{"rng": Random(7), "sleep": waits.append, "timeout_s": 20.0, **fields})
        model = load_model("openai:tiny", base_url=hosted_server.url, hosting=hosting)
        assert isinstance(model, HostedModel)
        return model

    return build
