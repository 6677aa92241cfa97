"""Numbers in words: "a hundred and fifty" and "two hundred" are amounts, in a pattern and as a number.

Contract: pure; the pattern matches what `number_of` reads, digits included, and knows nothing of what is counted.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.rules.text import TENS

_ONES: Final = {
    name: number
    for number, name in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1)
}
_TEENS: Final = {
    name: number
    for number, name in enumerate(
        ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        start=10,
    )
}
_VALUES: Final = {"a": 1, **_ONES, **_TEENS, **TENS}
_BELOW_HUNDRED: Final = rf"(?:(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(_ONES)}))?|{'|'.join(_TEENS)}|{'|'.join(_ONES)})"
_BELOW_THOUSAND: Final = (
    rf"(?:(?:a|{'|'.join(_ONES)}|{'|'.join(_TEENS)}) hundred(?:(?: and)? {_BELOW_HUNDRED})?|{_BELOW_HUNDRED})"
)
IN_WORDS: Final = (
    rf"(?:(?:a|{_BELOW_THOUSAND}) thousand(?:,? (?:and )?{_BELOW_THOUSAND})?"
    rf"|{_BELOW_THOUSAND})\b(?! (?:hundred|thousand))"
)


def number_of(words: str) -> int:
    """Return the number that words of the pattern say."""
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "thousand":
            total, current = total + 1000 * current, 0
        elif word == "hundred":
            current *= 100
        elif word != "and":
            current += _VALUES[word]
    return total + current
