"""The films-renamed world: films with every name invented, so that a model cannot answer from what it has read.

Contract: word by word, one-to-one and always the same, capitals within a word included ("SubUrbia"). Titles, people,
studios and collections are renamed whole, but for function words and numbers beside a real name; ids, genres, numbers,
countries, languages, ratings and the number of values of every facet are those of the films world.

In texts these are renamed: titles and full names that the catalogue knows, capitalised words that do not start a
sentence, and words that the texts never write in lower case. In tags: people's full names, and words that the texts
write with a capital inside a sentence and never in lower case. What remains: a name that is also an ordinary word and
starts a sentence ("Will runs away") or is a theme as well ("taxi driver"), allusions in lower case, nationalities,
languages, countries, creeds, months and days.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from stillroom.data.building import building
from stillroom.data.fetch import Fetcher
from stillroom.data.films import prepare_films
from stillroom.data.inventions import invent_words
from stillroom.data.schema import CatalogueSchema

_VERSION = "2"
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…\"“”(\[]|--|—|–)[\s\"“”'‘(\[]*$")
_POSSESSIVE = re.compile(r"^(.+?)(['’]s)$", re.IGNORECASE)
_SEPARATOR = "|"
_TEXTS = ("overview", "tagline")
_NAMES = ("person", "studio", "collection")
_FUNCTION_TEXT = """
    a about after all an and are as at be before but by can do don't for from had has have he her here him his how
    i i'm if in into is it it's its me mr mrs my no nor not of off on or our out part she so that the their them
    then there they this to too up us vs was we what when where who why will with you your de la le les el los las
    il der die das du des et un une y ii iii iv v vi vii viii ix x dr ms collection
    """
FUNCTION_WORDS: Final = frozenset(_FUNCTION_TEXT.split())
_KEPT_TEXT = """
    american americans british english french german italian spanish japanese chinese russian indian irish
    scottish african european asian mexican canadian australian jewish christian muslim nazi nazis christmas god
    christianity catholicism catholic buddhism buddhist judaism hinduism islam communism communist marxism fascism
    nazism brazilian greek turkish polish swedish danish norwegian dutch victorian viking embassy senate satan bible
    lgbt dna hiv aids ufo dvd imax cgi bdsm vhs nasa kgb u s f jew jews protestant jesuit mormon rabbi halloween easter
    kaiju mutilation broom wizardry anarchist helmet inquisition goblin bathtub reef disgust leech dove camel autumn
    octopus airliner bong vineyard archangel fang karma
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday tv fbi cia usa us u.s i i'm i'll i've i'd
    """
_KEPT: Final = frozenset(_KEPT_TEXT.split())
# Names that stand in tags alone, where nothing tells them from themes.
_NAMED: Final = frozenset({"pixar", "ghibli", "youtube", "cinecittà", "lovecraft", "tolkien", "himalaya", "thames"})


def prepare_renamed(fetcher: Fetcher) -> tuple[CatalogueSchema, Path]:
    """Return the films-renamed world's schema and the folder of its table."""
    schema, films = prepare_films(fetcher)
    key = hashlib.sha256(f"{_VERSION}:{films.name}".encode()).hexdigest()[:8]
    folder = films.parent / f"films-renamed-{key}"
    if not (folder / "ratings.parquet").exists():
        _build(films, folder)
    return schema.model_copy(update={"name": "films-renamed"}), folder


def rename_table(items: pd.DataFrame) -> pd.DataFrame:
    """Return the items' table with every name invented; the other columns are untouched."""
    items = items.copy()
    for column in {*_TEXTS, *_NAMES, "tag"} & set(items.columns):
        items[column] = items[column].fillna("")
    kept = _KEPT | _words_of(items, "country") | _words_of(items, "language") | FUNCTION_WORDS
    renamer = Renamer.of(items, kept)
    items["title"] = [renamer.name(title) for title in items["title"]]
    for column in set(_NAMES) & set(items.columns):
        items[column] = [_SEPARATOR.join(map(renamer.name, cell.split(_SEPARATOR))) for cell in items[column]]
    for column in set(_TEXTS) & set(items.columns):
        items[column] = [renamer.text(text) for text in items[column]]
    items["tag"] = [_SEPARATOR.join(map(renamer.tag, cell.split(_SEPARATOR))) for cell in items["tag"]]
    return items


@dataclass(frozen=True)
class Renamer:
    """The one-to-one map from real to invented words, and where to apply it."""

    inventions: Mapping[str, str]
    proper: frozenset[str]
    named: frozenset[str]
    kept: frozenset[str]
    people: frozenset[tuple[str, ...]]
    phrases: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, items: pd.DataFrame, kept: frozenset[str]) -> Renamer:
        """Learn from a table which words are names."""
        names = [*items["title"], *(name for column in _NAMES if column in items for name in _cells(items[column]))]
        texts = [text for column in _TEXTS if column in items for text in items[column]]
        ordinary, capital, inside = _uses(texts)
        known = {word.casefold() for name in names for word in _split(name)}
        taken = frozenset(known | ordinary | capital | kept | {w for cell in items["tag"] for w in _split(cell)})
        # A name with no word in it at all ("$") is renamed as if it were one.
        wordless = {name.strip() for name in names if name.strip() and not _split(name)}
        inventions = invent_words(known | capital | ordinary | wordless | taken, taken)
        people = _phrases(_cells(items["person"])) if "person" in items else frozenset()
        return cls(
            inventions,
            proper=frozenset(capital - ordinary - kept),
            named=frozenset(inside - ordinary - kept) | _NAMED,
            kept=kept,
            people=frozenset(tuple(word.casefold() for word in phrase) for phrase in people),
            phrases=people | _phrases(items["title"]),
        )

    def name(self, name: str) -> str:
        """Rename a title or a person's, studio's or collection's name; words that only frame others stay."""
        words = _split(name)
        if not words:
            return self.inventions[name.strip()].capitalize() if name.strip() else name
        everything = all(_is_frame(word) for word in words)
        return _WORD.sub(lambda found: self._in_name(found[0], everything), name)

    def tag(self, tag: str) -> str:
        """Rename a tag that is a person's full name, or the words of it that the texts only ever write as names."""
        if tuple(_split(tag)) in self.people:
            return self.name(tag)
        return _WORD.sub(lambda found: self._word(found[0]) if _bare(found[0]) in self.named else found[0], tag)

    def text(self, text: str) -> str:
        """Rename the names in running text."""
        found = list(_WORD.finditer(text))
        words = [_bare(match[0]) for match in found]
        parts, end, position = list[str](), 0, 0
        while position < len(found):
            n_words = self._phrase_at(words, position)
            for match in found[position : position + max(n_words, 1)]:
                parts += [text[end : match.start()], self._in_text(match, n_words > 0)]
                end = match.end()
            position += max(n_words, 1)
        return "".join([*parts, text[end:]])

    @cached_property
    def _by_start(self) -> Mapping[tuple[str, str], tuple[tuple[str, ...], ...]]:
        """Return the phrases by their first two words (hundreds of titles share the first), longest first."""
        by_start: dict[tuple[str, str], list[tuple[str, ...]]] = {}
        for phrase in sorted(self.phrases, key=lambda phrase: (-len(phrase), phrase)):
            if any(word[0].isupper() for word in phrase[1:]):
                by_start.setdefault((phrase[0], phrase[1]), []).append(phrase)
        return {start: tuple(phrases) for start, phrases in by_start.items()}

    def _phrase_at(self, words: Sequence[str], position: int) -> int:
        """Return how many words from here on are a known title or full name, 0 when none are."""
        if position + 1 >= len(words):
            return 0
        for phrase in self._by_start.get((words[position], words[position + 1]), ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def _in_name(self, word: str, everything: bool) -> str:
        return word if _is_frame(word) and not everything else self._word(word)

    def _in_text(self, match: re.Match[str], in_phrase: bool) -> str:
        word = match[0]
        bare = _bare(word).casefold()
        if in_phrase:
            return word if _is_frame(word) else self._word(word)
        if not word[0].isupper() or bare in self.kept:
            return word
        return self._word(word) if bare in self.proper or not _starts_sentence(match) else word

    def _word(self, word: str) -> str:
        possessive = _POSSESSIVE.match(word)
        stem, tail = (possessive[1], possessive[2]) if possessive else (word, "")
        return _with_capitals_of(stem, self.inventions[stem.casefold()]) + tail


def _build(films: Path, folder: Path) -> None:
    with building(folder) as scratch:
        rename_table(pd.read_parquet(films / "items.parquet")).to_parquet(scratch / "items.parquet", index=False)
        shutil.copyfile(films / "ratings.parquet", scratch / "ratings.parquet")


def _uses(texts: Iterable[str]) -> tuple[set[str], set[str], set[str]]:
    """Return the words that are somewhere in lower case, somewhere with a capital, and so inside a sentence."""
    ordinary, capital, inside = set[str](), set[str](), set[str]()
    for text in texts:
        for match in _WORD.finditer(text):
            word = _bare(match[0])
            (capital if word[0].isupper() else ordinary).add(word.casefold())
            if word[0].isupper() and not _starts_sentence(match):
                inside.add(word.casefold())
    return ordinary, capital, inside


def _starts_sentence(match: re.Match[str]) -> bool:
    start = match.start()
    return start == 0 or _SENTENCE_END.search(match.string[max(0, start - 6) : start]) is not None


def _with_capitals_of(word: str, invention: str) -> str:
    """Write an invention as a word is written: lower, Capitalised, UPPER or with a capital inside (subUrbia)."""
    if len(word) > 1 and word.isupper():
        return invention.upper()
    if any(letter.isupper() for letter in word[1:]):
        middle = len(invention) // 2
        invention = invention[:middle] + invention[middle:].capitalize()
    first = invention[0].upper() if word[0].isupper() or word[0].isdigit() else invention[0]
    return first + invention[1:]


def _phrases(names: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Return the names of more than one word, split."""
    return frozenset(phrase for name in names if len(phrase := tuple(_split(name))) > 1)


def _cells(column: pd.Series[str]) -> Iterator[str]:
    return (value for cell in column for value in str(cell).split(_SEPARATOR) if value)


def _words_of(items: pd.DataFrame, column: str) -> frozenset[str]:
    if column not in items:
        return frozenset()
    return frozenset(word.casefold() for value in _cells(items[column]) for word in _split(value))


def _split(name: str) -> list[str]:
    """Return a name's words, without possessive endings."""
    return [_bare(word) for word in _WORD.findall(name)]


def _bare(word: str) -> str:
    possessive = _POSSESSIVE.match(word)
    return possessive[1] if possessive else word


def _is_frame(word: str) -> bool:
    """Say whether a word only frames a name: a function word, an initial's dot aside, or a number."""
    return word.casefold() in FUNCTION_WORDS or word.isdigit()
