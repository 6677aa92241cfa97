"""One task with one solver until it is answered or out of steps, recorded as an episode.

Contract: an episode's turns are the solver's steps; a step's Turn has the observation as its reply, the model calls
(one a candidate), the code and the searches as tool calls, and in `state` what the next prompt is rendered from, and
what became of each candidate where there were several. A model or sandbox that fails makes an episode with the reason,
never an exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.solver import SolverConfig, Step, StopReason, Tool, build_solver_graph
from stillroom.agents.solver.step import Trial
from stillroom.data.trajectory import Episode, Json, Outcome, Score, ToolCallRecord, Turn
from stillroom.simulators.tasks.task import Part, Task, TaskEnvironment
from stillroom.tools.sandbox import Sandbox, SandboxError

SETTING: Final = "solve"
CODE: Final = "python"
# Of a candidate's observation and answer so many characters are kept.
_MAX_CANDIDATE: Final = 2000
_ENDED: Final = {StopReason.ANSWERED: Outcome.ANSWERED, StopReason.OUT_OF_STEPS: Outcome.OUT_OF_ROUNDS}


@dataclass(frozen=True)
class SolverSeat:
    """A solver as tasks meet it: a model by name, what it may call, where its code runs, how it acts."""

    name: str
    model: BaseChatModel
    sandbox: Sandbox
    tools: Sequence[Tool] = ()
    config: SolverConfig = field(default_factory=SolverConfig)


def solve_task(seat: SolverSeat, environment: TaskEnvironment, task: Task, part: Part, *, key: str) -> Episode:
    """Return the episode of one task; its scores are the environment's, and what it took: steps, searches, tokens."""
    start, started_at = perf_counter(), datetime.now(UTC).isoformat()
    state: dict[str, Any] = {}
    error = ""
    graph = build_solver_graph(model=seat.model, sandbox=seat.sandbox, tools=seat.tools, config=seat.config)
    try:
        for values in graph.stream({"question": task.question}, stream_mode="values"):
            state = values
    except (ModelError, SandboxError) as problem:
        error = str(problem)
    steps: tuple[Step, ...] = state.get("steps", ())
    answer = state.get("answer")
    scores = environment.score(task, answer) if not error else ()
    return Episode(
        key=key,
        world=environment.name,
        setting=SETTING,
        model=seat.name,
        split=part.value,
        target_id=task.id,
        seed=seat.config.seed,
        started_at=started_at,
        latency_ms=(perf_counter() - start) * 1000,
        outcome=Outcome.FAILED if error else _ENDED[state["stop"]],
        error=error,
        state={
            "question": task.question,
            "gold": task.answer,
            "kind": task.kind,
            "answer": answer,
            "form": seat.config.form.value,
            "first_thought": seat.config.first_thought,
            "tools": [tool.name for tool in seat.tools],
            "observation_budget": seat.config.observation_budget,
        },
        turns=tuple(_turn(step, task.question) for step in steps),
        scores=(*scores, *_counts(steps), *_support(task, steps)),
    )


def _turn(step: Step, question: str) -> Turn:
    adopted = step.adopted
    ran = [ToolCallRecord(CODE, adopted.code, adopted.observation, _error_of(step), adopted.ms - adopted.host_ms)]
    called = [
        ToolCallRecord(call.name, _text(call.arguments), _text(call.result), call.error, call.ms)
        for call in adopted.calls
    ]
    number = next((at for at, trial in enumerate(step.trials) if trial is adopted), 0)
    state: dict[str, Json] = {
        "thought": adopted.thought,
        "code": adopted.code,
        "end": _end_of(adopted),
        "answer": adopted.answer,
        "adopted": number,
        "votes": step.votes,
    }
    if len(step.trials) > 1:
        state["candidates"] = [_candidate(trial) for trial in step.trials]
    return Turn(
        number=step.number,
        command=question if step.number == 1 else None,
        reply=adopted.observation,
        latency_ms=sum(call.latency_ms for call in step.calls) + sum(trial.ms for trial in step.trials),
        calls=step.calls,
        tool_calls=(*(ran if adopted.code else ()), *called),
        state=state,
    )


def _candidate(trial: Trial) -> dict[str, Json]:
    """Return what became of a candidate, adopted or not; its reply stands with the model calls."""
    whole = len(repr(trial.answer)) <= _MAX_CANDIDATE
    return {
        "end": _end_of(trial),
        "observation": trial.observation[:_MAX_CANDIDATE],
        "answer": trial.answer if whole else _text(trial.answer)[:_MAX_CANDIDATE],
    }


def _end_of(trial: Trial) -> str:
    return trial.end.value if trial.end else "no_action"


def _error_of(step: Step) -> str:
    return "" if step.adopted.is_valid or step.adopted.end is None else step.adopted.end.value


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _counts(steps: Sequence[Step]) -> tuple[Score, ...]:
    n_searches = sum(len(step.adopted.calls) for step in steps)
    n_invalid = sum(not step.adopted.is_valid for step in steps)
    return (
        Score("steps", float(len(steps))),
        Score("invalid_actions", float(n_invalid)),
        Score("searches", float(n_searches)),
        Score("tokens_out", float(sum(call.n_tokens_out for step in steps for call in step.calls))),
    )


def _support(task: Task, steps: Sequence[Step]) -> tuple[Score, ...]:
    """Return which share of the passages that hold the answer was found, where a task names such passages."""
    if not task.support:
        return ()
    found: set[str] = set()
    for call in (call for step in steps for call in step.adopted.calls):
        hits = call.result if isinstance(call.result, list) else []
        found |= {str(hit["id"]) for hit in hits if isinstance(hit, dict) and "id" in hit}
    return (Score("support_found", len(found & set(task.support)) / len(set(task.support))),)
