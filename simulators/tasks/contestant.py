"""Who solves tasks in an evaluation: a model by name, and how it solves, which may follow after a plus sign.

student:solver               the agent, one action a step
student:solver+sag8          self-consistent actions: eight candidates a step, which vote
local:NAME+cot               a chain of thought, nothing runs
local:NAME+first-thought     the agent, whose first thought goes on from a chain of thought
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from langchain_core.language_models import BaseChatModel

from stillroom.agents.solver import SolverConfig
from stillroom.data.trajectory import Form
from stillroom.simulators.tasks.task import TaskError
from stillroom.simulators.tasks.teachers import SCRIPTED

SIGN: Final = "+"
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
        """Return what its stored episodes are known by."""
        return f"{self.name}@{self.version}" if self.version else self.name


def read_contestant(name: str, seed: int = 0) -> TaskContestant:
    """Return who is meant; raise TaskError for a way of solving that there is not."""
    model, *ways = name.split(SIGN)
    config = SolverConfig(seed=seed)
    for way in ways:
        if way == "cot":
            config = replace(config, form=Form.COT)
        elif way == "first-thought":
            config = replace(config, first_thought=True)
        elif (found := _SAG.fullmatch(way)) and 1 < int(found[1]) <= 64:
            config = replace(config, n_candidates=int(found[1]))
        else:
            raise TaskError(f"{name}: nobody solves tasks by {way!r}; known are cot, first-thought and sag2 to sag64")
    if config.form is Form.COT and config.first_thought:
        raise TaskError(f"{name}: a chain of thought has no first action to start")
    return TaskContestant(name, model, config)
