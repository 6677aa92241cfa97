"""Series: the items whose titles begin alike and go on as parts do, "Rocky II", "Star Wars: Episode IV".

Contract: pure. A catalogue does not say what belongs together; only titles that can hardly be anything else count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stillroom.data.names import normal_name

# The name with its article left out; a name of one word is too common to go on with "and" or "'s".
_PART: Final = r"(?=$|\s*:|\s+-\s|,? (?:[2-9]\b|\d\d\b|[IVX]+\b|Part\b|Episode\b|Chapter\b|Vol))|[²³]"
_PART_OF_MANY: Final = rf"{_PART}|'s |,? (?:and|und|y|et) (?:the|der|die|das|el|la|le)\b"
_ARTICLE: Final = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_MIN_NAME: Final = 3
MIN_PARTS: Final = 2


@dataclass(frozen=True)
class Series:
    """A series: its name as its titles write it, and the rows of its parts."""

    name: str
    rows: tuple[int, ...]


def find_series(name: str, titles: Sequence[str]) -> Series | None:
    """Return the series of this name, None where fewer than two titles are parts of it."""
    bare = _ARTICLE.sub("", " ".join(name.split()))
    if len(normal_name(bare)) < _MIN_NAME or bare.isdecimal():
        return None
    goes_on = _PART_OF_MANY if " " in bare else _PART
    part = re.compile(rf"((?:the )?{re.escape(bare)})(?:{goes_on})", re.IGNORECASE)
    begun = (bare.lower(), f"the {bare.lower()}")
    alike = (row for row, title in enumerate(titles) if title.lower().startswith(begun))
    found = {row: hit[1] for row in alike if (hit := part.match(titles[row]))}
    if len({normal_name(titles[row]) for row in found}) < MIN_PARTS:
        return None
    return Series(next(iter(found.values())), tuple(found))
