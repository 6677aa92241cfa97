"""A tiny world whose people, titles and texts have names to be said loosely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stillroom.agents.requests import ShownItem
from stillroom.agents.rules import Vocabulary
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import FacetKind

PEOPLE = ("Mario De Luca", "Joan Quarrel", "Ed Quarrel", "Zoë Brandt", "Ann Quill", "Will Harker", "Rudy Stokes")
TITLES = (
    "Quarry", "Quarry II", "Star Ferry: Episode I", "Star Ferry: Episode II", "The Lantern", "Twelve Herons",
    "Zorbed", "Up", "Home", "Scary Tide", "Terminal 2: Dusk", "Terminal",
)  # fmt: skip
TEXTS = ("James Stokes is home again, and it is scary up here.",) * 4


@pytest.fixture(scope="session")
def named(tiny: Catalogue) -> Catalogue:
    """Return the tiny world with other names; all titles are well known."""
    person = tiny.sets["person"]
    joint = person.matrix.tolil()
    joint[0, :] = 0
    joint[0, 1] = joint[0, 2] = 1
    joint[:, 6] = 0
    joint[7, 6] = 1
    sets = {
        **tiny.sets,
        "person": replace(person, values=(*PEOPLE, *person.values[len(PEOPLE) :]), matrix=joint.tocsr()),
    }
    facets = {
        name: facet.model_copy(update={"values": sets[name].values}) if facet.kind is FacetKind.CATEGORICAL else facet
        for name, facet in tiny.schema.facets.items()
    }
    popularity = tiny.popularity.copy()
    popularity[: len(TITLES)] = 0.95
    return replace(
        tiny,
        schema=tiny.schema.model_copy(update={"facets": facets}),
        titles=(*TITLES, *tiny.titles[len(TITLES) :]),
        texts=(*TEXTS, *tiny.texts[len(TEXTS) :]),
        sets=sets,
        popularity=popularity,
    )


@pytest.fixture(scope="session")
def vocabulary(named: Catalogue) -> Vocabulary:
    return Vocabulary.of_catalogue(named, with_titles=False)


@pytest.fixture
def shown(named: Catalogue) -> tuple[ShownItem, ...]:
    """Return a feed that shows the first part of a series and one other item."""
    return tuple(ShownItem(place, named.ids[row], named.titles[row], 1990, ()) for place, row in enumerate((0, 4), 1))
