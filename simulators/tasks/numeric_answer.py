r"""Answers that are one number: what is read as a number, and when two are the same.

Read: a JSON number; a text with one number, dressed as people dress it ("$1,234.50", "50%", "-3/4", "1 1/2", "1e3",
"2 million", "42 apples", "She has 42 apples left."). A text with several numbers is read only where it says which one
it means: the last \boxed{…}, what follows "answer is" or "####", what follows the last "=".

Not read: true and false, lists of several, expressions ("6*7"), ranges, times, dates, ordinals, a number glued to what
is not a unit ("5x", "5²"), and sentences whose other words change the number ("not 5", "5 and a half", "5 or six").
"50%" is 50 and never 0.5: a question about a share says which of both it wants.

The same: within one part in 10,000 (a rounded third is a third) and within a hundredth (GSM-Hard has answers of ten
digits, where one part in 10,000 would forgive a forgotten step); around a gold zero within a millionth.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Final

from pydantic import JsonValue

from stillroom.simulators.tasks.latex import boxed, plain_characters
from stillroom.simulators.tasks.single import single
from stillroom.simulators.tasks.units import UNITS

RELATIVE: Final = Fraction(1, 10_000)
ABSOLUTE: Final = Fraction(1, 100)
AROUND_ZERO: Final = Fraction(1, 1_000_000)
# GSM-Hard writes ten decimals.
_LAST_DECIMAL: Final = Fraction(1, 10**10)
_MAX_LENGTH: Final = 4000
_MAX_BITS: Final = 4096

_DIGITS: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,100})(?:\.[0-9]{1,100})?|\.[0-9]{1,100}"
_NUMBER: Final = re.compile(
    rf"(?P<sign>[-+]?)(?:[$£€¥][ ]?)?(?P<inner>-?)(?P<digits>{_DIGITS})(?:[eE](?P<power>[-+]?[0-9]{{1,3}})\b)?"
    r"(?:[ ]?/[ ]?(?P<below>[1-9][0-9]{0,30})|[ ](?P<above>[0-9]{1,30})/(?P<part>[1-9][0-9]{0,30}))?"
)
_SCALES: Final = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_SCALE: Final = re.compile(rf"[ ]?({'|'.join(_SCALES)})s?\b", re.IGNORECASE)
_MEANT: Final = re.compile(r"answer(?:\s+is)?\s*[:=]?|####", re.IGNORECASE)
_NEGATIVE: Final = re.compile(r"\b(?:minus|negative)\s+(?=[$£€]?[0-9.])", re.IGNORECASE)
_CHANGES: Final = re.compile(
    r"n't\b|\b(?:not|cannot|never|no|neither|nor|or|unless|between|half|halves|thirds?|quarters?|fourths?|fifths?|tenths?"
    r"|squared|cubed|root|pi|minus|negative|plus|less than|more than|two|three|four|five|six|seven|eight|nine|ten"
    rf"|eleven|twelve|twenty|thirty|fifty|{'|'.join(_SCALES)})\b",
    re.IGNORECASE,
)
_ENDS: Final = frozenset(" .,;?)]}%°'\"$£€/")
_STARTS: Final = frozenset(" (:[{'\"")
_OPERATORS: Final = ("-", "+", "*", "/", "^", "!", ":", "×", "÷")


def same_number(gold: str, answer: JsonValue) -> bool:
    """Say whether an answer is the gold number."""
    wanted, said = read_number(gold), read_number(answer)
    if wanted is None or said is None:
        return False
    tolerance = max(min(RELATIVE * abs(wanted), ABSOLUTE), _LAST_DECIMAL) if wanted else AROUND_ZERO
    return abs(said - wanted) <= tolerance


def read_number(answer: JsonValue) -> Fraction | None:
    """Return the one number that an answer is; None where it is none."""
    answer = single(answer)
    if isinstance(answer, bool) or answer is None or isinstance(answer, dict | list):
        return None
    if isinstance(answer, str):
        return _read_text(answer)
    if isinstance(answer, float):
        return Fraction(answer) if math.isfinite(answer) else None
    return Fraction(answer) if answer.bit_length() <= _MAX_BITS else None


def _read_text(text: str) -> Fraction | None:
    if len(text) > _MAX_LENGTH:
        return None
    inside = boxed(text)
    if inside is not None:
        return _only_number(plain_characters(inside))
    text = plain_characters(text)
    found = _only_number(text)
    if found is not None:
        return found
    for start in (_end_of_last(_MEANT, text), text.rfind("=") + 1):
        if start and (found := _only_number(text[start:])) is not None:
            return found
    return None


def _end_of_last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.end() for found in pattern.finditer(text)), default=0)


def _only_number(text: str) -> Fraction | None:
    """Return the number of a text that has no other, and no word that changes it."""
    text = _NEGATIVE.sub("-", " ".join(text.split()))
    found = _NUMBER.search(text)
    if found is None or (found.start() > 0 and text[found.start() - 1] not in _STARTS):
        return None
    scale = _SCALE.match(text, found.end())
    before, after = text[: found.start()], text[scale.end() if scale else found.end() :]
    if "=" in text or any(letter.isnumeric() for letter in before + after) or not _ends_well(after):
        return None
    if _CHANGES.search(before) or _CHANGES.search(after) or before.rstrip().endswith(_OPERATORS[:-4]):
        return None
    return _value_of(found) * (_SCALES[scale.group(1).lower()] if scale else 1)


def _ends_well(after: str) -> bool:
    """Say whether what follows a number leaves it as it is: nothing, a stop, a space, a unit."""
    glued = re.match(r"[A-Za-z]+", after)
    if glued:
        return glued.group() in UNITS
    return not after or (after[0] in _ENDS and not after.startswith(" ") or not after.lstrip().startswith(_OPERATORS))


def _value_of(found: re.Match[str]) -> Fraction:
    value = Fraction(found["digits"].replace(",", "")) * Fraction(10) ** int(found["power"] or 0)
    if found["below"]:
        value /= int(found["below"])
    elif found["part"]:
        value += Fraction(int(found["above"]), int(found["part"]))
    return -value if (found["sign"] == "-") != (found["inner"] == "-") else value
