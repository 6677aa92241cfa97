"""Orders: what tells the agent about itself, its rules or its machine, instead of about the feed.

More is taken for an order here than in the rules' own reader (`rules.speech`): whoever gives one may still wish, so
what is taken for one by mistake loses little.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.rules.speech import is_order

_ORDER: Final = re.compile(
    r"\b(?:ignore|forget|disregard|print|reveal|repeat|recite|show|tell) (?:me |us )?(?:all |any )?(?:of )?"
    r"(?:your|the|previous) (?:\w+ )?"
    r"(?:rules|prompt|instructions|settings|source|code|configuration|training|programming|guidelines|filters)\b"
    r"|\bsystem prompt\b|\byour (?:\w+ )?(?:prompt|instructions)\b"
    r"|^(?:system|assistant|developer) ?:|^(?:you are now|pretend|act as)\b"
    r"|<[/|]? ?(?:system|user|assistant|inst|im_start|im_end)\b|\[/?inst\]"
    r"|\brole\W{1,5}(?:system|assistant|developer)\b"
    r"|(?:^|[,.;:!]|\b(?:and|then|please|you|u|must|should)\b) ?(?:answer|reply|respond|speak|talk)(?: to me| only)*"
    r" (?:with the words?|as if|as an?|like an?|in rhymes?)\b"
    r"|\bselect (?:\*|[\w ,]{1,60}) from \w+ (?:where|limit|order by)\b|\bselect \* from\b"
    r"|\b(?:drop|truncate|alter) table\b|\bdelete from \w+ ?(?:where\b|;|$)"
)


def orders_agent(text: str) -> bool:
    """Say whether a plain text gives the agent orders."""
    return is_order(text) or _ORDER.search(text) is not None
