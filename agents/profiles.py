"""Prompt profiles: how a structured request becomes messages. `student` is short, `teacher` is long and few-shot.

Contract: the graph's nodes and the training data are rendered by the same functions, so that a student sees at run
time the very bytes that it was trained on. `profile_for(model, schema)` picks by the model's `prompt_profile`; the
profile's `hash` names everything that shapes the prompt, for the log.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from langchain_core.messages import BaseMessage

from stillroom.agents import durations
from stillroom.agents.chatml import neutralise
from stillroom.agents.prompt_text import asked, command_text, hash_of, parse_text, plan_text, remembered_line
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.spans import copied_text
from stillroom.agents.teacher_profile import TeacherProfile
from stillroom.agents.wire.edit import encode_constraint
from stillroom.data.schema import CatalogueSchema


class ProfileError(ValueError):
    """A prompt profile that does not exist."""


class PromptProfile(Protocol):
    """How requests are put to a model; `wire` names the format of its replies."""

    @property
    def name(self) -> str:
        """Return the profile's name."""
        ...

    @property
    def hash(self) -> str:
        """Return a hash of everything that shapes the prompt beside the request."""
        ...

    @property
    def wire(self) -> str:
        """Return the name of the reply's format."""
        ...

    @property
    def n_repairs(self) -> int:
        """Return how many times a reply that cannot be used is asked for again."""
        ...

    @property
    def copies_names(self) -> bool:
        """Say whether a reply writes names as the command does, and points at shown items by their places."""
        ...

    def render_parse(self, request: ParseRequest) -> list[BaseMessage]:
        """Return the messages that ask what a command changes."""
        ...

    def free_text(self, request: ParseRequest) -> str:
        """Return the pattern of the names and themes that a reply to this may hold."""
        ...

    def render_plan(self, request: PlanRequest) -> list[BaseMessage]:
        """Return the messages that ask which tools come next."""
        ...


@dataclass(frozen=True)
class StudentProfile:
    """No system text, nothing of the feed: every token of a prompt is paid for in training and at every turn.

    A reply refers to shown items by position (`#2`) or by the words used; code resolves them afterwards.
    """

    name: str = "student"
    wire: str = "lines"
    n_repairs: int = 0
    copies_names: bool = True

    @cached_property
    def hash(self) -> str:
        """Return a hash of the code that renders."""
        parts = (parse_text, command_text, plan_text, remembered_line, neutralise, encode_constraint, durations)
        return hash_of(*(inspect.getsource(part) for part in parts))

    def render_parse(self, request: ParseRequest) -> list[BaseMessage]:
        """Return one user turn: the remembered constraints and the command."""
        return [asked(parse_text(request), request)]

    def free_text(self, request: ParseRequest) -> str:
        """Return the pattern of what can be copied: a student names nothing that the person did not."""
        values = [constraint.value for constraint in request.preferences.constraints]
        return copied_text(command_text(request), [value for value in values if isinstance(value, str)])

    def render_plan(self, request: PlanRequest) -> list[BaseMessage]:
        """Return one user turn: the remembered constraints and what the tools reported."""
        return [asked(plan_text(request), request)]


def profile_for(model: object, schema: CatalogueSchema) -> PromptProfile:
    """Return the profile that a model asks for (`teacher` when it says nothing)."""
    return profile_named(str(getattr(model, "prompt_profile", "teacher")), schema)


def profile_named(name: str, schema: CatalogueSchema) -> PromptProfile:
    """Return a profile by name; raise ProfileError when there is none."""
    if name == "student":
        return StudentProfile()
    if name == "teacher":
        return TeacherProfile(schema)
    raise ProfileError(f"there is no prompt profile {name!r}; known are student and teacher")
