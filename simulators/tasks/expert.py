"""The `expert` of task environments: it is told the way to the answer, and writes the ideal trajectory of it.

It exists only for tasks whose `notes["path"]` says what to search for, what is read from which passage and what is
reckoned from that (see `mirror/question.py`). It is privileged and no language model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from stillroom.agents.solver.action import Action
from stillroom.agents.solver.reasoning import MARK
from stillroom.simulators.tasks.task import Task, TaskError

NAME: Final = "expert"


def ideal_actions(task: Task) -> tuple[Action, ...]:
    """Return a search for every passage of the path, and the answer from what was read; raise TaskError without one.

    The first thought is the plan of all of it: a small model that says what it has understood does not lose it on the
    way (without the plan, half of a student's mistakes were a hop too many or another sum at the end).
    """
    path = _path(task)
    actions = []
    known = _plan(path)
    for step in path:
        if "query" in step:
            actions.append(Action(f"{known}I search for {step['query']}.", search_code(str(step["query"]))))
            known = _read(step["reads"])
    reckoned = next((step for step in path if "compute" in step), None)
    code = answer_code(task.answer) if reckoned is None else _reckon(reckoned)
    return (*actions, Action(f"{known}That gives the answer.", code))


def ideal_reasoning(task: Task) -> str:
    """Return the same way in words: what every passage says, what is reckoned, and the answer; raise TaskError."""
    return "\n".join([*_facts(_path(task)), f"{MARK} {task.answer}"])


def search_code(query: str) -> str:
    """Return code that shows what a search finds."""
    return f'for hit in search({query!r}):\n    print(hit["title"], "-", hit["text"])'


def answer_code(answer: str) -> str:
    """Return code that gives an answer, a whole number as a number."""
    return f"final_answer({int(answer) if answer.isdecimal() else answer!r})"


def _path(task: Task) -> list[Mapping[str, Any]]:
    path = task.notes.get("path")
    if not isinstance(path, Sequence) or isinstance(path, str) or not path:
        raise TaskError(
            f"{task.id} does not say the way to its answer: the expert solves worlds with a known path alone"
        )
    return [step for step in path if isinstance(step, Mapping)]


def _plan(path: Sequence[Mapping[str, Any]]) -> str:
    """Return what will be searched for, read and reckoned, what is not known yet being said as "that".

    What is read stands in brackets, for some searches do not say it ("film directed by … produced by that (lead)").
    """
    parts: list[str] = []
    found: list[str] = []
    for step in path:
        text = str(step.get("query", step.get("compute")))
        for value in found:
            text = text.replace(value, "that")
        wanted = ", ".join(str(read["relation"]) for read in step.get("reads", ()))
        parts.append(f"{text} ({wanted})" if wanted else text)
        found += [str(read["text"]) for read in step.get("reads", ())]
    return f"Plan: {'; '.join(parts)}. "


def _read(reads: Any) -> str:
    said = ", ".join(f"{read['relation']} is {read['text']}" for read in reads)
    return f"The {said}. "


def _facts(path: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for step in path:
        if "query" in step:
            yield f"{step['query']}: {', '.join(str(read['text']) for read in step['reads'])}."
        else:
            values = ", ".join(f"{name} = {value}" for name, value in step["values"].items())
            yield f"With {values} that is {step['compute']}."


def _reckon(step: Mapping[str, Any]) -> str:
    lines = [f"{name} = {value!r}" for name, value in step["values"].items()]
    return "\n".join([*lines, f"final_answer({step['compute']})"])
