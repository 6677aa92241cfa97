"""The batch contract of a solver: JSON lines in, JSON lines out, one for one and in order, never a crash on a line.

    in : {"id", "question"}    out: {"id", "answer", "steps", "stop", "ms"}    or    {"id", "error"}

`stop` is `answered` or `out_of_steps`; without an answer, `answer` is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Annotated, Any

from pydantic import BaseModel, Field

from stillroom.agents.solver import SolverState
from stillroom.serve.batch import answer_lines

MAX_QUESTION = 20_000


class SolveLine(BaseModel):
    """A line of the input."""

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]


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
