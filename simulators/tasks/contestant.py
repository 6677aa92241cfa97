"""Who solves tasks in an evaluation: a model by name, and how it solves, which may follow after a plus sign.

student:solver               the agent, one action a step
student:solver+sag8          self-consistent actions: eight candidates a step, which vote
local:NAME+cot               a chain of thought, nothing runs
student:NAME+agent           the agent, whatever the student was trained for
local:NAME+first-thought     the agent, whose first thought goes on from a chain of thought

A student that does not say how solves as its recipe trained it (`usual_form`), any other model as the agent.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.student import find_student
from stillroom.agents.solver import SolverConfig
from stillroom.data.trajectory import Form
from stillroom.simulators.tasks.task import TaskError
from stillroom.simulators.tasks.teachers import SCRIPTED

SIGN: Final = "+"
_COT: Final = Form.COT.value
_AGENT: Final = Form.AGENT.value
_SAG: Final = re.compile(r"sag(\d{1,2})")


@dataclass(frozen=True)
class TaskContestant:
    """A name as it is asked for, the model behind it, and how that solves.

    `version` tells apart what has one name (a student trained anew); one that is slow solves a `share` of the tasks.
    """

    name: str
    model: str
    config: SolverConfig
    version: str = ""
    share: float = 1.0
    build: Callable[[], BaseChatModel] | None = None

    @property
    def privileged(self) -> bool:
        """Say whether it is told how tasks are solved."""
        return self.model in SCRIPTED

    @property
    def label(self) -> str:
        """Return what its stored episodes are known by; a form that the name does not say is said here."""
        ways = self.name.split(SIGN)[1:]
        name = f"{self.name}{SIGN}{_COT}" if self.config.form is Form.COT and _COT not in ways else self.name
        return f"{name}@{self.version}" if self.version else name


def read_contestant(name: str, seed: int = 0) -> TaskContestant:
    """Return who is meant; raise TaskError for a way of solving that there is not."""
    model, *ways = name.split(SIGN)
    config = SolverConfig(usual_form(model), seed=seed)
    for way in ways:
        if way in (_COT, _AGENT):
            config = replace(config, form=Form(way))
        elif way == "first-thought":
            config = replace(config, first_thought=True)
        elif (found := _SAG.fullmatch(way)) and 1 < int(found[1]) <= 64:
            config = replace(config, n_candidates=int(found[1]))
        else:
            raise TaskError(
                f"{name}: nobody solves tasks by {way!r}; known are cot, agent, first-thought and sag2 to sag64"
            )
    if config.form is Form.COT and config.first_thought:
        raise TaskError(f"{name}: a chain of thought has no first action to start")
    return TaskContestant(name, model, config)


def usual_form(model: str) -> Form:
    """Return how a model solves tasks where nobody says it: a student as the tasks of its recipe are, else the agent.

    A student of both forms is an agent, and so is a folder without a recipe; what is no student is refused when it is
    loaded, not here.
    """
    kind, _, name = model.partition(":")
    if kind != "student" or not name:
        return Form.AGENT
    try:
        recipe = tomllib.loads((find_student(name).path / "recipe.toml").read_text(encoding="utf-8"))
    except (ModelError, OSError, ValueError):
        return Form.AGENT
    parts = recipe.get("tasks", [])
    forms = {part.get("form") for part in parts if isinstance(part, dict)} if isinstance(parts, list) else set()
    return Form.COT if forms == {_COT} else Form.AGENT
