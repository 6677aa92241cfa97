"""The scripted teachers by name: who knows how a task is solved without being a language model.

expert       writes the ideal way, where a task's known path gives it (`expert.py`)
annotations  writes what people annotated the question with (`annotated.py`)

Contract: a table never mixes their trajectories with a language model's; an episode names its teacher as its model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stillroom.data.trajectory import Form
from stillroom.simulators.tasks import annotated, expert
from stillroom.simulators.tasks.scripted import ScriptedSolver
from stillroom.simulators.tasks.task import Task, TaskEnvironment

SCRIPTED: Final = (expert.NAME, annotated.NAME)


def script_writer(name: str, environment: TaskEnvironment) -> Callable[[Task, Form], ScriptedSolver]:
    """Return what makes a task's solver in a form; it raises TaskError for a task that the teacher knows no way for."""
    if name == expert.NAME:
        actions, reasoning = expert.ideal_actions, expert.ideal_reasoning
    else:
        reader = annotated.Annotations(environment)
        actions, reasoning = reader.actions, reader.reasoning

    def write(task: Task, form: Form) -> ScriptedSolver:
        agent = form is Form.AGENT
        replies = tuple(action.text for action in actions(task)) if agent else (reasoning(task),)
        return ScriptedSolver(replies=replies, model_name=name)

    return write
