"""`rival_seat(name, stage)`: the one table that turns a rival's name into a seat.

popularity               the best known items, whatever was said
bm25                     the commands' words in the items' texts
dense:minilm             cosine of the commands with the items' texts, by MiniLM
dense:bge-small          the same by bge-small-en-v1.5
sasrec, bert4rec         a trained sequence model's ranking of the history; hears no command
interecagent:MODEL       a language model that plans with tools (InteRecAgent); MODEL as `load_model` takes it

Adding a rival is adding a file and a line of `_MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Final

from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.load import load_model
from stillroom.data.catalogue import Catalogue
from stillroom.data.fetch import Fetcher
from stillroom.simulators.rivals.bm25 import Bm25Rival
from stillroom.simulators.rivals.dense import BgeRival, MiniLmRival
from stillroom.simulators.rivals.interecagent import InteRecAgentRival
from stillroom.simulators.rivals.popularity import PopularityRival
from stillroom.simulators.rivals.ranked import RankedRival, rankings_path
from stillroom.simulators.rivals.rival import Rival, RivalError
from stillroom.simulators.rivals.seat import seat_graph
from stillroom.simulators.session import Seat
from stillroom.simulators.stage import Stage

FindModel = Callable[[str], BaseChatModel]
_ASKS: Final = "interecagent:"


@dataclass(frozen=True)
class Means:
    """What a rival is made with: a catalogue, what fetches, and what finds the model that it may ask."""

    catalogue: Catalogue
    fetcher: Fetcher
    find_model: FindModel


Make = Callable[[str, Means], Rival]


def rival_seat(name: str, stage: Stage, fetcher: Fetcher | None = None, find_model: FindModel | None = None) -> Seat:
    """Return a seat for a rival; raise RivalError, ModelError or ArtefactError with one sentence."""
    rival = load_rival(name, stage.catalogue, fetcher, find_model)
    return Seat(seat_graph(stage.catalogue, rival, name, stage.config), name)


def load_rival(
    name: str, catalogue: Catalogue, fetcher: Fetcher | None = None, find_model: FindModel | None = None
) -> Rival:
    """Return a rival by name; what it needs is fetched and checked now, not in the middle of a session.

    `find_model` gives the model that it asks, by name, reached and paid for as whoever gives it says; `load_model`
    where none is given.
    """
    kind, colon, rest = name.partition(":")
    make = _MAKERS.get(name) or _MAKERS.get(kind + colon)
    if make is None:
        near = get_close_matches(name, _MAKERS, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_MAKERS)}"
        raise RivalError(f"there is no rival {name!r}; {hint}")
    if name.endswith(":"):
        raise RivalError(f"{name!r} names no model: say which, as in {name}local:qwen2.5-coder-1.5b-instruct")
    fetcher = fetcher or Fetcher()
    find_model = find_model or partial(load_model, catalogue=catalogue, cache=fetcher.cache, offline=fetcher.offline)
    return make(rest if name not in _MAKERS else name, Means(catalogue, fetcher, find_model))


def is_rival(name: str) -> bool:
    """Say whether a name is a rival's (rather than a model's)."""
    kind, colon, _ = name.partition(":")
    return name in _MAKERS or kind + colon in _MAKERS


def model_asked(name: str) -> str:
    """Return the name of the model that a rival asks, empty for one that asks none."""
    return name.removeprefix(_ASKS) if name.startswith(_ASKS) else ""


def _make_bge(_: str, means: Means) -> Rival:
    rival = BgeRival(means.catalogue, means.fetcher)
    rival.prepare()
    return rival


def _make_ranked(name: str, means: Means) -> Rival:
    path = rankings_path(means.fetcher.cache, means.catalogue.schema.name, name)
    rival = RankedRival(means.catalogue, name, path)
    rival.prepare()
    return rival


def _make_interecagent(model: str, means: Means) -> Rival:
    if model == "expert" or model == "rules":
        raise RivalError(f"interecagent:{model}: {model} is no language model, and can only answer the feed graph")
    return InteRecAgentRival.open(means.catalogue, means.find_model(model))


_MAKERS: Final[dict[str, Make]] = {
    "popularity": lambda _, means: PopularityRival(means.catalogue),
    "bm25": lambda _, means: Bm25Rival(means.catalogue),
    "dense:minilm": lambda _, means: MiniLmRival(means.catalogue),
    "dense:bge-small": _make_bge,
    "sasrec": _make_ranked,
    "bert4rec": _make_ranked,
    _ASKS: _make_interecagent,
}
