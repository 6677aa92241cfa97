"""The student's wire format for an Edit: a line a change, a handful of tokens each; round-trips exactly.

keep                       nothing changes
drop c1 c3                 retract ids
must genre = Comedy        + hard
wish runtime less          + soft, relative to what is shown
ban person = Adam Sandler  - hard
avoid tag = violence       - soft
wish item like #2          the second item of the feed now shown
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.data.constraint import Constraint, ConstraintError, Op, Polarity, Strength, Value
from stillroom.data.edit import KEEP, Edit, Verdict


class WireError(ValueError):
    """A reply that is not in the wire format; the message names the line."""


TONES: Final = {
    (Polarity.POSITIVE, Strength.HARD): "must",
    (Polarity.POSITIVE, Strength.SOFT): "wish",
    (Polarity.NEGATIVE, Strength.HARD): "ban",
    (Polarity.NEGATIVE, Strength.SOFT): "avoid",
}
_BY_TONE: Final = {word: pair for pair, word in TONES.items()}
_LINE = re.compile(r"(must|wish|ban|avoid) ([^\W\d]\w*) (<=|>=|=|<|>|more|less|like)(?: (\S(?:.*\S)?))?")
_DROP = re.compile(r"drop(?: c[1-9][0-9]*)+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")


def encode_constraint(constraint: Constraint) -> str:
    """Return one constraint as one line."""
    head = f"{TONES[constraint.polarity, constraint.strength]} {constraint.facet} {constraint.op.value}"
    value = constraint.value
    if value is None:
        return head
    if isinstance(value, str):
        # A text that reads like a number (or opens with a quote) is quoted, so that it comes back as text.
        value = f'"{value}"' if _NUMBER.fullmatch(value) or value.startswith('"') else value
        return f"{head} {value}"
    return f"{head} {value!r}"


def decode_constraint(line: str) -> Constraint:
    """Read one line; raise WireError when it is none."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise WireError(f"not a constraint: {line[:80]!r}")
    tone, facet, op, value = match.groups()
    return Constraint(*_BY_TONE[tone], facet, Op(op), _decode_value(value))


def _decode_value(text: str | None) -> Value:
    if text is None:
        return None
    if _NUMBER.fullmatch(text):
        number = float(text) if any(mark in text for mark in ".e") else int(text)
        if number in (float("inf"), float("-inf")):
            raise WireError(f"not a finite number: {text[:80]!r}")
        return number
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text


def encode_edit(edit: Edit) -> str:
    """Return the edit in the wire format, without a final newline."""
    if edit.verdict is Verdict.KEEP:
        return "keep"
    lines = [f"drop {' '.join(edit.retract)}"] if edit.retract else []
    return "\n".join(lines + [encode_constraint(constraint) for constraint in edit.add])


def decode_edit(text: str) -> Edit:
    """Read a reply; raise WireError naming the line that is wrong."""
    # Not splitlines(): a value may hold separators that it would cut at.
    lines = [line for line in text.strip().split("\n") if line.strip()]
    if not lines:
        raise WireError("the reply is empty")
    if lines == ["keep"]:
        return KEEP
    retract: tuple[str, ...] = ()
    if _DROP.fullmatch(lines[0]):
        retract = tuple(dict.fromkeys(lines.pop(0).split()[1:]))
    try:
        return Edit.of(tuple(decode_constraint(line) for line in lines), retract)
    except ConstraintError as error:
        raise WireError(str(error)) from error
