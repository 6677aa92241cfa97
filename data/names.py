"""Finding a name that was said loosely: without case, accents, punctuation or article, cut short, or misspelt."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

_YEAR_TAIL = re.compile(r"\s*\(\d{4}\)\s*$")
_NOT_WORD = re.compile(r"[^\w\s]+")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\S)")
_NEAR = 82.0
_MIN_PREFIX = 4


def normal_name(text: str) -> str:
    """Return the form in which names are compared."""
    bare = unicodedata.normalize("NFKD", _YEAR_TAIL.sub("", text))
    bare = "".join(char for char in bare if not unicodedata.combining(char)).casefold().replace("&", " and ")
    bare = " ".join(_NOT_WORD.sub(" ", bare.replace("'", "").replace("’", "")).split())
    return _ARTICLE.sub("", bare)


@dataclass(frozen=True, eq=False)
class NameIndex:
    """Names with their fame; of equally good matches the most famous wins."""

    names: tuple[str, ...]
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
        """Return the row of the name meant, or None: exact, then surname, then a name begun, then a near spelling."""
        wanted = normal_name(text)
        if not wanted:
            return None
        if wanted in self.exact:
            return self._year_row(text, wanted)
        if by_last_word and wanted in self.last:
            return self.last[wanted]
        begun = self._begun(wanted) if not by_last_word else None
        if begun is not None:
            return begun
        near = process.extract(wanted, self.normal, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=8)
        if near:
            return max(near, key=lambda hit: (round(hit[1] / 4), float(self.fame[hit[2]])))[2]
        return self._near_last_word(wanted) if by_last_word else None

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

    def _near_last_word(self, wanted: str) -> int | None:
        if " " in wanted or len(wanted) < _MIN_PREFIX:
            return None
        near = process.extractOne(wanted, list(self.last), scorer=fuzz.ratio, score_cutoff=_NEAR)
        return None if near is None else self.last[near[0]]
