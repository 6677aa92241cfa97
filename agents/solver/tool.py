"""A function that an agent's code may call, with what a prompt says of it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from stillroom.tools.call import ToolError
from stillroom.tools.sandbox import HostFunction

# What an argument looks like where a sentence shows a call; another stands as its own name.
_EXAMPLES: Final[Mapping[str, str]] = MappingProxyType({"query": '"mayor of Lyon"'})


@dataclass(frozen=True)
class Tool:
    """A host function by the name that code calls it by; `about` is one line: its call, and what it returns."""

    name: str
    about: str
    function: HostFunction


class ToolMemory:
    """What tools have said so far in an episode: no tool is asked twice for the same arguments.

    `known` is plain JSON (a result or an error by name and arguments), so that it can be kept with a session. A call
    with too many or too few arguments is a ToolError that says how the tool is called, and the tool is not asked.
    """

    def __init__(self, tools: Sequence[Tool], known: Mapping[str, JsonValue] | None = None) -> None:
        """Begin with what is known already."""
        self.known: dict[str, JsonValue] = dict(known or {})
        self.n_asked = 0
        self._tools = {tool.name: tool.function for tool in tools}
        self._signatures = {tool.name: _signature_of(tool.function) for tool in tools}

    @property
    def functions(self) -> dict[str, HostFunction]:
        """Return the tools as functions that remember."""
        return {name: partial(self._call, name) for name in self._tools}

    def _call(self, name: str, *arguments: JsonValue) -> JsonValue:
        if (signature := self._signatures[name]) is not None:
            try:
                signature.bind(*arguments)
            except TypeError as error:
                raise ToolError(_how_to_call(name, signature)) from error
        key = json.dumps([name, *arguments], sort_keys=True)
        if key not in self.known:
            self.n_asked += 1
            try:
                self.known[key] = {"result": self._tools[name](*arguments)}
            except ToolError as error:
                self.known[key] = {"error": str(error)}
        said = self.known[key]
        assert isinstance(said, dict)
        if "error" in said:
            raise ToolError(str(said["error"]))
        return said["result"]


def _signature_of(function: HostFunction) -> inspect.Signature | None:
    """Return what a function takes, None where it does not say (some that are written in C)."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _how_to_call(name: str, signature: inspect.Signature) -> str:
    """Return the sentence that helps a model that gave too many arguments or too few."""
    takes = [one.name for one in signature.parameters.values() if one.default is one.empty]
    number = f"one {takes[0]}" if len(takes) == 1 else f"{len(takes) or 'no'} arguments"
    return f"{name} takes {number}, as in {name}({', '.join(_EXAMPLES.get(one, one) for one in takes)})"
