"""The batch contract of a parser: JSON lines in, JSON lines out, one for one and in order, never a crash on a line.

    in : {"id", "feed":[{"title","year","genres"}], "preferences":[constraint + "id"], "command"}
    out: {"id", "edit":{"verdict","add","retract"}, "preferences":[after merging], "ms"}    or    {"id", "error"}

The edit is the one that takes effect: names resolved, what was remembered already left out, retractions that follow
from a contradiction spelt out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BaseModel, Field

from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, merge
from stillroom.serve.batch import answer_lines

_TITLE_YEAR: Final = re.compile(r"\s*\((\d{4})\)\s*$")
_YEAR_SLACK: Final = 1  # sources disagree by a year about when a film came out


class BatchItem(BaseModel):
    """An item of the feed as the contract has it."""

    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()


class BatchLine(BaseModel):
    """A line of the input; `preferences` are read by Preferences.from_json, which says what is wrong."""

    command: str
    feed: Annotated[tuple[BatchItem, ...], Field(max_length=1000)] = ()
    preferences: list[Any] = []


@dataclass(frozen=True)
class FeedReader:
    """Finds the items of a feed in a catalogue, by title and year."""

    catalogue: Catalogue

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, title in enumerate(self.catalogue.titles):
            rows.setdefault(_fold(title), []).append(row)
        return rows

    def __call__(self, feed: Iterable[BatchItem]) -> tuple[ShownItem, ...]:
        """Return the feed as it is shown; an item that the catalogue lacks keeps its title and has no id."""
        return tuple(self._shown(position, item) for position, item in enumerate(feed, start=1))

    def _shown(self, position: int, item: BatchItem) -> ShownItem:
        row = self._find(item)
        name = "" if row is None else self.catalogue.ids[row]
        return ShownItem(position, name, item.title, item.year, item.genres)

    def _find(self, item: BatchItem) -> int | None:
        in_title = _TITLE_YEAR.search(item.title)
        title = item.title[: in_title.start()] if in_title else item.title
        year = item.year if item.year is not None else int(in_title[1]) if in_title else None
        near = self.catalogue.resolve_title(title)
        rows = [*self._rows.get(_fold(title), ()), *([] if near is None else [near])]
        return next((row for row in rows if self._has_year(row, year)), None)

    def _has_year(self, row: int, year: int | None) -> bool:
        years = self.catalogue.numbers.get("year")
        if year is None or years is None or np.isnan(years[row]):
            return True
        return abs(float(years[row]) - year) <= _YEAR_SLACK


def parse_lines(lines: Iterable[bytes], parser: Parser) -> Iterator[str]:
    """Yield one line of output for every line of input."""
    read_feed = FeedReader(parser.catalogue)
    return answer_lines(lines, lambda data: _parse(BatchLine.model_validate(data), parser, read_feed))


def _parse(line: BatchLine, parser: Parser, read_feed: FeedReader) -> dict[str, object]:
    start = perf_counter()
    preferences = Preferences.from_json(line.preferences)
    parsed = parser(ParseRequest(line.command, read_feed(line.feed), preferences))
    merged = merge(preferences, parsed.edit, words=line.command)
    return {
        "edit": merged.edit.to_json(),
        "preferences": merged.preferences.to_json(),
        "ms": round((perf_counter() - start) * 1000, 3),
    }


def _fold(title: str) -> str:
    """Return a title for comparison: no case, no punctuation, the article in front ("Matrix, The")."""
    words = re.sub(r"[^\w\s,]", "", title.casefold())
    if moved := re.fullmatch(r"(.+), (the|a|an|le|la|les|il|el|der|die|das)", words.strip()):
        words = f"{moved[2]} {moved[1]}"
    return " ".join(words.replace(",", " ").split())
