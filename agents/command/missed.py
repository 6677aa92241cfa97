"""A missed item: "why not Alien?" asks for the reason that it is not shown, where Alien is a whole title.

Contract: pure; with other words, "why not" suggests something, and the Parser reads it.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.command.opening import opening
from stillroom.agents.rules.text import plain
from stillroom.data.catalogue import Catalogue

_WHY_NOT: Final = re.compile(rf"{opening('and', 'but', 'so')}why not (?P<item>.+?)[?!. ]*")


def misses_title(command: str, catalogue: Catalogue) -> bool:
    """Say whether a command only asks why an item, named by its whole title, is not shown."""
    found = _WHY_NOT.fullmatch(plain(command))
    row = catalogue.resolve_title(found["item"]) if found else None
    return row is not None and found is not None and plain(catalogue.titles[row]) == found["item"]
