"""A command made plain: lower case, straight quotes, contractions spelled out, numbers in digits, cut into tokens."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 2000
_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": " - ", "…": "."})
_CONTRACTIONS: Final = (
    (r"\bcan'?t\b|\bcannot\b", "can not"),
    (r"\bwon'?t\b", "will not"),
    (r"\b(do|does|did|is|are|was|were|would|could|should|has|have|need)n'?t\b", r"\1 not"),
    (r"\bain'?t\b", "is not"),
    (r"\b(i|you|we|they)'?ve\b", r"\1 have"),
    (r"\b(?:im|i'm)\b", "i am"),
    (r"\b(you|we|they)'re\b", r"\1 are"),
    (r"\b(i|you|we|they|he|she|it)'d\b", r"\1 would"),
    (r"\b(i|you|we|they|he|she|it)'ll\b", r"\1 will"),
    (r"\b(?:pls|plz|plese)\b", "please"),
    (r"\b(?:smth|sth|sumthin|somethin)\b", "something"),
    (r"\bgimme\b", "give me"),
    (r"\bwanna\b", "want to"),
    (r"\btho\b", "though"),
    (r"\bw/\s*|\bw\b(?=\s[a-z])", "with "),
    (r"\bn\b(?=\s[a-z])", "and"),
    (r"\s&\s", " and "),
)
_UNITS: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
TENS: Final = {
    name: 10 * ten
    for ten, name in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2)
}
_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.,;:!?#]|(?<=\s)[-/](?=\s)")
_WORD_NUMBER: Final = {**{word: number for number, word in enumerate(_UNITS)}, **TENS}


@dataclass(frozen=True)
class Token:
    """A word or mark with its place in the plain text."""

    text: str
    start: int
    end: int

    @property
    def stem(self) -> str:
        """Return the word without a plural or possessive ending."""
        return stem(self.text)


def plain(command: str) -> str:
    """Return the command in plain form, cut at a length beyond which nobody states a wish."""
    text = unicodedata.normalize("NFKC", command[:MAX_LENGTH]).translate(_QUOTES).lower()
    text = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    for pattern, spelled in _CONTRACTIONS:
        text = re.sub(pattern, spelled, text)
    return _digits(text)


def tokens(text: str) -> tuple[Token, ...]:
    """Cut plain text into words and marks."""
    return tuple(Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text))


def words(text: str) -> tuple[str, ...]:
    """Return the stems of a phrase, by which phrases are compared."""
    # Names have nothing to spell out, and a catalogue has twenty thousand of them.
    spelled = plain(text) if "'" in text or "’" in text else unicodedata.normalize("NFKC", text).lower()
    return tuple(token.stem for token in tokens(spelled))


def stem(word: str) -> str:
    """Return an English word without its plural or possessive ending."""
    for ending in ("'s", "'"):
        word = word.removesuffix(ending)
    if len(word) > 4 and word.endswith("ies") and word != "movies":
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _digits(text: str) -> str:
    # Only where a unit or a decade follows, so that "the second one" and "one of these" stay words.
    tens, units = "|".join(TENS), "|".join(_UNITS[1:])
    numbers = rf"(?:(?:{tens})(?:[- ](?:{units}))?|(?:{units}))"
    text = re.sub(r"\bhalf an hour\b", "30 minutes", text)
    text = re.sub(r"\b(?:an|1|one) hour and a half\b|\ban? hour and half\b", "90 minutes", text)
    text = re.sub(r"\b(?:an?|one) hours? and (\d+)\b", r"1 hour \1", text)
    text = re.sub(r"\ba couple of (hours|decades)\b", r"2 \1", text)
    text = re.sub(r"\b(?:an)\s+hour\b", "1 hour", text)
    text = re.sub(r"\b(?:a|one) hundred(?: and)? ?", "100 ", text)
    unit = (
        r"(?= (?:and a half )?(?:hours?|hrs?|minutes?|mins?|stars?|years?|decades?|dollars?|bucks?|of (?:these|them)))"
    )
    return re.sub(rf"\b({numbers}){unit}", lambda match: str(_number(match.group(1))), text)


def _number(text: str) -> int:
    return sum(_WORD_NUMBER[part] for part in re.split(r"[- ]", text))
