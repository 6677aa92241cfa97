r"""What kind of mathematical answer a text is: a value, tuple or interval, set, union, matrix, equation, or words.

A text is split by its outermost signs only; values stay text, which `expression` computes. A list without brackets is a
set (MATH writes "-2, 2" for two roots), and a set of one is its element.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from stillroom.simulators.tasks.latex import ROW
from stillroom.simulators.tasks.units import UNITS, unit_named

_MAX_DEPTH: Final = 6
_MAX_PARTS: Final = 40


class Kind(StrEnum):
    """The kinds of answers."""

    VALUE = "value"
    WORDS = "words"
    TUPLE = "tuple"
    SET = "set"
    UNION = "union"
    MATRIX = "matrix"
    EQUATION = "equation"
    BASED = "based"
    LIST = "list"


@dataclass(frozen=True)
class Reading:
    """An answer as it is compared.

    `text` is a value's expression, a tuple's two brackets, an equation's sign, a based number's digits; `label` is the
    x of "x = 5", `unit` the ft of "5 feet" and the base of a based number.
    """

    kind: Kind
    text: str = ""
    parts: tuple[Reading, ...] = ()
    unit: str = ""
    label: str = ""


_WORDS: Final = re.compile(r"\(? ?\\text ?\{([^{}]*)\} ?\)?")
_PLAIN: Final = re.compile(r"-?[0-9.,]+")
_MATRIX: Final = re.compile(r"\\begin ?\{([pb]?matrix)\}(.*)\\end ?\{\1\}")
_THOUSANDS: Final = re.compile(r"[^0-9,(\[{]*[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9,]).*")
_BASED: Final = re.compile(r"(?:\\text ?)?\{?(-?[0-9A-F][0-9A-F.]*)\}? ?_ ?\{? ?([0-9]{1,2}) ?\}?")
_LABEL: Final = re.compile(r"[A-Za-z]|[A-Z]{2,3}|\\[a-z]+|[A-Za-z] ?\( ?[a-z] ?\)|\( ?[a-z](?: ?, ?[a-z])+ ?\)")
_SIGNS: Final = ("=", "<", ">", r"\le ", r"\ge ", r"\ne ", r"\neq ", r"\approx ")
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
_TEXT_UNIT: Final = re.compile(r"(?<=[^ ]) ?\\text ?\{([^{}]*)\} ?(\^ ?\{?[23]\}?)?")
_WORD_UNIT: Final = re.compile(
    r"(?<=[0-9} i]) ?(?<![A-Za-z\\])((?:(?:square|sq\.?|cubic|cu\.?) )?([A-Za-z]{1,12}))(\^[23])?"
)
_TRIGONOMETRY: Final = re.compile(r"\\?(?:sin|cos|tan|sec|csc|cot)(?![a-z])")


def read(text: str, depth: int = 0) -> Reading:
    """Return what a tidy text is; anything is at least a value that may not be computable."""
    text = text.strip()
    if depth > _MAX_DEPTH:
        return Reading(Kind.VALUE, text)
    for reader in (_words, _matrix, _bare_list, _equation, _union, _bracketed, _both_signs, _based):
        found = reader(text, depth)
        if found is not None:
            return found
    return _value(text)


def split(text: str, signs: Sequence[str]) -> list[str]:
    """Return the pieces of a text between signs that stand outside every bracket, with the signs between them."""
    pieces, depth, start, at = [], 0, 0, 0
    while at < len(text):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        sign = next((sign for sign in signs if depth == 0 and text.startswith(sign, at)), None)
        if sign is None:
            at += 1
            continue
        pieces += [text[start:at].strip(), sign]
        start = at = at + len(sign)
    return [*pieces, text[start:].strip()]


def _words(text: str, depth: int) -> Reading | None:
    found = _WORDS.fullmatch(text)
    if not found:
        return None
    inside = found.group(1).strip()
    if _PLAIN.fullmatch(inside):
        return read(inside, depth + 1)
    words = [word.strip() for word in inside.split(",")]
    if len(words) == 1:
        return Reading(Kind.WORDS, inside)
    return Reading(Kind.SET, "", tuple(Reading(Kind.WORDS, word) for word in words[:_MAX_PARTS]))


def _matrix(text: str, depth: int) -> Reading | None:
    found = _MATRIX.fullmatch(text)
    if not found:
        return None
    rows = [split(row, ("&",))[::2] for row in found.group(2).strip().split(ROW)]
    cells = tuple(Reading(Kind.LIST, "", tuple(read(cell, depth + 1) for cell in row)) for row in rows[:_MAX_PARTS])
    return Reading(Kind.MATRIX, "", cells)


def _bare_list(text: str, depth: int) -> Reading | None:
    if _THOUSANDS.fullmatch(text):
        text = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", text)
        return read(text, depth + 1)
    pieces = split(text, (",",))[::2]
    return _set(pieces, depth) if len(pieces) > 1 else None


def _set(pieces: Sequence[str], depth: int) -> Reading:
    pieces = [piece.replace(r"\pm", sign) for piece in pieces for sign in ("+-" if r"\pm" in piece else "+")]
    if len(pieces) > _MAX_PARTS:
        return Reading(Kind.VALUE, ",".join(pieces))
    parts = tuple(read(piece, depth + 1) for piece in pieces)
    return parts[0] if len(parts) == 1 else Reading(Kind.SET, "", parts)


def _equation(text: str, depth: int) -> Reading | None:
    name, within, rest = text.partition(r"\in ")
    if within and _LABEL.fullmatch(name.strip()):
        return replace(read(rest, depth + 1), label=name.strip())
    pieces = split(text, _SIGNS)
    if len(pieces) != 3:
        return None
    left, sign, right = pieces
    if sign == "=" and _LABEL.fullmatch(left):
        return replace(read(right, depth + 1), label=left)
    return Reading(Kind.EQUATION, sign.strip(), (read(left, depth + 1), read(right, depth + 1)))


def _union(text: str, depth: int) -> Reading | None:
    pieces = split(text, (r"\cup ", r"\cup"))[::2]
    if not 1 < len(pieces) <= _MAX_PARTS:
        return None
    return Reading(Kind.UNION, "", tuple(read(piece, depth + 1) for piece in pieces))


def _bracketed(text: str, depth: int) -> Reading | None:
    """Read a tuple, an interval or a set: an outer pair of brackets, in it something between commas."""
    bare = text.replace("\\{", "{").replace("\\}", "}")
    if len(bare) < 2 or bare[0] not in _BRACKETS or bare[-1] not in ")]}":
        return None
    pieces = split(bare[1:-1], (",",))[::2]
    if any(_unbalanced(piece) for piece in pieces):
        return None
    if bare[0] == "{" and text.startswith("\\{"):
        return _set(pieces, depth)
    if not 1 < len(pieces) <= _MAX_PARTS or bare[0] == "{":
        return None
    return Reading(Kind.TUPLE, bare[0] + bare[-1], tuple(read(piece, depth + 1) for piece in pieces))


def _unbalanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return True
    return depth != 0


def _both_signs(text: str, depth: int) -> Reading | None:
    return _set([text], depth) if text.count(r"\pm") == 1 else None


def _based(text: str, _: int) -> Reading | None:
    found = _BASED.fullmatch(text)
    return Reading(Kind.BASED, found.group(1), unit=found.group(2)) if found else None


def _value(text: str) -> Reading:
    """Read an expression and the unit it is given in."""
    if re.match(r"-? ?\\\$", text):
        return Reading(Kind.VALUE, re.sub(r"\\\$ ?", "", text, count=1), unit="dollar")
    if text.endswith("%"):
        return Reading(Kind.VALUE, text.rstrip("%").rstrip("\\").strip(), unit="percent")
    if text.endswith(r"^\circ") and not _TRIGONOMETRY.search(text):
        return Reading(Kind.VALUE, text.removesuffix(r"^\circ").strip(), unit="degree")
    for found in _TEXT_UNIT.finditer(text):
        if found.end() == len(text):
            return Reading(Kind.VALUE, text[: found.start()].strip(), unit=unit_named("".join(found.groups(""))))
    for found in _WORD_UNIT.finditer(text):
        rest, name = text[: found.start()].strip(), found.group(2)
        # A single letter is a unit only after a plain number: elsewhere it is a variable.
        if found.end() == len(text) and name in UNITS and (len(name) > 1 or _PLAIN.fullmatch(rest)):
            return Reading(Kind.VALUE, rest, unit=unit_named(found.group(1) + (found.group(3) or "")))
    return Reading(Kind.VALUE, re.sub(r"^\+ ?", "", text))
