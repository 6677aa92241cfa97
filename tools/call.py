"""A tool call and what came of it, in the words that the Planner writes and reads.

Contract: a call is one line, `name` or `name argument` (`filter`, `similar c4`); an outcome is one short line. A call
that makes no sense raises ToolError, whose message goes back to the model as the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass


class ToolError(ValueError):
    """A tool call that cannot be carried out; the message is shown to the model."""


@dataclass(frozen=True)
class ToolCall:
    """One call of one feed tool."""

    name: str
    argument: str | None = None

    @property
    def line(self) -> str:
        """Return the call as one line of a plan."""
        return self.name if self.argument is None else f"{self.name} {self.argument}"


@dataclass(frozen=True)
class ToolOutcome:
    """What a call did: the call's line and a short text such as `212 left, 14 unknown dropped`."""

    call: str
    text: str
