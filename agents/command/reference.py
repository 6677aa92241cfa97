"""What a model's words refer to: "#2", "the nolan one", "nolan", "heat" become titles and names of the catalogue.

The model copies what the person said; code, which knows the feed and the catalogue, resolves it. What cannot be
resolved stays as it was said (a person unknown to the catalogue) or becomes a theme (an item that is none).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from stillroom.agents.command.everyday import is_ordinary
from stillroom.agents.command.people import people_meant
from stillroom.agents.command.themes import no_theme
from stillroom.agents.command.titles import items_meant
from stillroom.agents.requests import ShownItem
from stillroom.agents.rules.words import ORDINARY
from stillroom.data.catalogue import Catalogue, CatalogueError
from stillroom.data.constraint import Constraint, Op, Strength
from stillroom.data.edit import Edit
from stillroom.data.schema import FacetKind

_POSITION = re.compile(r"#(\d{1,2})")
_THE_ONE = re.compile(r"(?:the |that |this )?(.+?) (?:one|ones|film|movie|flick|pic)s?", re.IGNORECASE)
TITLE_MATCH = 88.0
# Facets whose words tell items apart; a keyword may be anything ("new" is in "new york").
_CERTAIN = frozenset({FacetKind.CATEGORICAL, FacetKind.PERSON})


@dataclass(frozen=True)
class Resolution:
    """The edit with names resolved, and what was given up, each in one phrase."""

    edit: Edit
    notes: tuple[str, ...] = ()


def resolve(edit: Edit, feed: tuple[ShownItem, ...], catalogue: Catalogue, command: str = "") -> Resolution:
    """Resolve every person and item that the edit names; drop what makes no sense in this catalogue, with a note."""
    kept: list[Constraint] = []
    notes: list[str] = []
    for constraint in edit.add:
        resolved = _resolve_one(constraint, feed, catalogue, command)
        if not resolved:
            notes.append(f"{constraint.facet} {constraint.value}: nothing in the feed is meant")
        for meant in resolved:
            if problem := catalogue.schema.problem(meant):
                notes.append(f"{constraint.facet} {constraint.value}: {problem}")
            elif meant.canonical() not in kept:
                kept.append(meant.canonical())
    return Resolution(Edit.of(tuple(kept), edit.retract), tuple(notes))


def _resolve_one(
    constraint: Constraint, feed: tuple[ShownItem, ...], catalogue: Catalogue, command: str
) -> tuple[Constraint, ...]:
    facet = catalogue.schema.facets.get(constraint.facet)
    if facet is None or not isinstance(constraint.value, str):
        return (constraint,)
    if facet.kind is FacetKind.PERSON:
        return people_meant(constraint, command, catalogue)
    if facet.kind is FacetKind.TAG:
        if meant := no_theme(constraint, command, catalogue):
            return meant
        return (replace(constraint, value=_known_theme(constraint.value, facet.name, catalogue)),)
    if facet.kind is FacetKind.ITEM:
        if not _POSITION.fullmatch(constraint.value) and (meant := items_meant(constraint, command, feed, catalogue)):
            return meant
        item = _resolve_item(constraint, constraint.value, feed, catalogue)
        return () if item is None else (item,)
    return (constraint,)


def _known_theme(said: str, facet: str, catalogue: Catalogue) -> str:
    """Return the theme that words name: by the thesaurus, in the commonest spelling that the catalogue has.

    "vengeance" is revenge, "zombies" is zombie; words that nobody knows mean themselves.
    """
    said = said.replace(" & ", " and ")
    words = (catalogue.thesaurus.canonical(said) or said).casefold()
    column = catalogue.sets.get(facet)
    spaced = words.replace("-", " ")
    singular = [form[: -len(end)] for form in (words, spaced) for end in ("es", "s") if form.endswith(end)]
    singular += [f"{words[:-3]}y"] if words.endswith("ies") else []
    forms = (words, spaced, spaced.replace(" ", "-"), *singular, f"{words}s")
    known = [place for form in forms if column is not None and (place := column.column_of(form)) is not None]
    if column is None or not known:
        return words
    return column.values[max(known, key=lambda place: int(column.counts[place]))].casefold()


def _resolve_item(
    constraint: Constraint, words: str, feed: tuple[ShownItem, ...], catalogue: Catalogue
) -> Constraint | None:
    if position := _POSITION.fullmatch(words):
        item = next((item for item in feed if item.position == int(position[1])), None)
        return replace(constraint, value=item.title) if item else None
    shown = find_shown(words, feed, catalogue)
    if shown is not None:
        return replace(constraint, value=shown.title)
    row = catalogue.find_title(words) if is_ordinary(words) else catalogue.resolve_title(words)
    if row is not None:
        return replace(constraint, value=catalogue.titles[row])
    tags = catalogue.schema.of_kind(FacetKind.TAG)
    if not tags or is_ordinary(words):
        return None
    described = _THE_ONE.fullmatch(words)
    theme = described[1] if described else words
    return Constraint(constraint.polarity, Strength.SOFT, tags[0].name, Op.EQ, theme.casefold())


def find_shown(words: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> ShownItem | None:
    """Return the shown item that the words mean, by title ("heat") or by description ("the nolan one"), or None."""
    scored = [(fuzz.ratio(words.casefold(), item.title.casefold()), item) for item in feed]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if best[1] is not None and best[0] >= TITLE_MATCH:
        return best[1]
    described = _THE_ONE.fullmatch(words)
    return _only(described[1], feed, catalogue, tuple(catalogue.sets)) if described else None


def find_described(words: str, feed: tuple[ShownItem, ...], catalogue: Catalogue) -> ShownItem | None:
    """Return the one shown item that "the CLUE one" means beyond doubt: by title, year, genre or name, no keyword."""
    described = _THE_ONE.fullmatch(words)
    if described is None or described[1].casefold() in ORDINARY:
        return None
    certain = tuple(
        name for name, facet in catalogue.schema.facets.items() if facet.kind in _CERTAIN and name in catalogue.sets
    )
    return _only(described[1], feed, catalogue, certain)


def _only(clue: str, feed: tuple[ShownItem, ...], catalogue: Catalogue, facets: tuple[str, ...]) -> ShownItem | None:
    meant = [item for item in feed if _fits(clue.casefold(), item, catalogue, facets)]
    return meant[0] if len(meant) == 1 else None


def _fits(clue: str, item: ShownItem, catalogue: Catalogue, facets: tuple[str, ...]) -> bool:
    """Say whether a clue is a word of the title, the year, or a word of the item's values of some facets."""
    if clue in item.title.casefold().split() or clue == str(item.year):
        return True
    try:
        row = catalogue.row_of(item.id)
    except CatalogueError:
        return clue in (genre.casefold() for genre in item.genres)
    values = (value.casefold() for name in facets for value in catalogue.sets[name].of(row))
    return any(clue == value or clue in value.split() for value in values)
