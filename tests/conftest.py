"""What every test may ask for: a scripted model, a tiny world of invented films and people, a store, a clock, a die."""

from __future__ import annotations

import importlib.util
import sys
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np
import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stillroom.data.catalogue import Catalogue, SetColumn
from stillroom.data.interactions import Fold, Interactions
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.session import SessionRunner
from stillroom.simulators.stage import Stage, build_stage
from stillroom.simulators.wording_bank import Split

N_FILMS = 80
N_PEOPLE = 40
N_DIMENSIONS = 24
VALUES = {
    "genre": ("Action", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Western"),
    "language": ("English", "French", "Japanese", "Spanish"),
    "country": ("France", "Japan", "Spain", "United States"),
    "person": tuple(
        f"{first} {last}"
        for first, last in zip(
            [
                "Ada",
                "Bo",
                "Cleo",
                "Dov",
                "Esme",
                "Fritz",
                "Greta",
                "Hugo",
                "Ines",
                "Jonas",
                "Kaia",
                "Leo",
                "Mira",
                "Nils",
                "Olga",
                "Piet",
            ],
            [
                "Reedham",
                "Lindqvist",
                "Marsh",
                "Arden",
                "Okafor",
                "Vantongeren",
                "Solano",
                "Quist",
                "Bramley",
                "Teodor",
                "Ulrich",
                "Yates",
                "Zeller",
                "Ibarra",
                "Falk",
                "Castell",
            ],
            strict=True,
        )
    ),
    "tag": ("heist", "time travel", "revenge", "slow burn", "courtroom", "zombie", "road trip", "chess club"),
}
KINDS = {
    "genre": FacetKind.CATEGORICAL,
    "year": FacetKind.NUMBER,
    "runtime": FacetKind.NUMBER,
    "rating": FacetKind.NUMBER,
    "popularity": FacetKind.POPULARITY,
    "language": FacetKind.CATEGORICAL,
    "country": FacetKind.CATEGORICAL,
    "person": FacetKind.PERSON,
    "tag": FacetKind.TAG,
    "item": FacetKind.ITEM,
}
_TITLES_FIRST = ["Amber", "Bitter", "Cobalt", "Distant", "Eleven", "Feral", "Gilded", "Hollow", "Ivory", "Jagged"]
_TITLES_SECOND = ["Lanterns", "Harbours", "Sparrows", "Orchards", "Parallels", "Monsoons", "Tributes", "Engines"]


class WordEncoder:
    """Adds up a fixed direction for every word, so that texts with words in common are alike."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.sum([_direction(word) for word in text.casefold().split() or ["?"]], axis=0) for text in texts]
        return unit(np.array(rows).reshape(len(texts), N_DIMENSIONS))


def _direction(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=N_DIMENSIONS)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1), np.float32)


def _column(random: np.random.Generator, values: tuple[str, ...], most: int) -> SetColumn:
    dense = np.zeros((N_FILMS, len(values)), np.bool_)
    for row in range(N_FILMS):
        dense[row, random.choice(len(values), int(random.integers(1, most + 1)), replace=False)] = True
    dense[random.random(N_FILMS) < 0.05] = False
    return SetColumn(values, csr_matrix(dense), np.asarray(dense.any(axis=1)))


def _people(random: np.random.Generator) -> Interactions:
    per_person = 20
    users = np.repeat(np.arange(N_PEOPLE, dtype=np.int32), per_person)
    items = np.concatenate([random.choice(N_FILMS, per_person, replace=False) for _ in range(N_PEOPLE)])
    ratings = random.integers(5, 11, users.size) / 2
    times = np.tile(np.arange(per_person, dtype=np.int64), N_PEOPLE)
    return Interactions(
        tuple(f"u{number}" for number in range(N_PEOPLE)),
        users,
        items.astype(np.int32),
        ratings.astype(np.float32),
        times,
    )


def tiny_catalogue() -> Catalogue:
    """Return the tiny world; the same arrays on every call."""
    random = np.random.default_rng(20261123)
    sets = {name: _column(random, values, 2 if name != "tag" else 3) for name, values in VALUES.items()}
    numbers = {
        "year": random.integers(1950, 2018, N_FILMS).astype(np.float32),
        "runtime": random.integers(75, 190, N_FILMS).astype(np.float32),
        "rating": (random.integers(20, 48, N_FILMS) / 10).astype(np.float32),
    }
    numbers["runtime"][::17] = np.nan
    titles = tuple(f"{first} {second}" for first in _TITLES_FIRST for second in _TITLES_SECOND)
    texts = tuple(" ".join((*sets["genre"].of(row), *sets["tag"].of(row), titles[row])) for row in range(N_FILMS))
    encoder = WordEncoder()
    units = {"runtime": "minutes", "rating": "stars"}
    facets = {name: Facet(kind=kind, columns=(name,), unit=units.get(name, "")) for name, kind in KINDS.items()}
    collaborative = unit(random.normal(size=(N_FILMS, 6)))
    collaborative[::11] = 0
    return Catalogue(
        schema=CatalogueSchema(name="tiny", noun="film", facets=facets),
        ids=tuple(f"f{row}" for row in range(N_FILMS)),
        titles=titles,
        texts=texts,
        sets=sets,
        numbers=numbers,
        popularity=np.asarray(random.permutation(N_FILMS) / (N_FILMS - 1), np.float32),
        text_vectors=encoder.encode(texts),
        tag_vectors=encoder.encode(VALUES["tag"]),
        collaborative=collaborative,
        encoder=encoder,
        interactions=_people(random),
    )


class ScriptedModel(BaseChatModel):
    """Gives its replies in order and fails on a call that the script does not expect; `asked` holds what it was put."""

    replies: list[str]
    asked: list[list[BaseMessage]] = []
    grammars: list[str | None] = []
    drafts: list[str | None] = []
    prompt_profile: str = "student"
    model_name: str = "scripted"
    steered_by: ClassVar[frozenset[str]] = frozenset({"grammar", "draft"})

    def __init__(self, *replies: str, **others: Any) -> None:
        super().__init__(**{"replies": list(replies), "asked": [], "grammars": [], "drafts": [], **others})

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        grammar: str | None = None,
        draft: str | None = None,
        **_: Any,
    ) -> ChatResult:
        assert self.replies, f"an unexpected call: {messages[-1].content!r}"
        self.asked.append(messages)
        self.grammars.append(grammar)
        self.drafts.append(draft)
        message = AIMessage(
            self.replies.pop(0),
            usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
            response_metadata={"finish_reason": "stop"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.fixture(scope="session")
def tiny() -> Catalogue:
    return tiny_catalogue()


@pytest.fixture(scope="session")
def tiny_stage(tiny: Catalogue) -> Stage:
    return build_stage(tiny)


@pytest.fixture(scope="session")
def cards(tiny_stage: Stage) -> tuple[UserCard, ...]:
    return tiny_stage.cards(Fold.TRAIN, 36, seed=3)


@pytest.fixture(scope="session")
def episodes(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> tuple[Episode, ...]:
    """Return expert sessions: wordings of training and of evaluation in turn, both settings."""
    found = []
    for number, card in enumerate(cards):
        split = (Split.TRAIN, Split.EVALUATION)[number % 2]
        runner = SessionRunner(tiny_stage.catalogue, tiny_stage.user(split, COVERAGE), tiny_stage.expert_seat())
        setting = Setting.SINGLE_ROUND if number % 4 > 1 else Setting.MULTI_ROUND
        found.append(runner.run(card, setting, seed=number, key=f"{number:03d}", split=Fold.TRAIN.value))
    return tuple(found)


@pytest.fixture
def scripted() -> type[ScriptedModel]:
    """Return the class, to be called with the replies."""
    return ScriptedModel


@pytest.fixture
def hosted_server() -> Iterator[Any]:
    """Return a running OpenAI-compatible server whose failures a test scripts (tests/hosted_server.py)."""
    name = "hosted_server"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    with module.HostedServer() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "traces.duckdb") as opened:
        yield opened


@pytest.fixture
def clock() -> datetime:
    return datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


@pytest.fixture
def rng() -> Random:
    return Random(7)
