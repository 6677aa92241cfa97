"""Batch contracts: JSON lines in, JSON lines out, one for one and in order, and never a crash on a line.

Contract: an output line is the input's `id` and the answer, or `id` and `error`, one sentence. Whatever a line does to
the answerer is reported in that line's output, and the next one is read. Every line is JSON as RFC 8259 has it: no NaN,
no Infinity, going in or out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pydantic import ValidationError

Answerer = Callable[[dict[str, Any]], dict[str, object]]


def answer_lines(lines: Iterable[bytes], answerer: Answerer) -> Iterator[str]:
    """Yield one line of output for every line of input."""
    for line in lines:
        name: object = None
        try:
            data = _read(line)
            name = data.get("id")
            written = _write({"id": name, **answerer(data)})
        except Exception as error:
            written = _write({"id": name, "error": _sentence(error)})
        yield written


def _write(line: dict[str, object]) -> str:
    try:
        return json.dumps(line, allow_nan=False)
    except ValueError as error:
        raise ValueError("the answer holds a number that JSON has not: NaN or an infinity") from error


def _read(line: bytes) -> dict[str, Any]:
    if not line.strip():
        raise ValueError("the line is empty")
    try:
        data = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise ValueError("the line is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"the line is not JSON ({error.msg} at character {error.pos + 1})") from error
    except RecursionError as error:
        raise ValueError("the line is nested too deeply") from error
    if not isinstance(data, dict):
        raise ValueError(f"a line is a JSON object, not {type(data).__name__}")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg'].removeprefix('Value error, ')}"
    return " ".join(str(error).split()) or type(error).__name__
