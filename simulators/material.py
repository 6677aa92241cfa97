"""Material: values for slots that are only talked about ("i watched {genre:plural} with my dad"), bound at random."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import Facet, FacetKind
from stillroom.simulators.intent import SlotValue


def draw_material(
    catalogue: Catalogue, famous: Sequence[str], themes: Sequence[str], taken: set[str], rng: Random
) -> dict[str, SlotValue]:
    """Return something for every slot of a catalogue's facets; `taken` are values that are spoken of already."""
    schema = catalogue.schema
    material = _numbers(schema.of_kind(FacetKind.NUMBER), rng)
    if tag := schema.first(FacetKind.TAG):
        material |= _pair(tag.slot, themes, rng)
    if person := schema.first(FacetKind.PERSON):
        material |= _pair(person.slot, famous, rng)
    for facet in schema.of_kind(FacetKind.CATEGORICAL):
        column = catalogue.sets.get(facet.name)
        others = [value for value in column.values if value not in taken] if column else []
        if others:
            slots = (facet.slot, f"{facet.slot}2")
            material[slots[0]], material[slots[1]] = (*rng.sample(others, min(2, len(others))), others[0])[:2]
    return material


def _pair(slot: str, values: Sequence[str], rng: Random) -> dict[str, SlotValue]:
    return dict(zip((slot, f"{slot}2"), rng.sample(values, 2), strict=True)) if len(values) > 1 else {}


def _numbers(facets: Sequence[Facet], rng: Random) -> dict[str, SlotValue]:
    material: dict[str, SlotValue] = {}
    decades = next(
        (range(low, high + 1, 10) for f in facets if f.speech.decades for low, high in [f.speech.decades]), None
    )
    for facet in facets:
        if mentions := _mentions(facet, second=False):
            material[facet.slot] = rng.choice(mentions)
        if facet.speech.decades and decades:
            material["decade"] = rng.choice(decades)
    for facet in facets:
        if mentions := _mentions(facet, second=True):
            material[f"{facet.slot}2"] = rng.choice(mentions)
    if decades:
        material["decade2"] = rng.choice(decades)
    return material


def _mentions(facet: Facet, *, second: bool) -> Sequence[int | float]:
    if facet.speech.mention_range is not None:
        low, high = facet.speech.mention_range
        return range(low, high + 1)
    return facet.speech.second_mentions if second else facet.speech.mentions
