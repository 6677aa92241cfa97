"""The solver graph's state: the task, the steps so far, the code session, and what tools have said."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import JsonValue

from stillroom.agents.solver.step import Step, StopReason, Trial
from stillroom.data.trajectory import Call
from stillroom.tools.sandbox import HostCall, StepEnd

# The types that a checkpoint of the state is made of, beside plain data.
SAVED: Final[Sequence[type]] = (Call, HostCall, Step, StepEnd, StopReason, Trial)


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


def with_saved_types(checkpointer: BaseCheckpointSaver[Any]) -> BaseCheckpointSaver[Any]:
    """Return a checkpointer over the same checkpoints that loads the types of the state, and no others.

    LangGraph's own serializer, left as it is, loads any type with a warning, and will refuse these. One that somebody
    has set up is left alone.
    """
    serde = checkpointer.serde
    if type(serde) is not JsonPlusSerializer or getattr(serde, "_allowed_msgpack_modules", None) is not True:
        return checkpointer
    allowing = copy.copy(checkpointer)
    allowing.serde = JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in SAVED])
    return allowing
