"""Batch contracts: JSON lines in, JSON lines out, one for one and in order, and never a crash on a line.

Contract: an output line is the input's `id` and the answer, or `id` and `error`, one sentence. Whatever a line does to
the answerer is reported in that line's output, and the next one is read.
"""

from __future__ import annotations

import json
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
            answer = answerer(data)
        except Exception as error:
            answer = {"error": _sentence(error)}
        yield json.dumps({"id": name, **answer})


def _read(line: bytes) -> dict[str, Any]:
    if not line.strip():
        raise ValueError("the line is empty")
    try:
        data = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
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


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg'].removeprefix('Value error, ')}"
    return " ".join(str(error).split()) or type(error).__name__
