"""The `expert` of task environments: it is told the way to the answer, and writes the ideal trajectory of it.

Contract: privileged and no language model. It exists only for tasks whose `notes["path"]` says what to search for, what
is read from which passage and what is reckoned from that (see `mirror/question.py`); what it writes depends on the task
and on how many steps were made, so a search that did not find the passage makes a trajectory that a gate must refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from stillroom.agents.solver.action import Action
from stillroom.simulators.tasks.task import Task, TaskError

NAME: Final = "expert"


class ExpertSolver(BaseChatModel):
    """Writes the steps of one task in order, one a call."""

    actions: tuple[Action, ...]
    model_name: str = NAME
    prompt_profile: str = "student"

    @classmethod
    def of(cls, task: Task) -> ExpertSolver:
        """Return the expert of a task; raise TaskError where nobody knows the way."""
        return cls(actions=ideal_actions(task))

    @property
    def _llm_type(self) -> str:
        return "stillroom-expert-solver"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        made = sum(isinstance(message, AIMessage) for message in messages)
        action = self.actions[min(made, len(self.actions) - 1)]
        return ChatResult(generations=[ChatGeneration(message=AIMessage(action.text))])


def ideal_actions(task: Task) -> tuple[Action, ...]:
    """Return a search for every passage of the path, and the answer from what was read."""
    path = task.notes.get("path")
    if not isinstance(path, Sequence) or isinstance(path, str) or not path:
        raise TaskError(
            f"{task.id} does not say the way to its answer: the expert solves worlds with a known path alone"
        )
    steps = [step for step in path if isinstance(step, Mapping)]
    searches = [step for step in steps if "query" in step]
    actions = []
    known = ""
    for step in searches:
        actions.append(Action(f"{known}I search for {step['query']}.", _search(str(step["query"]))))
        known = _read(step["reads"])
    reckoned = next((step for step in steps if "compute" in step), None)
    code = _answer(task.answer) if reckoned is None else _reckon(reckoned)
    return (*actions, Action(f"{known}That gives the answer.", code))


def _search(query: str) -> str:
    return f'for hit in search({query!r}):\n    print(hit["title"], "-", hit["text"])'


def _read(reads: Any) -> str:
    said = ", ".join(f"{read['relation']} is {read['text']}" for read in reads)
    return f"The {said}. "


def _answer(answer: str) -> str:
    return f"final_answer({int(answer) if answer.isdecimal() else answer!r})"


def _reckon(step: Mapping[str, Any]) -> str:
    lines = [f"{name} = {value!r}" for name, value in step["values"].items()]
    return "\n".join([*lines, f"final_answer({step['compute']})"])
