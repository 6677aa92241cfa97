"""Prompt profiles of the solver: how a question and the steps so far become messages. `student` is short.

Contract: the graph and the training data are rendered by these functions, so that a student sees at run time the very
bytes that it was trained on. A step is an assistant's turn and the observation after it, in every profile.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Final, Protocol

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.prompt_text import hash_of
from stillroom.agents.solver.observation import said, shown
from stillroom.agents.solver.step import Step
from stillroom.agents.solver.tool import Tool

MAX_QUESTION: Final = 4000
_MARK: Final = "%% "


class SolverProfile(Protocol):
    """How a task is put to a model."""

    @property
    def name(self) -> str:
        """Return the profile's name."""
        ...

    @property
    def hash(self) -> str:
        """Return a hash of everything that shapes the prompt beside question and steps."""
        ...

    def render(self, question: str, steps: Sequence[Step], budget: int) -> list[BaseMessage]:
        """Return the messages that ask for the next action; observations are cut to `budget` characters."""
        ...


@dataclass(frozen=True)
class StudentSolverProfile:
    """No instructions: the names of the tools and the question."""

    tools: tuple[str, ...] = ()
    name: str = "student"

    @property
    def hash(self) -> str:
        """Return a hash of what stands before the question."""
        return hash_of(self._opening)

    def render(self, question: str, steps: Sequence[Step], budget: int) -> list[BaseMessage]:
        """Return the opening turn and the steps."""
        asked = HumanMessage(f"{self._opening}\n{shown(question, MAX_QUESTION)}")
        return [asked, *_turns_of(steps, budget)]

    @property
    def _opening(self) -> str:
        return " ".join(["solve", *self.tools])


@dataclass(frozen=True)
class TeacherSolverProfile:
    """Rules, the tools, and worked examples as turns; those that use a tool which is not there are left out.

    `modules` are those that the sandbox says can be imported.
    """

    tools: tuple[Tool, ...] = ()
    modules: tuple[str, ...] = ()
    name: str = "teacher"

    @cached_property
    def hash(self) -> str:
        """Return a hash of the opening."""
        return hash_of(*(str(turn.content) for turn in self._opening))

    def render(self, question: str, steps: Sequence[Step], budget: int) -> list[BaseMessage]:
        """Return rules, examples, the question and the steps."""
        return [*self._opening, HumanMessage(shown(question, MAX_QUESTION)), *_turns_of(steps, budget)]

    @cached_property
    def _opening(self) -> tuple[BaseMessage, ...]:
        tools = "\n".join(tool.about for tool in self.tools)
        rules = string.Template(_file("solver_teacher.md"))
        system = rules.substitute(tools=tools, imports=_imports(self.modules)).strip()
        return (SystemMessage(system), *_examples(frozenset(tool.name for tool in self.tools)))


def solver_profile_for(model: object, tools: Sequence[Tool], modules: Sequence[str]) -> SolverProfile:
    """Return the profile that a model asks for by its `prompt_profile` (`teacher` when it says nothing)."""
    if str(getattr(model, "prompt_profile", "teacher")) == "student":
        return StudentSolverProfile(tuple(tool.name for tool in tools))
    return TeacherSolverProfile(tuple(tools), tuple(modules))


def observation_turn(text: str, budget: int) -> HumanMessage:
    """Return what a step came to, as the model is shown it."""
    return HumanMessage(f"Observation:\n{shown(text, budget)}")


def _turns_of(steps: Iterable[Step], budget: int) -> Iterator[BaseMessage]:
    for step in steps:
        yield AIMessage(said(step.adopted.reply))
        yield observation_turn(step.adopted.observation, budget)


def _imports(modules: Sequence[str]) -> str:
    """Return what a prompt says of imports."""
    if not modules:
        return "nothing can be imported"
    names = " and ".join(part for part in (", ".join(modules[:-1]), modules[-1]) if part)
    return f"{names} can be imported, nothing else"


def _examples(tools: frozenset[str]) -> Iterator[BaseMessage]:
    wanted = False
    for block in _file("solver_examples.txt").removeprefix(_MARK).split(f"\n{_MARK}"):
        head, _, text = block.partition("\n")
        kind, *needed = head.split()
        if kind == "question":
            wanted = set(needed) <= tools
        if not wanted:
            continue
        if kind == "action":
            yield AIMessage(text.strip())
        else:
            yield HumanMessage(f"Observation:\n{text.strip()}" if kind == "observation" else text.strip())


def _file(name: str) -> str:
    return resources.files("stillroom.agents.solver").joinpath("prompts").joinpath(name).read_text(encoding="utf-8")
