"""Explain: why an item is in the feed, in a few words a person reads ("Comedy, 1974, 96 min; near 'slow burn'")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stillroom.data.schema import FacetKind
from stillroom.tools.call import ToolError
from stillroom.tools.condition import kind_of
from stillroom.tools.likeness import tag_column
from stillroom.tools.matcher import wishes
from stillroom.tools.state import ToolContext, ToolState, ToolStep

_NEAR: Final = 0.55
_WELL_KNOWN: Final = 0.9
_N_VALUES: Final = 2


@dataclass(frozen=True)
class Granted:
    """A value that was wanted of a category or a person."""

    facet: str
    value: str


class Explainer:
    """Gives reasons for one turn's rows; what all rows share is worked out once."""

    def __init__(self, context: ToolContext, state: ToolState) -> None:
        """Prepare for the rows of this state."""
        self._context = context
        self._state = state
        self._themes = tuple(str(item.constraint.value) for item in wishes(context, FacetKind.TAG))
        self._vectors = context.encode(self._themes)
        self._granted = _wanted_values(context, state)
        categories = context.catalogue.schema.of_kind(FacetKind.CATEGORICAL)
        self._leading = next((facet.name for facet in categories if facet.name in context.catalogue.sets), "")

    def reason(self, row: int) -> str:
        """Return the reason for one row."""
        facts, links = self._facts(row), self._links(row)
        return "; ".join(part for part in (", ".join(facts), ", ".join(links)) if part)

    def _facts(self, row: int) -> list[str]:
        catalogue = self._context.catalogue
        facts: list[str] = []
        if self._leading:
            own = catalogue.sets[self._leading].of(row)
            wanted = {granted.value for granted in self._granted if granted.facet == self._leading}
            facts += sorted(own, key=lambda value: value not in wanted)[:_N_VALUES]
        for facet in catalogue.schema.of_kind(FacetKind.NUMBER):
            value = float(catalogue.numbers[facet.name][row])
            if not np.isnan(value):
                number = f"{value:.2f}".rstrip("0").rstrip(".")
                facts.append(f"{number} {facet.unit}".strip())
        return facts

    def _links(self, row: int) -> list[str]:
        links = [f"near '{theme}'" for theme in self._near_themes(row)]
        links += [
            granted.value for granted in self._granted if granted.facet != self._leading and self._has(row, granted)
        ]
        anchors = [self._context.remembered(name) for name in self._state.anchors]
        links += [f"like {item.constraint.value}" for item in anchors]
        return links or self._general(row)

    def _has(self, row: int, granted: Granted) -> bool:
        column = self._context.catalogue.sets[granted.facet]
        place = column.column_of(granted.value)
        return place is not None and column.values[place] in column.of(row)

    def _near_themes(self, row: int) -> list[str]:
        column = tag_column(self._context.catalogue)
        if column is None or not self._themes:
            return []
        own = column.matrix.indices[column.matrix.indptr[row] : column.matrix.indptr[row + 1]]
        if not own.size:
            return []
        best = (self._context.catalogue.tag_vectors[own] @ self._vectors.T).max(axis=0)
        return [theme for theme, nearness in zip(self._themes, best, strict=True) if nearness >= _NEAR]

    def _general(self, row: int) -> list[str]:
        """Return what can be said when no single wish explains the row."""
        matched = self._state.parts.get("match")
        fame = float(self._context.catalogue.popularity[row])
        if matched is not None and self._context.profile.history and matched[row] > _prior(self._state, row):
            return ["near your taste"]
        return ["well known"] if fame >= _WELL_KNOWN else []


def _prior(state: ToolState, row: int) -> float:
    return float(sum(state.parts[name][row] for name in ("popular", "known") if name in state.parts))


def _wanted_values(context: ToolContext, state: ToolState) -> tuple[Granted, ...]:
    wanted = []
    for item in context.preferences.remembered:
        constraint = item.constraint.canonical()
        kind = kind_of(context.catalogue, constraint)
        if not constraint.is_positive or item.id in state.relaxed:
            continue
        if kind in (FacetKind.CATEGORICAL, FacetKind.PERSON):
            value = str(constraint.value)
            name = context.catalogue.resolve_person(value) if kind is FacetKind.PERSON else None
            wanted.append(Granted(constraint.facet, name or value))
    return tuple(wanted)


@dataclass(frozen=True)
class Explain:
    """Say why the item at a position of the feed is there, with its score parts."""

    def __call__(self, context: ToolContext, state: ToolState, argument: str | None) -> ToolStep:
        """Return the reason and the parts of one feed item; the state is left as it is."""
        for item in state.feed:
            if str(item.position) == (argument or "").lstrip("#"):
                parts = " ".join(f"{name} {value:+.2f}" for name, value in item.parts.items())
                return ToolStep(state, f"{item.title}: {item.reason} ({parts})")
        raise ToolError(f"there is no item {argument!r} in the feed")
