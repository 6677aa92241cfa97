"""Host functions as model-written code meets them: arguments are plain values, calls are counted and recorded.

Contract: whatever the code hands over, the function sees JSON values of bounded size, and what it returns is copied;
its ToolError goes to the code as an ordinary exception, any other error stops the step and is raised in the host.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Final

from pydantic import JsonValue

from stillroom.tools.call import ToolError

MAX_TEXT: Final = 10_000
MAX_VALUES: Final = 2_000
MAX_DEPTH: Final = 6
MAX_CHARACTERS: Final = 100_000
MAX_ARGUMENTS: Final = 16
# An int beyond this is no JSON number that anybody can read back, and Python refuses to write more digits anyway.
MAX_DIGITS: Final = 4_000


@dataclass(frozen=True)
class HostCall:
    """One call of a host function: its arguments, and its result or why there is none."""

    name: str
    arguments: tuple[JsonValue, ...]
    result: JsonValue = None
    error: str = ""
    ms: float = 0.0


class HostCalls:
    """The host functions of one step, and what became of them."""

    def __init__(self, functions: Mapping[str, Callable[..., JsonValue]], n_allowed: int) -> None:
        """Offer some functions, for so many calls in all."""
        self.done: list[HostCall] = []
        self.failure: Exception | None = None
        self._functions, self._n_allowed = functions, n_allowed

    def call(self, name: str, arguments: Iterable[object], named: Mapping[str, object]) -> JsonValue:
        """Call a function; raise ToolError with what the code should be told."""
        if len(self.done) >= self._n_allowed:
            raise ToolError(f"a step may call at most {self._n_allowed} functions: print what you have and go on")
        if name not in self._functions:
            raise ToolError(f"there is no function {_text(name[:100])!r}")
        start = perf_counter()
        given = tuple(plain(value) for value in islice(arguments, MAX_ARGUMENTS + 1))
        if named:
            given = (*given, plain(dict(islice(named.items(), MAX_ARGUMENTS))))
        try:
            result = self._call(name, given, bool(named))
        except ToolError as error:
            self.done.append(HostCall(name, given, error=str(error), ms=(perf_counter() - start) * 1000))
            raise
        self.done.append(HostCall(name, given, result, ms=(perf_counter() - start) * 1000))
        return result

    def _call(self, name: str, given: tuple[JsonValue, ...], has_names: bool) -> JsonValue:
        if has_names:
            raise ToolError(f"{name} takes its arguments in order, without names")
        if len(given) > MAX_ARGUMENTS:
            raise ToolError(f"{name} does not take so many arguments")
        function = self._functions[name]
        _check_number(name, function, given)
        try:
            return function(*given)
        except ToolError:
            raise
        except Exception as error:
            self.failure = error
        raise ToolError(f"{name} failed") from self.failure

    @property
    def ms(self) -> float:
        """Return the time that went by in host functions."""
        return sum(call.ms for call in self.done)


def _check_number(name: str, function: Callable[..., JsonValue], given: tuple[JsonValue, ...]) -> None:
    """Raise ToolError where a function cannot be called with so many arguments, as far as it says what it takes."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*given)
    except TypeError as error:
        number = f"{len(given)} argument{'s' * (len(given) != 1)}" if given else "nothing"
        takes = [one.name for one in signature.parameters.values() if one.default is one.empty]
        raise ToolError(f"{name} was given {number}: call it as {name}({', '.join(takes)})") from error


@dataclass
class _Room:
    """How many values and characters a plain value may still have (a small one may hold itself often)."""

    values: int = MAX_VALUES
    characters: int = MAX_CHARACTERS

    @property
    def is_left(self) -> bool:
        return self.values > 0 and self.characters > 0


def plain(value: object) -> JsonValue:
    """Return any object as a JSON value of bounded size; what is none becomes its text, cut."""
    return _plain(value, MAX_DEPTH, _Room())


def _plain(value: object, depth: int, room: _Room) -> JsonValue:
    room.values -= 1
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _within(value, room)
    if isinstance(value, int):
        bits = value.bit_length()
        room.characters -= min(bits, MAX_DIGITS * 3) // 3
        return int(value) if bits < MAX_DIGITS * 3 else f"an integer of {bits} bits"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if depth and isinstance(value, Mapping):
        found: dict[str, JsonValue] = {}
        for key, each in value.items():
            if not room.is_left:
                break
            found[str(_plain(key, 0, room))] = _plain(each, depth - 1, room)
        return found
    if depth and isinstance(value, list | tuple | set | frozenset):
        items: list[JsonValue] = []
        for each in value:
            if not room.is_left:
                break
            items.append(_plain(each, depth - 1, room))
        return items
    return f"<{type(value).__name__}>"


def _within(text: str, room: _Room) -> str:
    """Return as much of a text as there is room for."""
    text = _text(text[: max(0, room.characters)])
    room.characters -= len(text)
    return text


def _text(text: str) -> str:
    """Return a text that can be stored and sent anywhere: no lone surrogates, cut to MAX_TEXT."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
