"""Names alone: a command that is nothing but a person's name or a title asks for them, "tom hanks", "superbad please".

Contract: pure. Models take a name without a verb for no wish at all. Words that may be a theme, a genre or small talk
are left to them: a title of everyday words ("home", "seen it") must be said in a sentence.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.everyday import is_everyday
from stillroom.agents.command.people import LIST, STAGE, character_named, is_borne, person_named, siblings_named
from stillroom.agents.command.themes import mistyped
from stillroom.agents.command.titles import WELL_KNOWN, title_named
from stillroom.agents.requests import ParseRequest
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.rules.text import plain, words
from stillroom.agents.rules.words import ORDINARY
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength
from stillroom.data.edit import Edit
from stillroom.data.names import normal_name
from stillroom.data.preferences import Preferences
from stillroom.data.schema import FacetKind

_AFTER: Final = r"(?:[,.!]* (?:please|pls|plz))?[.! ]*"
_MAX_WORDS: Final = 8
_MIN_LETTERS: Final = 4
_MIN_WORDS: Final = 3
_NAME_WORDS: Final = 2


def named_alone(command: str, catalogue: Catalogue, vocabulary: Vocabulary) -> Edit | None:
    """Return the wish for the people or the likeness to the title that a command is, None where it is neither."""
    schema = catalogue.schema
    found = re.fullmatch(rf"\s*(?P<name>.{{3,80}}?){_AFTER}", command)
    if found is None or len(found["name"].split()) > _MAX_WORDS:
        return None
    people, item = schema.first(FacetKind.PERSON), schema.first(FacetKind.ITEM)
    title = _title_alone(found["name"], catalogue, vocabulary) if item is not None else None
    names = _people_alone(found["name"], people.name, catalogue, vocabulary) if people is not None else ()
    if item is not None and title is not None and (not names or _fame(title, catalogue) >= WELL_KNOWN):
        return Edit.of((_wish(item.name, Op.LIKE, title),))
    if people is not None and names:
        return Edit.of(tuple(_wish(people.name, Op.EQ, name) for name in names))
    theme = _theme_alone(found["name"], catalogue, vocabulary)
    return None if theme is None else Edit.of((_wish(theme[0], Op.EQ, theme[1]),))


def _wish(facet: str, op: Op, value: str) -> Constraint:
    return Constraint(Polarity.POSITIVE, Strength.SOFT, facet, op, value)


def _people_alone(said: str, facet: str, catalogue: Catalogue, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the people whose names, and nothing else, are said."""
    if siblings := siblings_named(said, said, facet, catalogue):
        return siblings
    names = [_person_alone(part.strip(), catalogue, vocabulary) for part in LIST.split(said)]
    return tuple(dict.fromkeys(name for name in names if name is not None)) if all(names) else ()


def _person_alone(said: str, catalogue: Catalogue, vocabulary: Vocabulary) -> str | None:
    """Return the person whose whole name is said, or a surname that is no other word."""
    bare = STAGE.sub("", said, count=1)
    spelt = normal_name(bare).split()
    if not spelt or ORDINARY.issuperset(spelt):
        return None
    if len(spelt) > 1:
        return person_named(bare, catalogue)
    meaning = vocabulary.phrases.get(words(bare))
    if meaning is not None:
        is_person = vocabulary.schema.facets[meaning.facet].kind is FacetKind.PERSON
        return meaning.value if is_person and is_borne(bare, meaning.value) else None
    is_name = len(bare) >= _MIN_LETTERS and not is_everyday(bare, catalogue)
    return person_named(bare, catalogue) if is_name else None


def _title_alone(said: str, catalogue: Catalogue, vocabulary: Vocabulary) -> str | None:
    """Return the title that is said, or that of the best known part of the series that is."""
    nouns = rf"(?:films?|movies?|books?|novels?|series|franchise|saga|trilogy|{re.escape(catalogue.schema.noun)}s?)"
    called = re.fullmatch(rf"(?:(?:all|every)(?: of)? )?(?P<name>.+) {nouns}", said, re.IGNORECASE)
    if called and catalogue.find_series(called["name"]) is not None:
        return title_named(called["name"], catalogue)
    spelt = normal_name(said).split()
    title = None if called or not spelt or ORDINARY.issuperset(spelt) else title_named(said, catalogue)
    if title is None:
        return None
    is_series = catalogue.find_series(said) is not None
    is_known = _fame(title, catalogue) >= WELL_KNOWN
    is_read = any(constraint.op is not Op.LIKE for constraint in _read(said, vocabulary))
    if len(spelt) > 1:
        is_title = not is_read or is_series or said.istitle()
        return title if is_title or (is_known and len(spelt) >= _MIN_WORDS) else None
    is_whole = plain(said) == plain(title) and said.casefold().startswith("the ")
    is_name = is_whole or (len(said) >= _MIN_LETTERS and not is_everyday(said, catalogue))
    return title if (is_known or is_series) and is_name and not is_read else None


def _theme_alone(said: str, catalogue: Catalogue, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Return the character of whom only the texts speak, or the genre or theme that is mistyped, with its facet."""
    tag = catalogue.schema.first(FacetKind.TAG)
    if tag is None or words(said) in vocabulary.phrases:
        return None
    if " " not in said:
        return mistyped(said, catalogue)
    is_name = len(said.split()) == _NAME_WORDS and not _read(said, vocabulary) and not _has_ordinary(said)
    character = character_named(said, catalogue) if is_name else None
    return None if character is None else (tag.name, character.casefold())


def _has_ordinary(said: str) -> bool:
    return not ORDINARY.isdisjoint(said.casefold().split())


def _read(said: str, vocabulary: Vocabulary) -> tuple[Constraint, ...]:
    """Return what the word lists read in words."""
    return parse_command(ParseRequest(said, (), Preferences()), vocabulary).add


def _fame(title: str, catalogue: Catalogue) -> float:
    row = catalogue.find_title(title)
    return 0.0 if row is None else float(catalogue.popularity[row])
