"""Everyday words: what the catalogue's own texts write, by which a word is told from a name and from a slip of the key.

Contract: pure; no word of a catalogue without texts is everyday, but for the most ordinary English.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.rules.words import ORDINARY
from stillroom.data.catalogue import Catalogue

_MAX_RARE: Final = 2
# More texts than can be looked through in a turn.
_MAX_TEXTS: Final = 100_000


def is_ordinary(said: str) -> bool:
    """Say whether all words are of the most ordinary English."""
    return ORDINARY.issuperset(said.casefold().split())


def is_everyday(word: str, catalogue: Catalogue) -> bool:
    """Say whether the catalogue's texts write a word in lower case more than once or twice; any, where none can say."""
    return is_ordinary(word) or len(catalogue.texts) > _MAX_TEXTS or is_written(word.lower(), catalogue)


def is_written(words: str, catalogue: Catalogue) -> bool:
    """Say whether more than two of the catalogue's texts hold these very words; of millions none are looked at."""
    if len(catalogue.texts) > _MAX_TEXTS:
        return False
    written = re.compile(rf"\b{re.escape(words)}\b")
    n_texts = 0
    for text in catalogue.texts:
        n_texts += words in text and written.search(text) is not None
        if n_texts > _MAX_RARE:
            return True
    return False
