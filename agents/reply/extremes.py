"""Extremes: "which one is the shortest?" is answered from what is shown, by a schema's words for more and less.

Contract: pure, and any text may come in. A superlative is its comparative's end ("shortest" as "shorter", "most
popular" as "more popular"), so that a facet which people can ask more of can be asked about without words of its own.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from stillroom.agents.command import superlative_asked
from stillroom.agents.reply.answer import say_number
from stillroom.agents.reply.describe import say_amount
from stillroom.data.catalogue import Catalogue
from stillroom.data.schema import Facet, FacetKind
from stillroom.tools.feed import Feed

_REGULAR: Final = {"best": "better", "worst": "worse", "most": "more", "least": "less"}


def give_extreme(command: str, feed: Feed, catalogue: Catalogue) -> str | None:
    """Return which shown item is the shortest, the newest …, as a sentence; None where that is not asked or known."""
    superlative = superlative_asked(command)
    facet, is_most = _facet_meant(superlative, catalogue) if superlative else (None, False)
    if superlative is None or facet is None or not feed:
        return None
    rows = [item.row for item in feed]
    values = catalogue.popularity if facet.kind is FacetKind.POPULARITY else catalogue.numbers[facet.name]
    shown = np.asarray(values[rows], dtype=np.float64)
    if np.isnan(shown).all():
        return None
    at = int(np.nanargmax(shown) if is_most else np.nanargmin(shown))
    item = feed[at]
    said = f": {_say(values[item.row], facet)}" if facet.kind is FacetKind.NUMBER else ""
    return f"The {superlative} of these is {item.title} (#{item.position}){said}."


def _facet_meant(superlative: str, catalogue: Catalogue) -> tuple[Facet | None, bool]:
    """Return the facet whose words for more or less a superlative ends, and whether it is the most of it."""
    first, gap, rest = superlative.partition(" ") if " " in superlative else superlative.partition("-")
    compared = f"{_REGULAR.get(first) or re.sub('est$', 'er', first)}{gap}{rest}"
    for facet in catalogue.schema.facets.values():
        known = facet.kind is FacetKind.POPULARITY or facet.name in catalogue.numbers
        for comparative in facet.speech.comparatives if known else ():
            if re.fullmatch(comparative.words, compared):
                return facet, comparative.op == "more"
    return None, False


def _say(value: float, facet: Facet) -> str:
    number = say_number(float(value))
    return say_amount(number, facet.unit) if facet.unit else number
