r"""Answers of MATH: the same text once it is tidy, or the same value.

One side may have a unit, a percent sign, a dollar, degrees or a name ("x = 5") that the other leaves out, as the usual
normalisation of MATH drops them (Hendrycks et al., NeurIPS 2021), and the gold answer's base may be left out; another
unit, name or base is wrong. Sets and lists without brackets are compared in any order, tuples and intervals in theirs
and with their brackets, equations up to a factor. A JSON list counts as a tuple, a set, a matrix or a column, whichever
the gold answer is.

Exact is asked for: 0.33 is not a third. A decimal of twelve significant digits or more, which is what a program prints,
counts where it is within 1e-9, because nobody guesses so many.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pydantic import JsonValue

from stillroom.simulators.tasks.calculator import Calculator, UnreadableError
from stillroom.simulators.tasks.expression import MAX_LENGTH, values_of
from stillroom.simulators.tasks.latex import boxed, tidy
from stillroom.simulators.tasks.reading import Kind, Reading, read
from stillroom.simulators.tasks.single import single

_MAX_TEXT: Final = 20_000
_MAX_BITS: Final = 1024
_MAX_LIST: Final = 40
_MAX_NESTED: Final = 3
_LONG_DECIMAL: Final = 12
_NEAR: Final = Fraction(1, 10**9)
_NEAR_ZERO: Final = Fraction(1, 10**12)
_ANSWER_IS: Final = re.compile(r"^.{0,200}?\banswer\s*(?:is|:|=)\s*:?", re.IGNORECASE | re.DOTALL)
_SCIENTIFIC: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?[eE][-+]?[0-9]{1,3}")
_DECIMAL: Final = re.compile(r"-?[0-9]*\.[0-9]+")


def same_maths(gold: str, answer: JsonValue) -> bool:
    """Say whether an answer is the gold one, which is LaTeX."""
    said = read_answer(answer)
    return said is not None and _Comparison(Calculator()).same(read(tidy(gold)), said)


def read_answer(answer: JsonValue, depth: int = 0) -> Reading | None:
    """Return what an answer is; None where it is no answer to a question of mathematics."""
    answer = single(answer)
    if isinstance(answer, str):
        return _read_text(answer)
    if isinstance(answer, list) and depth < _MAX_NESTED and len(answer) <= _MAX_LIST:
        parts = [read_answer(part, depth + 1) for part in answer]
        known = tuple(part for part in parts if part is not None)
        return Reading(Kind.LIST, "", known) if known and len(known) == len(parts) else None
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    if isinstance(answer, int):
        return Reading(Kind.VALUE, str(answer)) if answer.bit_length() <= _MAX_BITS else None
    return Reading(Kind.VALUE, format(Decimal(repr(answer)), "f")) if math.isfinite(answer) else None


def _read_text(text: str) -> Reading | None:
    if len(text) > _MAX_TEXT:
        return None
    inside = boxed(text)
    text = _ANSWER_IS.sub("", text) if inside is None else inside
    if len(text) > MAX_LENGTH or not text.strip():
        return None
    text = tidy(text)
    if _SCIENTIFIC.fullmatch(text):
        text = format(Decimal(text), "f")
    return read(text)


class _Comparison:
    """One comparison, with the calculator that it needs."""

    def __init__(self, calculator: Calculator) -> None:
        self.calculator = calculator

    def same(self, gold: Reading, said: Reading) -> bool:
        """Compare two readings; the gold one decides how."""
        if gold.kind is Kind.EQUATION or said.kind is Kind.EQUATION or self._named_apart(gold, said):
            return self._same_equation(gold, said)
        if Kind.WORDS in (gold.kind, said.kind):
            return bool(_letters(gold.text)) and _letters(gold.text) == _letters(said.text)
        return self._by_kind[gold.kind](self, gold, said)

    def _named_apart(self, gold: Reading, said: Reading) -> bool:
        return bool(gold.label and said.label and gold.label != said.label)

    def _same_value(self, gold: Reading, said: Reading) -> bool:
        if said.kind is not Kind.VALUE or (gold.unit and said.unit and gold.unit != said.unit):
            return False
        if _spelt(gold.text) == _spelt(said.text):
            return bool(gold.text)
        values = self._values(gold, said)
        if values is None:
            return False
        pairs = list(zip(*values, strict=True))
        return all(self.calculator.same(*pair) for pair in pairs) or self._printed(said.text, pairs)

    def _values(self, *readings: Reading) -> list[list[Any]] | None:
        try:
            return [values_of(self.calculator, reading.text) for reading in readings]
        except UnreadableError:
            return None

    def _printed(self, text: str, pairs: Sequence[tuple[Any, Any]]) -> bool:
        """Say whether a text is a long decimal that is the value as a program prints it."""
        if not _DECIMAL.fullmatch(text) or len(text.strip("-0.").replace(".", "")) < _LONG_DECIMAL:
            return False
        near = self.calculator.near
        return all(
            near(gold, said, _NEAR_ZERO if gold == 0 else _NEAR * min(Fraction(1), abs(Fraction(said))))
            for gold, said in pairs
        )

    def _same_based(self, gold: Reading, said: Reading) -> bool:
        digits = gold.text == said.text
        return digits and (said.kind is Kind.VALUE or (said.kind is Kind.BASED and said.unit == gold.unit))

    def _same_tuple(self, gold: Reading, said: Reading) -> bool:
        alike = said.kind is Kind.LIST or (said.kind is Kind.TUPLE and said.text == gold.text)
        return alike and self._same_in_order(gold.parts, said.parts)

    def _same_in_order(self, gold: Sequence[Reading], said: Sequence[Reading]) -> bool:
        return len(gold) == len(said) and all(self.same(*pair) for pair in zip(gold, said, strict=True))

    def _same_set(self, gold: Reading, said: Reading) -> bool:
        if said.kind not in (gold.kind, Kind.LIST) or len(said.parts) != len(gold.parts):
            return False
        left = list(said.parts)
        for part in gold.parts:
            place = next((place for place, other in enumerate(left) if self.same(part, other)), None)
            if place is None:
                return False
            del left[place]
        return True

    def _same_matrix(self, gold: Reading, said: Reading) -> bool:
        if said.kind not in (Kind.MATRIX, Kind.LIST, Kind.TUPLE) or len(gold.parts) != len(said.parts):
            return False
        if said.kind is Kind.TUPLE and said.text != "[]":
            return False
        return all(self._same_row(*pair) for pair in zip(gold.parts, said.parts, strict=True))

    def _same_row(self, gold: Reading, said: Reading) -> bool:
        if said.kind is Kind.LIST or (said.kind is Kind.TUPLE and said.text == "[]"):
            return self._same_in_order(gold.parts, said.parts)
        return len(gold.parts) == 1 and self.same(gold.parts[0], said)

    def _same_equation(self, gold: Reading, said: Reading) -> bool:
        """Say whether two equations are one up to a factor other than zero, or two relations have the same sides."""
        sides = _sides(gold), _sides(said)
        if sides[0] is None or sides[1] is None or sides[0][0] != sides[1][0]:
            return False
        (sign, left, right), (_, other_left, other_right) = sides[0], sides[1]
        if self.same(left, other_left) and self.same(right, other_right):
            return True
        if sign != "=":
            return False
        values = self._values(_difference(left, right), _difference(other_left, other_right))
        if values is None or not values[0][0] or not values[1][0]:
            return False
        combine, same = self.calculator.combine, self.calculator.same
        scale = combine(operator.truediv, values[1][0], values[0][0])
        return all(same(combine(operator.mul, scale, one), other) for one, other in zip(*values, strict=True))

    _by_kind: Final[dict[Kind, Callable[[_Comparison, Reading, Reading], bool]]] = {
        Kind.VALUE: _same_value,
        Kind.BASED: _same_based,
        Kind.TUPLE: _same_tuple,
        Kind.SET: _same_set,
        Kind.UNION: _same_set,
        Kind.MATRIX: _same_matrix,
    }


def _sides(reading: Reading) -> tuple[str, Reading, Reading] | None:
    if reading.kind is Kind.EQUATION:
        return reading.text, reading.parts[0], reading.parts[1]
    if reading.label and reading.kind is Kind.VALUE:
        return "=", Reading(Kind.VALUE, reading.label), Reading(Kind.VALUE, reading.text)
    return None


def _difference(left: Reading, right: Reading) -> Reading:
    return Reading(Kind.VALUE, f"({left.text})-({right.text})")


def _letters(text: str) -> str:
    """Return words as they are compared: no case, no stops, no brackets, no spaces, but what parts two digits."""
    text = re.sub(r"(?<=[0-9])[ .,:]+(?=[0-9])", "_", re.sub(r"\\text ?", "", text))
    return re.sub(r"[^\w+\-*/<>=^]", "", text).casefold()


def _spelt(text: str) -> str:
    return re.sub(r"(?<![A-Za-z0-9]) | (?![A-Za-z0-9])", "", text)
