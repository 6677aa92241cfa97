"""Answers in words, compared as SQuAD and HotpotQA compare them.

Normalisation (Rajpurkar et al., EMNLP 2016): lower case, no ASCII punctuation, no articles, single spaces. F1 is that
of the words; HotpotQA (Yang et al., EMNLP 2018) gives none where one side is yes, no or noanswer and the other is not.

A text is an answer, and so is a number, as its digits ("1999" is asked for, 1999 or 1999.0 is said). True is not
"yes".
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Final

from pydantic import JsonValue

from stillroom.data.trajectory import Score
from stillroom.simulators.tasks.single import single
from stillroom.simulators.tasks.task import CORRECT

_ARTICLES: Final = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_VERDICTS: Final = frozenset({"yes", "no", "noanswer"})
# No integer longer than this is written out.
_MAX_BITS: Final = 4096


def normalise(text: str) -> str:
    """Return a text as it is compared; where nothing would be left ("The A"), only case and spaces are evened out."""
    lower = text.lower()
    words = _ARTICLES.sub(" ", lower.translate(_NO_PUNCTUATION)).split()
    return " ".join(words or lower.split())


def mark_words(gold: str, answer: JsonValue) -> tuple[Score, ...]:
    """Return exact match as `correct`, and `f1`."""
    return Score(CORRECT, float(exact_match(gold, answer))), Score("f1", token_f1(gold, answer))


def exact_match(gold: str, answer: JsonValue) -> bool:
    """Say whether an answer is the gold one after normalisation."""
    said = _text_of(answer)
    return said is not None and normalise(said) == normalise(gold)


def token_f1(gold: str, answer: JsonValue) -> float:
    """Return the F1 of an answer's words in [0, 1]."""
    text = _text_of(answer)
    if text is None:
        return 0.0
    wanted, said = normalise(gold), normalise(text)
    if wanted != said and not _VERDICTS.isdisjoint({wanted, said}):
        return 0.0
    n_said, n_wanted = len(said.split()), len(wanted.split())
    n_shared = (Counter(said.split()) & Counter(wanted.split())).total()
    return 2 * n_shared / (n_said + n_wanted) if n_shared else 0.0


def _text_of(answer: JsonValue) -> str | None:
    answer = single(answer)
    if isinstance(answer, str):
        return answer
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)  # without punctuation, 1999.0 would be 19990
    if isinstance(answer, int) and answer.bit_length() > _MAX_BITS:
        return None
    return str(answer)
