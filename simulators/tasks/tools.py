"""The tools of a task environment: a search over its passages where it has any.

How an environment is searched when nobody says otherwise is told here: names that mean nothing are found by their words
alone, so the mirrored worlds are searched by BM25, and two passages hold what is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stillroom.agents.solver import Tool
from stillroom.data.bge import BgeEncoder
from stillroom.data.fetch import Fetcher
from stillroom.data.vectors import MiniLmEncoder, RememberingEncoder
from stillroom.simulators.tasks.load import MIRRORS
from stillroom.simulators.tasks.task import TaskEnvironment, TaskError
from stillroom.tools.passages import PassageEncoder, SearchTool, build_passage_index
from stillroom.tools.passages.build import BM25, HYBRID

ABOUT: Final = (
    'search(text)  finds passages: a list of {"id", "title", "text", "score"}, the best first. '
    "Ask for one thing at a time, in a few words."
)
MINILM: Final = "minilm"
BGE: Final = "bge-small"
ENCODERS: Final = (MINILM, BGE)
_MINILM_ARTEFACT: Final = "all-minilm-l6-v2"


@dataclass(frozen=True)
class SearchSetup:
    """How passages are found, and how many are returned."""

    mode: str = HYBRID
    top_k: int = 3


def usual_search(environment: TaskEnvironment) -> SearchSetup:
    """Return how an environment is searched when nobody says otherwise."""
    return SearchSetup(BM25, 2) if environment.name.partition(":")[0] in MIRRORS else SearchSetup()


def search_mode(environment: TaskEnvironment, mode: str | None = None) -> str | None:
    """Return how passages are found, None where there are none; `mode` None is the environment's own."""
    return (mode or usual_search(environment).mode) if environment.passages() else None


def open_tools(
    environment: TaskEnvironment, fetcher: Fetcher, *, mode: str | None = None, encoder: str = MINILM
) -> tuple[Tool, ...]:
    """Return the environment's tools, building the index of its passages when the cache has none; raise TaskError.

    `mode` None is the environment's own.
    """
    mode = search_mode(environment, mode)
    if mode is None:
        return ()
    reader = None if mode == BM25 else open_encoder(encoder, fetcher)
    index = build_passage_index(environment.passages(), fetcher.cache, reader, mode)
    return (Tool("search", ABOUT, SearchTool(index, usual_search(environment).top_k)),)


def open_encoder(name: str, fetcher: Fetcher) -> PassageEncoder:
    """Return an encoder of passages by name; its weights are fetched at the first text that is not cached."""

    def progress(done: int, total: int) -> None:
        if total > 1:
            fetcher.progress("passages encoded", done, total)

    if name == MINILM:
        minilm = MiniLmEncoder(lambda: fetcher.fetch(_MINILM_ARTEFACT), progress)
        return PassageEncoder.symmetric(_MINILM_ARTEFACT, RememberingEncoder(minilm))
    if name == BGE:
        bge = BgeEncoder(lambda: fetcher.fetch(BgeEncoder.artefact), progress)
        return PassageEncoder(BgeEncoder.artefact, bge, bge.encode_query)
    raise TaskError(f"there is no encoder {name!r}; known are {', '.join(ENCODERS)}")
