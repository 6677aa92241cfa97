"""The solver graph's state: the task, the steps so far, the code session, and what tools have said."""

from __future__ import annotations

from typing import TypedDict

from pydantic import JsonValue

from stillroom.agents.solver.step import Step, StopReason
from stillroom.data.trajectory import Call


class SolverState(TypedDict, total=False):
    """`question` comes in; `answer` and `stop` come out.

    `calls` are the model calls of the step under way, one a candidate; `session` is the sandbox's state, `known` the
    results of tools by name and arguments. `thinking` is the chain of thought that the first action goes on from.
    """

    question: str
    steps: tuple[Step, ...]
    session: bytes
    known: dict[str, JsonValue]
    thinking: Call | None
    calls: tuple[Call, ...]
    answer: JsonValue
    stop: StopReason | None
