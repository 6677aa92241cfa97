"""What a catalogue's words mean: phrases of facets' values, of people and of titles, found by longest match.

Contract: built once from a catalogue (or from plain lists), immutable, look-ups in constant time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from stillroom.agents.rules.relative import RelativeWords, relative_words
from stillroom.agents.rules.text import words
from stillroom.agents.rules.words import ORDINARY, value_words
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind, with_domain

if TYPE_CHECKING:
    from stillroom.data.catalogue import Catalogue

Phrase = tuple[str, ...]
LONGEST: Final = 6
_MIN_TAG_ITEMS: Final = 4
_MIN_SURNAME_FAME: Final = 3.0
_MAX_CLOSED: Final = 100


@dataclass(frozen=True)
class Meaning:
    """What a phrase stands for: a value of a facet; weak when the phrase is also an everyday word."""

    facet: str
    value: str
    weak: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """A catalogue's schema, phrases by their stems, and titles by theirs."""

    schema: CatalogueSchema
    phrases: Mapping[Phrase, Meaning]
    titles: Mapping[Phrase, str] = field(default_factory=dict)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """Return the single words of categorical values, to which a mistyped word may be near."""
        spelled = {facet.name for facet in self.schema.of_kind(FacetKind.CATEGORICAL)}
        return tuple(key[0] for key, meaning in self.phrases.items() if len(key) == 1 and meaning.facet in spelled)

    @cached_property
    def closed(self) -> frozenset[str]:
        """Return the categorical facets of few values: many values are names, some of them everyday words."""
        values: dict[str, set[str]] = defaultdict(set)
        for meaning in self.phrases.values():
            values[meaning.facet].add(meaning.value)
        named = {facet.name for facet in self.schema.of_kind(FacetKind.CATEGORICAL)}
        return frozenset(name for name in named & set(values) if len(values[name]) <= _MAX_CLOSED)

    @cached_property
    def relatives(self) -> tuple[RelativeWords, ...]:
        """Return the words that ask for more or less of a facet."""
        return relative_words(self.schema)

    def longest(self, stems: Sequence[str], at: int) -> tuple[int, Meaning] | None:
        """Return the length and the meaning of the longest phrase that begins at this word."""
        for length in range(min(LONGEST, len(stems) - at), 0, -1):
            meaning = self.phrases.get(tuple(stems[at : at + length]))
            if meaning is not None:
                return length, meaning
        return None

    @classmethod
    def of_catalogue(cls, catalogue: Catalogue, *, with_titles: bool = True) -> Vocabulary:
        """Build the vocabulary of a catalogue: its facets' values, the word lists, its people and its titles."""
        sets = catalogue.sets
        has_people = catalogue.schema.first(FacetKind.PERSON) is not None
        ordinary = _ordinary_words(catalogue.texts) if has_people else ORDINARY
        schema = with_domain(catalogue.schema)
        builder = _Builder(schema)
        for name, column in sets.items():
            kind = schema.facets[name].kind
            if kind is FacetKind.PERSON:
                fame = column.matrix.T @ catalogue.popularity
                builder.add_people(name, column.values, fame.tolist(), ordinary)
            elif kind is FacetKind.TAG:
                builder.add_tags(name, column.values, column.counts.tolist())
            else:
                builder.add_values(name, column.values)
        builder.add_tables({name: column.values for name, column in sets.items()})
        titles = _titles(catalogue.titles, catalogue.popularity.tolist()) if with_titles else {}
        return cls(schema, builder.phrases, titles)

    @classmethod
    def of_lists(
        cls, schema: CatalogueSchema, lists: Mapping[str, Sequence[str]], titles: Sequence[str] = ()
    ) -> Vocabulary:
        """Build a vocabulary from plain lists of values by facet; people come in the order of their fame."""
        builder = _Builder(schema)
        for name, values in lists.items():
            if schema.facets[name].kind is FacetKind.PERSON:
                fame = [float(len(values) - place) + _MIN_SURNAME_FAME for place in range(len(values))]
                builder.add_people(name, values, fame, ORDINARY)
            else:
                builder.add_values(name, values)
        builder.add_tables(lists)
        return cls(schema, builder.phrases, _titles(titles, [1.0] * len(titles)))


@dataclass
class _Builder:
    """Phrases as they are gathered; of two meanings of one phrase the first stays."""

    schema: CatalogueSchema
    phrases: dict[Phrase, Meaning] = field(default_factory=dict)

    def add_values(self, facet: str, values: Iterable[str]) -> None:
        for value in values:
            if key := words(value):
                self.phrases.setdefault(key, Meaning(facet, value))

    def add_tables(self, values: Mapping[str, Sequence[str]]) -> None:
        """Add the word lists of the facets that the catalogue has."""
        tables = value_words()
        for name in tables:
            if name in values and not self.schema.facets[name].speech.own_themes:
                self._add_table(self.schema.facets[name], tables[name], values[name])

    def _add_table(self, facet: Facet, table: Mapping[str, Sequence[str]], values: Sequence[str]) -> None:
        known = {words(value): value for value in reversed(values)}
        for value, forms in table.items():
            if facet.kind is not FacetKind.TAG and words(value) not in known:
                continue
            for key in filter(None, map(words, forms)):
                old = self.phrases.get(key)
                if old is None or self.schema.facets[old.facet].kind in (FacetKind.PERSON, FacetKind.TAG):
                    self.phrases[key] = Meaning(facet.name, known.get(words(value), value))

    def add_tags(self, facet: str, tags: Sequence[str], counts: Sequence[int]) -> None:
        for tag, count in zip(tags, counts, strict=True):
            key = words(tag)
            if not key or count < _MIN_TAG_ITEMS or (len(key) == 1 and (key[0] in ORDINARY or len(key[0]) < 3)):
                continue
            self.phrases.setdefault(key, Meaning(facet, tag, weak=len(key) == 1))

    def add_people(self, facet: str, names: Sequence[str], fame: Sequence[float], ordinary: frozenset[str]) -> None:
        by_part: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for name, known in zip(names, fame, strict=True):
            key = words(name)
            if len(key) < 2:
                continue
            self.phrases.setdefault(key, Meaning(facet, name))
            by_part[key[-1]].append((known, name))
            by_part[key[0]].append((known * 0.5, name))
        for part, bearers in by_part.items():
            bearers.sort(reverse=True)
            known, name = bearers[0]
            # A first name counts only when its bearer stands out; a surname when somebody well known bears it.
            rival = bearers[1][0] if len(bearers) > 1 else 0.0
            needed = _MIN_SURNAME_FAME if words(name)[-1] == part else max(_MIN_SURNAME_FAME, rival * 1.5)
            if known >= needed and part not in ordinary and len(part) > 2:
                self.phrases.setdefault((part,), Meaning(facet, name))


def _ordinary_words(texts: Iterable[str]) -> frozenset[str]:
    """Return words that the catalogue's texts write in lower case more than once: a surname among them is no name."""
    counts = Counter(word for text in texts for word in set(text.split()) if word.islower())
    return ORDINARY | {word.strip(".,;:!?\"'") for word, count in counts.items() if count > 2}


def _titles(titles: Sequence[str], fame: Sequence[float]) -> dict[Phrase, str]:
    found: dict[Phrase, str] = {}
    for _, title in sorted(zip(fame, titles, strict=True), reverse=True):
        for form in title_forms(title):
            found.setdefault(form, title)
    return found


@lru_cache(maxsize=4096)
def title_forms(title: str) -> tuple[Phrase, ...]:
    """Return the ways in which a title may be written: whole, without its article, and its part before a colon."""
    whole = words(title)
    forms = [whole, words(title.split(":")[0])]
    forms += [form[1:] for form in forms if len(form) > 1 and form[0] in {"the", "a", "an"}]
    return tuple(form for form in dict.fromkeys(forms) if form and len("".join(form)) > 1)
