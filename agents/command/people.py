"""People as they are said: "early Spielberg", "the Coen brothers", "bergman or tarkovsky" become names.

A name that is no person of the catalogue but a whole title means the item: "Hitchcock but not Psycho". One that the
catalogue's texts speak of, and no person bears, is a theme: "James Bond".

Contract: pure; what is said of a person holds of all that are meant, and a name that nobody knows stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stillroom.agents.command.everyday import is_written
from stillroom.agents.command.titles import is_called_series, title_named
from stillroom.agents.command.values import value_of
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Strength
from stillroom.data.names import normal_name
from stillroom.data.schema import FacetKind

STAGE: Final = re.compile(
    r"(?:the )?(?:early|earlier|late|later|young|younger|old|older|vintage|classic|peak|prime) (?=\w)", re.IGNORECASE
)
_SIBLINGS: Final = r"(?:brothers|bros|sisters)"
_SAID_SIBLINGS: Final = re.compile(rf"(?:the )?(?P<surname>[\w-]+) {_SIBLINGS}\b\.?", re.IGNORECASE)
LIST: Final = re.compile(r",? (?:and|or|&) |/|, ", re.IGNORECASE)
_OR: Final = re.compile(r"\bor\b|/", re.IGNORECASE)
_MAX_SIBLINGS: Final = 3
_MIN_TEXTS: Final = 3
_MAX_ITEMS: Final = 2


def people_meant(constraint: Constraint, command: str, catalogue: Catalogue) -> tuple[Constraint, ...]:
    """Return a wish about a person as wishes about the people, or the item or theme, that its words name."""
    said = str(constraint.value)
    if siblings := siblings_named(said, command, constraint.facet, catalogue):
        return tuple(replace(constraint, value=name) for name in (siblings[:1] if _must(constraint) else siblings))
    character = character_named(said, catalogue)
    names = tuple(_names(said, catalogue)) if character is None else ()
    if names:
        strength = Strength.SOFT if _must(constraint) and len(names) > 1 and _OR.search(said) else constraint.strength
        return tuple(replace(constraint, value=name, strength=strength) for name in names)
    if item := _item_named(constraint, command, catalogue):
        return (_about_item(constraint, item, catalogue),)
    if with_genre := _with_genre(constraint, catalogue):
        return with_genre
    if character is not None:
        tag = catalogue.schema.of_kind(FacetKind.TAG)[0]
        return (Constraint(constraint.polarity, Strength.SOFT, tag.name, Op.EQ, character.casefold()),)
    return (replace(constraint, value=catalogue.resolve_person(said) or said),)


def is_borne(said: str, name: str) -> bool:
    """Say whether words are a name or its end, but for case, accents and marks: "de niro" of Robert De Niro."""
    return f" {normal_name(name)}".endswith(f" {normal_name(said)}")


def person_named(said: str, catalogue: Catalogue) -> str | None:
    """Return the person whose name or surname words are, spelt rightly, also of some stage: "early Spielberg"."""
    for words in dict.fromkeys((said, STAGE.sub("", said, count=1))):
        if (name := catalogue.find_person(words)) is not None:
            return name
    return None


def _names(said: str, catalogue: Catalogue) -> Iterator[str]:
    """Yield the one person of this name, else the people of a list, of whom one at least is known."""
    whole = person_named(said, catalogue)
    if whole is not None:
        yield whole
        return
    parts = [part.strip() for part in LIST.split(said) if part.strip()]
    known = [person_named(part, catalogue) for part in parts]
    if len(parts) > 1 and any(known):
        yield from dict.fromkeys(name or part for name, part in zip(known, parts, strict=True))


def siblings_named(said: str, command: str, facet: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the people of one surname who share items with the best known of them: "the Coen brothers"."""
    column = catalogue.sets.get(facet)
    found = _SAID_SIBLINGS.fullmatch(said)
    surname = found["surname"] if found else said
    if column is None or not re.search(rf"\b{re.escape(surname)} {_SIBLINGS}\b", command, re.IGNORECASE):
        return ()
    first = catalogue.find_person(surname)
    if first is None:
        return ()
    shared = column.mask(first)
    others = [name for name in column.values if name != first and is_borne(surname, name)]
    joint = {name: int((column.mask(name) & shared).sum()) for name in others}
    closest = sorted((name for name in others if joint[name]), key=lambda name: -joint[name])
    return (first, *closest)[:_MAX_SIBLINGS]


def _about_item(constraint: Constraint, value: str, catalogue: Catalogue) -> Constraint:
    facet = next((facet.name for facet in catalogue.schema.of_kind(FacetKind.ITEM)), constraint.facet)
    if constraint.is_positive:
        return Constraint(constraint.polarity, Strength.SOFT, facet, Op.LIKE, value)
    return replace(constraint, facet=facet, op=Op.EQ, value=value)


def _item_named(constraint: Constraint, command: str, catalogue: Catalogue) -> str | None:
    """Return the title that is said in a person's place; what is unwanted may be a whole series."""
    said = str(constraint.value)
    series = None if constraint.is_positive else catalogue.find_series(said)
    if series is not None and (catalogue.find_title(said) is None or is_called_series(said, command, catalogue.schema)):
        return catalogue.name_series(series)
    return title_named(said, catalogue)


def _with_genre(constraint: Constraint, catalogue: Catalogue) -> tuple[Constraint, ...]:
    """Return what a name with a genre after it is about, the person and the genre: "tom hanks comedies"."""
    name, _, last = str(constraint.value).rpartition(" ")
    genre, person = value_of(last, catalogue.schema, "genre"), catalogue.find_person(name)
    if genre is None or person is None:
        return ()
    return (replace(constraint, value=person), replace(constraint, facet=genre[0], value=genre[1]))


def character_named(said: str, catalogue: Catalogue) -> str | None:
    """Return the name of whom the catalogue's texts speak by these words, though nobody bears it: "Bond" of James Bond.

    A surname alone is a character's only where hardly any item is by its bearer.
    """
    if not catalogue.schema.of_kind(FacetKind.TAG) or not said.strip():
        return None
    if " " in said.strip():
        return said if catalogue.find_person(said) is None and is_written(said.title(), catalogue) else None
    bearer = catalogue.find_person(said)
    if bearer is None or _n_items(bearer, catalogue) > _MAX_ITEMS:
        return None
    spoken = re.compile(rf"\b[A-Z][a-z]+ {re.escape(said.title())}\b")
    counts = Counter(hit for text in catalogue.texts for hit in set(spoken.findall(text)))
    name, n_texts = next(iter(counts.most_common(1)), ("", 0))
    return name if n_texts >= _MIN_TEXTS and name != bearer else None


def _n_items(person: str, catalogue: Catalogue) -> int:
    facet = catalogue.schema.of_kind(FacetKind.PERSON)[0]
    return int(catalogue.sets[facet.name].mask(person).sum())


def _must(constraint: Constraint) -> bool:
    return constraint.is_positive and constraint.is_hard
