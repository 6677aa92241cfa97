"""Finding a name that was said loosely: without case, accents, punctuation or article, cut short, or misspelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from stillroom.data.text_column import TextColumn

_YEAR_TAIL = re.compile(r"\s*\(\d{4}\)\s*$")
_NOT_WORD = re.compile(r"[^\w\s]+")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\S)")
_NEAR = 82.0
_MIN_PREFIX = 4
# A single word is taken for a misspelt surname only if it is long enough, begins alike, and many know the bearer: of
# the people, so large a share is less known. Of three words and more, only the best known people are called by one.
_MIN_SURNAME = 6
_KNOWN, _WELL_KNOWN = 0.6, 0.9
_MAX_WORDS = 2
# Of a misspelt name in several words, the last word is near, too: "Stephen King" is not Stephen Lang.
_NEAR_LAST, _NEAR_JOINED = 78.0, 94.0
# "12 Monkeys" is Twelve Monkeys, "Terminator II" is Terminator 2.
_NUMBER_WORDS = "two ii, three iii, four iv, five, six vi, seven vii, eight viii, nine ix, ten, eleven, twelve"
_DIGITS = {
    word: str(number) for number, words in enumerate(_NUMBER_WORDS.split(", "), start=2) for word in words.split()
}


def normal_name(text: str) -> str:
    """Return the form in which names are compared."""
    bare = unicodedata.normalize("NFKD", _YEAR_TAIL.sub("", text))
    bare = "".join(char for char in bare if not unicodedata.combining(char)).casefold().replace("&", " and ")
    bare = " ".join(_NOT_WORD.sub(" ", bare.replace("'", "").replace("’", "")).split())
    return _ARTICLE.sub("", bare)


def in_digits(normal: str) -> str:
    """Return a normal form with its small numbers in digits."""
    return " ".join(_DIGITS.get(word, word) for word in normal.split())


class Names(Protocol):
    """Names that can be found by what somebody said."""

    @property
    def names(self) -> Sequence[str]:
        """Return the names by row."""
        ...

    def resolve(self, text: str, *, by_last_word: bool = False) -> int | None:
        """Return the row of the name meant, or None."""
        ...

    def find(self, text: str, *, by_last_word: bool = False) -> int | None:
        """Return the row of the name that was said whole, or by its last words, and spelt rightly; else None."""
        ...


def index_names(names: Sequence[str], fame: NDArray[np.float32]) -> Names:
    """Return an index of the names: whole in Python for thousands, a column that is scanned for millions."""
    return LongNames.of(names, fame) if isinstance(names, TextColumn) else NameIndex.of(tuple(names), fame)


@dataclass(frozen=True, eq=False)
class NameIndex:
    """Names with their fame; of equally good matches the most famous wins."""

    names: Sequence[str]
    fame: NDArray[np.float32]
    normal: tuple[str, ...]
    exact: dict[str, int]
    last: dict[str, int]

    @classmethod
    def of(cls, names: tuple[str, ...], fame: NDArray[np.float32]) -> NameIndex:
        """Index the names, row by row."""
        normal = tuple(normal_name(name) for name in names)
        exact: dict[str, int] = {}
        last: dict[str, int] = {}
        for row in np.argsort(-fame, kind="stable").tolist():
            if normal[row]:
                exact.setdefault(normal[row], row)
                last.setdefault(normal[row].rpartition(" ")[2], row)
        return cls(names, fame, normal, exact, last)

    def resolve(self, text: str, *, by_last_word: bool = False) -> int | None:
        """Return the row of the name meant, or None.

        The first of these that there is: the exact name, a surname or last words, a name begun, a name with its numbers
        written otherwise, a near spelling.
        """
        wanted = normal_name(text)
        if not wanted:
            return None
        if wanted in self.exact:
            return self._year_row(text, wanted)
        if by_last_word and wanted in self.last:
            return self.last[wanted]
        found = self._ended(wanted) if by_last_word else self._begun(wanted)
        found = self._numbered(wanted) if found is None and not by_last_word else found
        if found is not None:
            return found
        if by_last_word and " " not in wanted:
            return self._near_last_word(wanted)
        near = process.extract(wanted, self.normal, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=8)
        if by_last_word:
            near = [hit for hit in near if _is_near_surname(wanted, hit[0])]
        return max(near, key=lambda hit: (round(hit[1] / 4), float(self.fame[hit[2]])))[2] if near else None

    def find(self, text: str, *, by_last_word: bool = False) -> int | None:
        """Return the row of the name that was said whole, or by its last words, but for how numbers are written."""
        wanted = normal_name(text)
        if wanted in self.exact:
            return self._year_row(text, wanted)
        if by_last_word:
            return self.last.get(wanted) if " " not in wanted else self._ended(wanted)
        return self._exact_in_digits.get(in_digits(wanted))

    @cached_property
    def _exact_in_digits(self) -> dict[str, int]:
        return {in_digits(name): row for name, row in reversed(self.exact.items())}

    def _year_row(self, text: str, wanted: str) -> int:
        """Prefer the very spelling that was said, so that "M" is not "Em" and a remake can be named."""
        best = self.exact[wanted]
        if self.names[best] == text or text not in self.names:
            return best
        same = [row for row, name in enumerate(self.names) if name == text]
        return max(same, key=lambda row: float(self.fame[row]))

    def _begun(self, wanted: str) -> int | None:
        """Return the most famous name that begins with these words, else, for two words or more, that holds them."""
        if len(wanted) < _MIN_PREFIX:
            return None
        rows = [row for row, name in enumerate(self.normal) if name.startswith(wanted + " ")]
        if not rows and " " in wanted:
            rows = [row for row, name in enumerate(self.normal) if f" {wanted} " in f" {name} "]
        return max(rows, key=lambda row: float(self.fame[row]), default=None)

    def _numbered(self, wanted: str) -> int | None:
        """Return the most famous name that is this one, or begins with it, when numbers are written alike."""
        digits = in_digits(wanted)
        if not any(word.isdecimal() for word in digits.split()) or len(wanted) < _MIN_PREFIX:
            return None
        rows = [row for row, name in enumerate(self._in_digits) if f"{name} ".startswith(f"{digits} ")]
        exact = [row for row in rows if self._in_digits[row] == digits]
        return max(exact or rows, key=lambda row: float(self.fame[row]), default=None)

    @cached_property
    def _in_digits(self) -> tuple[str, ...]:
        return tuple(map(in_digits, self.normal))

    def _ended(self, wanted: str) -> int | None:
        """Return the most famous name that ends with these words: "De Niro"."""
        if " " not in wanted:
            return None
        rows = (row for row, name in enumerate(self.normal) if name.endswith(" " + wanted))
        return max(rows, key=lambda row: float(self.fame[row]), default=None)

    def _near_last_word(self, wanted: str) -> int | None:
        """Return the known bearer of the surname that is spelt most like a single word."""
        if len(wanted) < _MIN_SURNAME:
            return None
        alike = [name for name in self.last if name[0] == wanted[0]]
        near = process.extract(wanted, alike, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=8)
        rows = (self.last[name] for name, _, _ in near)
        return next((row for row in rows if self.fame[row] >= self._needed_fame(row)), None)

    def _needed_fame(self, row: int) -> float:
        n_words = sum(len(word) > 1 for word in self.normal[row].split())
        known, well_known = self._fame_at
        return known if n_words <= _MAX_WORDS else well_known

    @cached_property
    def _fame_at(self) -> tuple[float, float]:
        known, well_known = np.quantile(self.fame, (_KNOWN, _WELL_KNOWN), method="lower")
        return float(known), float(well_known)


def _is_near_surname(wanted: str, name: str) -> bool:
    joined = fuzz.ratio(wanted.replace(" ", ""), name.replace(" ", "")) >= _NEAR_JOINED
    return joined or fuzz.ratio(wanted.split()[-1], name.split()[-1]) >= _NEAR_LAST


@dataclass(frozen=True, eq=False)
class LongNames:
    """Millions of names: their normal forms in Arrow's memory, scanned in tens of milliseconds; no dictionary.

    It resolves as NameIndex does, but looks for near spellings only among names that share a whole word.
    """

    names: Sequence[str]
    fame: NDArray[np.float32]
    normal: Any

    @classmethod
    def of(cls, names: TextColumn, fame: NDArray[np.float32]) -> LongNames:
        """Index the names, row by row."""
        bare = pc.replace_substring_regex(names.array, _YEAR_TAIL.pattern, "")
        bare = pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(bare, "NFKD"), r"[\p{Mn}'’]", ""))
        bare = pc.replace_substring_regex(pc.replace_substring(bare, "&", " and "), r"[^\pL\pN_]+", " ")
        return cls(names, fame, pc.replace_substring_regex(pc.utf8_trim_whitespace(bare), r"^(the|an?) (\S)", r"\2"))

    def resolve(self, text: str, *, by_last_word: bool = False) -> int | None:
        """Return the row of the name meant, or None: exact, a name begun, words within, then a near spelling."""
        wanted = normal_name(text)
        if not wanted:
            return None
        exact = self._where(pc.equal(self.normal, wanted))
        if exact.size:
            same = [row for row in exact.tolist() if self.names[row] == text]
            return self._best_known(np.asarray(same or exact, np.intp))
        found = self._where(pc.ends_with(self.normal, " " + wanted)) if by_last_word else self._begun(wanted)
        return self._best_known(found) if found.size else self._near(wanted)

    def find(self, text: str, *, by_last_word: bool = False) -> int | None:
        """Return the row of the name that was said whole, or by its last words; else None."""
        wanted = normal_name(text)
        rows = self._where(pc.equal(self.normal, wanted))
        if by_last_word and not rows.size:
            rows = self._where(pc.ends_with(self.normal, " " + wanted))
        return self._best_known(rows) if wanted and rows.size else None

    def _begun(self, wanted: str) -> NDArray[np.intp]:
        if len(wanted) < _MIN_PREFIX:
            return np.zeros(0, np.intp)
        rows = self._where(pc.starts_with(self.normal, wanted + " "))
        if not rows.size and " " in wanted:
            rows = self._where(pc.match_substring(self.normal, wanted))
            rows = rows[[f" {wanted} " in f" {name} " for name in self.normal.take(pa.array(rows)).to_pylist()]]
        return rows

    def _near(self, wanted: str) -> int | None:
        """Return the best known of the nearest spellings, among names of like length with one of the words."""
        lengths = pc.utf8_length(self.normal)
        like = pc.and_(pc.greater(lengths, 0.69 * len(wanted)), pc.less(lengths, len(wanted) / 0.69))
        rows = self._where(like)
        words = [word for word in wanted.split() if len(word) >= _MIN_PREFIX]
        if not words or not rows.size:
            return None
        some = self.normal.take(pa.array(rows))
        rows = rows[self._where(pc.match_substring_regex(some, "|".join(words)))]
        near = process.extract(
            wanted, self.normal.take(pa.array(rows)).to_pylist(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=8
        )
        best = max(near, key=lambda hit: (round(hit[1] / 4), float(self.fame[rows[hit[2]]])), default=None)
        return None if best is None else int(rows[best[2]])

    def _best_known(self, rows: NDArray[np.intp]) -> int:
        return int(rows[np.argmax(self.fame[rows])])

    @staticmethod
    def _where(mask: Any) -> NDArray[np.intp]:
        return np.flatnonzero(mask.to_numpy(zero_copy_only=False))
