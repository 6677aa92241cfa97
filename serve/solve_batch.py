"""The batch contract of a solver: JSON lines in, JSON lines out, one for one and in order, never a crash on a line.

    in : {"id", "question"}    out: {"id", "answer", "steps", "stop", "ms"}    or    {"id", "error"}

`stop` is `answered` or `out_of_steps`; without an answer, `answer` is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Any

from pydantic import BaseModel, field_validator

from stillroom.agents.solver import SolverState
from stillroom.agents.solver.observation import harmless
from stillroom.agents.solver.profile import MAX_QUESTION
from stillroom.serve.batch import answer_lines


class SolveLine(BaseModel):
    """A line of the input; a question that a model would not read, or not whole, is refused."""

    question: str

    @field_validator("question")
    @classmethod
    def _is_read_whole(cls, question: str) -> str:
        n_read = len(harmless(question))
        if not n_read:
            raise ValueError("it says nothing")
        if n_read > MAX_QUESTION:
            raise ValueError(f"it has {n_read} characters, and at most {MAX_QUESTION} are read")
        return question


def solve_lines(lines: Iterable[bytes], graph: Any) -> Iterator[str]:
    """Yield one line of output for every line of input; `graph` is a compiled solver graph."""

    def solve(data: dict[str, Any]) -> dict[str, object]:
        start = perf_counter()
        state: SolverState = graph.invoke({"question": SolveLine.model_validate(data).question})
        stop = state["stop"]
        return {
            "answer": state["answer"],
            "steps": len(state["steps"]),
            "stop": stop.value if stop else None,
            "ms": round((perf_counter() - start) * 1000, 3),
        }

    return answer_lines(lines, solve)
