"""Providers: what is missing (package, key, address) is one sentence that says what to do; prices are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.hosted import Hosting
from stillroom.agents.models.hosted import model as model_module
from stillroom.agents.models.hosted.ledger import Prices
from stillroom.agents.models.hosted.prices import read_prices
from stillroom.agents.models.hosted.provider import BASE_URL, PROVIDERS, base_url_of
from stillroom.agents.models.load import load_model


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (BASE_URL, "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "base_url", "says"),
    [
        ("openai:gpt", None, "set OPENAI_API_KEY, or give STILLROOM_BASE_URL or --base-url"),
        ("openai:gpt", "localhost:8000/v1", "is no base URL"),
        ("openai:gpt", "ftp://localhost/v1", "is no base URL"),
        ("openai:gpt", "http:///v1", "is no base URL"),
        ("mistralai:m", None, r"pip install 'stillroom\[mistral\]'"),
        ("groq:m", None, "langchain-groq"),
        ("opanai:gpt", None, "did you mean openai:gpt"),
        ("nobody:gpt", None, "there is no provider 'nobody'"),
        ("openai:", None, "there is no model 'openai:'"),
    ],
)
def test_what_is_missing_is_one_sentence(name: str, base_url: str | None, says: str) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        load_model(name, base_url=base_url)
    assert "\n" not in str(caught.value)


def test_the_address_is_given_or_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASE_URL, "http://env/v1")
    assert base_url_of("openai", None) == "http://env/v1"
    assert base_url_of("openai", "https://given/v1") == "https://given/v1"
    assert base_url_of("anthropic", None) is None


def test_an_address_is_of_openai_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in ("anthropic", "mistralai", "ollama"):
        assert base_url_of(provider, "https://given/v1") is None
    monkeypatch.setattr(model_module, "open_provider", lambda name, hosting: opened.append((name, hosting.base_url)))
    opened: list[tuple[str, str | None]] = []
    hosting = Hosting(base_url="http://localhost:9/v1")
    for name in ("openai:a", "anthropic:b"):
        load_model(name, hosting=hosting)
    assert opened == [("openai:a", "http://localhost:9/v1"), ("anthropic:b", None)]


def test_nothing_beneath_tries_again() -> None:
    for provider in PROVIDERS.values():
        fields = provider.fields(Hosting())
        assert fields.get("max_retries", 0) == 0
    assert PROVIDERS["ollama"].fields(Hosting()) == {
        "temperature": 0.0,
        "num_predict": 2048,
        "client_kwargs": {"timeout": 60.0},
    }


def test_prices_are_read(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('["openai:a"]\ninput = 0.15\noutput = 1\n', encoding="utf-8")
    assert read_prices(path) == {"openai:a": Prices(0.15, 1.0)}
    assert Prices(0.15, 0.6).cost(2_000_000, 1_000_000) == pytest.approx(0.9)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "[a]\ninput = 1",
        "[a]\ninput = -1\noutput = 1",
        "[a]\ninput = nan\noutput = 1",
        "[a",
        "\x00",
        "[a]\nin=1",
    ],
)
def test_a_table_of_prices_that_is_none_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"prices\.toml"):
        read_prices(path)
    with pytest.raises(ModelError, match="no table of prices"):
        read_prices(tmp_path / "gone.toml")
