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
from scipy.stats import rankdata

from stillroom.data.books import prepare_books
from stillroom.data.catalogue import Catalogue, CatalogueError, Encoder, SetColumn
from stillroom.data.fetch import Fetcher, Notify, Progress, silent
from stillroom.data.films import prepare_films
from stillroom.data.index import cached_index
from stillroom.data.interactions import Interactions
from stillroom.data.item_vectors import liking_vectors, text_vectors
from stillroom.data.paths import cache_folder
from stillroom.data.renamed import prepare_renamed
from stillroom.data.schema import CatalogueSchema, FacetKind, load_schema, with_domain
from stillroom.data.shop import ShopName, prepare_shop, read_shop_name
from stillroom.data.table import ItemTable, read_interactions, read_items
from stillroom.data.vectors import MiniLmEncoder, RememberingEncoder, cached_vectors

ENCODER = "all-minilm-l6-v2"
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


def _shop(fetcher: Fetcher) -> WorldFiles:
    return _shop_named(ShopName(), fetcher)


def _shop_named(shop: ShopName, fetcher: Fetcher) -> WorldFiles:
    schema, folder = prepare_shop(shop.n_items, shop.seed, fetcher.cache / "worlds" / shop.folder)
    return WorldFiles(schema.model_copy(update={"name": str(shop)}), folder)


def _films_renamed(fetcher: Fetcher) -> WorldFiles:
    return WorldFiles(*prepare_renamed(fetcher))


def _books(fetcher: Fetcher) -> WorldFiles:
    return WorldFiles(*prepare_books(fetcher))


WORLDS: Final[Mapping[str, Prepare]] = MappingProxyType(
    {"films": _films, "films-renamed": _films_renamed, "books": _books, "shop": _shop}
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
    prepare, shop = WORLDS.get(name), read_shop_name(name)
    if prepare is not None:
        files = prepare(fetcher)
    elif shop is not None:
        files = _shop_named(shop, fetcher)
    elif name.endswith(".toml") or Path(name).is_file():
        files = WorldFiles(load_schema(Path(name)), Path(name).parent)
    else:
        raise CatalogueError(
            f"There is no world {name!r}: known are {', '.join(WORLDS)}, shop:N:SEED, or give a schema's path (.toml)."
        )
    return build_catalogue(files, fetcher, encoder)


def build_catalogue(files: WorldFiles, fetcher: Fetcher, encoder: Encoder | None = None) -> Catalogue:
    """Read a world's files and add popularity, text vectors and collaborative vectors (cached by content)."""
    items = read_items(files.schema, files.folder)
    interactions = read_interactions(files.schema, files.folder, items.ids)
    folder = fetcher.cache / "vectors"
    tags = _tags(files.schema, items)
    if encoder is None:
        minilm = MiniLmEncoder(
            lambda: fetcher.fetch(ENCODER), lambda done, total: fetcher.progress("texts encoded", done, total)
        )
        vectors = text_vectors(
            files.schema, items, lambda texts: cached_vectors(texts, minilm, ENCODER + _VERSION, folder)
        )
        tag_vectors = cached_vectors(tags, minilm, ENCODER + _VERSION, folder)
        encoder = RememberingEncoder(MiniLmEncoder(lambda: fetcher.fetch(ENCODER)))
    else:
        vectors, tag_vectors = text_vectors(files.schema, items, encoder.encode), encoder.encode(tags)
    return Catalogue(
        schema=_with_values(with_domain(files.schema), items.sets),
        ids=items.ids,
        titles=items.titles,
        texts=items.texts,
        sets=items.sets,
        numbers=items.numbers,
        popularity=_popularity(items, interactions),
        text_vectors=vectors,
        tag_vectors=tag_vectors,
        collaborative=liking_vectors(interactions, len(items.ids)),
        encoder=encoder,
        interactions=interactions,
        text_index=cached_index(vectors, folder),
    )


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
    ranks = rankdata(fame)
    if n_items < 2 or ranks.min() == ranks.max():
        return np.full(n_items, 0.5, dtype=np.float32)
    return np.asarray((ranks - 1) / (n_items - 1), np.float32)
