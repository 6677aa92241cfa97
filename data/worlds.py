"""Worlds: the catalogues that can be loaded by name, and any catalogue of the user's own by the path of its schema.

Contract: `load_world` returns a complete Catalogue or raises CatalogueError, SchemaError or ArtefactError. Adding a
world is adding a file that prepares a table and one line in `WORLDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stillroom.data.books import prepare_books
from stillroom.data.catalogue import Catalogue, CatalogueError, Encoder, SetColumn
from stillroom.data.collaborative import collaborative_vectors
from stillroom.data.fetch import Fetcher, Notify, Progress, silent
from stillroom.data.films import prepare_films
from stillroom.data.interactions import Interactions
from stillroom.data.paths import cache_folder
from stillroom.data.renamed import prepare_renamed
from stillroom.data.schema import CatalogueSchema, FacetKind, load_schema, with_domain
from stillroom.data.table import ItemTable, read_interactions, read_items
from stillroom.data.vectors import MiniLmEncoder, RememberingEncoder, cached_vectors

ENCODER = "all-minilm-l6-v2"
_N_TAGS_IN_TEXT = 8
# Raised when what is encoded or factorised changes, so that arrays cached before are not taken for today's.
_VERSION = "2"


@dataclass(frozen=True)
class WorldFiles:
    """A prepared world: its schema and the folder in which the schema's files stand."""

    schema: CatalogueSchema
    folder: Path


Prepare = Callable[[Fetcher], WorldFiles]


def _films(fetcher: Fetcher) -> WorldFiles:
    return WorldFiles(*prepare_films(fetcher))


def _films_renamed(fetcher: Fetcher) -> WorldFiles:
    return WorldFiles(*prepare_renamed(fetcher))


def _books(fetcher: Fetcher) -> WorldFiles:
    return WorldFiles(*prepare_books(fetcher))


WORLDS: Final[Mapping[str, Prepare]] = MappingProxyType(
    {"films": _films, "films-renamed": _films_renamed, "books": _books}
)


def load_world(
    name: str,
    cache: Path | None = None,
    offline: bool = False,
    progress: Progress = silent,
    *,
    notify: Notify = silent,
    encoder: Encoder | None = None,
) -> Catalogue:
    """Return a world by name, or the catalogue whose schema TOML the name is the path of.

    `progress(what, done, total)` counts bytes fetched and texts encoded. `encoder` replaces MiniLM (for tests); its
    vectors are not cached.
    """
    fetcher = Fetcher(cache_folder(cache), offline, progress, notify)
    prepare = WORLDS.get(name)
    if prepare is not None:
        files = prepare(fetcher)
    elif name.endswith(".toml") or Path(name).is_file():
        files = WorldFiles(load_schema(Path(name)), Path(name).parent)
    else:
        raise CatalogueError(
            f"There is no world {name!r}: known are {', '.join(WORLDS)}, or give a schema's path (.toml)."
        )
    return build_catalogue(files, fetcher, encoder)


def build_catalogue(files: WorldFiles, fetcher: Fetcher, encoder: Encoder | None = None) -> Catalogue:
    """Read a world's files and add popularity, text vectors and collaborative vectors (cached by content)."""
    items = read_items(files.schema, files.folder)
    interactions = read_interactions(files.schema, files.folder, items.ids)
    folder = fetcher.cache / "vectors"
    tags = _tags(files.schema, items)
    texts = [text_to_encode(files.schema, items, row) for row in range(len(items.ids))]
    if encoder is None:
        minilm = MiniLmEncoder(
            lambda: fetcher.fetch(ENCODER), lambda done, total: fetcher.progress("texts encoded", done, total)
        )
        text_vectors = cached_vectors(texts, minilm, ENCODER + _VERSION, folder)
        tag_vectors = cached_vectors(tags, minilm, ENCODER + _VERSION, folder)
        encoder = RememberingEncoder(MiniLmEncoder(lambda: fetcher.fetch(ENCODER)))
    else:
        text_vectors, tag_vectors = encoder.encode(texts), encoder.encode(tags)
    return Catalogue(
        schema=_with_values(with_domain(files.schema), items.sets),
        ids=items.ids,
        titles=items.titles,
        texts=items.texts,
        sets=items.sets,
        numbers=items.numbers,
        popularity=_popularity(items, interactions),
        text_vectors=text_vectors,
        tag_vectors=tag_vectors,
        collaborative=collaborative_vectors(interactions, len(items.ids)),
        encoder=encoder,
        interactions=interactions,
    )


def text_to_encode(schema: CatalogueSchema, items: ItemTable, row: int) -> str:
    """Return what stands for an item in text space: its categories and tags, then its text; never its title.

    Wishes are about what an item is like, and titles mislead ("Heat"). Tags come first, for long texts are cut.
    """
    parts = []
    for facet in (*schema.of_kind(FacetKind.CATEGORICAL)[:1], *schema.of_kind(FacetKind.TAG)):
        values = items.sets[facet.name].of(row)
        if values:
            parts.append(", ".join(values[:_N_TAGS_IN_TEXT]))
    return ". ".join([*parts, items.texts[row]])


def _tags(schema: CatalogueSchema, items: ItemTable) -> tuple[str, ...]:
    facet = next(iter(schema.of_kind(FacetKind.TAG)), None)
    return items.sets[facet.name].values if facet else ()


def _with_values(schema: CatalogueSchema, sets: Mapping[str, SetColumn]) -> CatalogueSchema:
    """Write the categorical vocabularies into the schema, from which grammars and checks are made."""
    facets = {
        name: facet.model_copy(update={"values": facet.values or sets[name].values})
        if facet.kind is FacetKind.CATEGORICAL
        else facet
        for name, facet in schema.facets.items()
    }
    return schema.model_copy(update={"facets": facets})


def _popularity(items: ItemTable, interactions: Interactions | None) -> NDArray[np.float32]:
    """Return percentiles in [0, 1] of the fame column or, without one, of the number of interactions; ties share."""
    n_items = len(items.ids)
    if items.fame is not None:
        fame = np.nan_to_num(items.fame.astype(np.float64), nan=0.0)
    elif interactions is not None:
        fame = np.bincount(interactions.items, minlength=n_items).astype(np.float64)
    else:
        fame = np.zeros(n_items)
    ordered = np.sort(fame)
    below, upto = np.searchsorted(ordered, fame, "left"), np.searchsorted(ordered, fame, "right")
    if n_items < 2 or ordered[0] == ordered[-1]:
        return np.full(n_items, 0.5, dtype=np.float32)
    return ((below + upto - 1) / 2 / (n_items - 1)).astype(np.float32)
