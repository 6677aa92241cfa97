"""A function that an agent's code may call, with what a prompt says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import JsonValue

from stillroom.tools.call import ToolError
from stillroom.tools.sandbox import HostFunction


@dataclass(frozen=True)
class Tool:
    """A host function by the name that code calls it by; `about` is one line: its call, and what it returns."""

    name: str
    about: str
    function: HostFunction


class ToolMemory:
    """What tools have said so far in an episode: no tool is asked twice for the same arguments.

    `known` is plain JSON (a result or an error by name and arguments), so that it can be kept with a session.
    """

    def __init__(self, tools: Sequence[Tool], known: Mapping[str, JsonValue] | None = None) -> None:
        """Begin with what is known already."""
        self.known: dict[str, JsonValue] = dict(known or {})
        self.n_asked = 0
        self._tools = {tool.name: tool.function for tool in tools}

    @property
    def functions(self) -> dict[str, HostFunction]:
        """Return the tools as functions that remember."""
        return {name: partial(self._call, name) for name in self._tools}

    def _call(self, name: str, *arguments: JsonValue) -> JsonValue:
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
