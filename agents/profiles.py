"""Prompt profiles: how a structured request becomes messages. `student` is short, `teacher` is long and few-shot.

Contract: the graph's nodes and the training data are rendered by the same functions, so that a student sees at run
time the very bytes that it was trained on. `profile_for(model, schema)` picks by the model's `prompt_profile`; the
profile's `hash` names everything that shapes the prompt, for the log.
"""

from __future__ import annotations

import hashlib
import inspect
import string
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any, Final, Protocol

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from stillroom.agents import durations
from stillroom.agents.chatml import neutralise
from stillroom.agents.durations import in_minutes
from stillroom.agents.grammar import FREE_TEXT
from stillroom.agents.requests import ParseRequest, PlanRequest, ShownItem
from stillroom.agents.spans import copied_text
from stillroom.agents.wire.edit import encode_constraint
from stillroom.data.preferences import Remembered
from stillroom.data.schema import OPS, CatalogueSchema, Facet, FacetKind

MAX_LINE: Final = 120
_MAX_VALUES: Final = 60
_OP_ORDER: Final = ("=", "<", "<=", ">", ">=", "more", "less", "like")


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

    @cached_property
    def hash(self) -> str:
        """Return a hash of the code that renders."""
        parts = (parse_text, command_text, plan_text, remembered_line, neutralise, encode_constraint, durations)
        return _hash(*(inspect.getsource(part) for part in parts))

    def render_parse(self, request: ParseRequest) -> list[BaseMessage]:
        """Return one user turn: the remembered constraints and the command."""
        return [_asked(parse_text(request), request)]

    def free_text(self, request: ParseRequest) -> str:
        """Return the pattern of what can be copied: a student names nothing that the person did not."""
        values = [constraint.value for constraint in request.preferences.constraints]
        return copied_text(command_text(request), [value for value in values if isinstance(value, str)])

    def render_plan(self, request: PlanRequest) -> list[BaseMessage]:
        """Return one user turn: the remembered constraints and what the tools reported."""
        return [_asked(plan_text(request), request)]


@dataclass(frozen=True)
class TeacherProfile:
    """Rules, the catalogue's facets and worked examples in a system text, and the feed as the person sees it."""

    schema: CatalogueSchema
    name: str = "teacher"
    wire: str = "lines"

    @cached_property
    def hash(self) -> str:
        """Return a hash of the prompt files and the schema."""
        files = (_prompt_file("teacher_parse.md"), _prompt_file("teacher_plan.md"))
        return _hash(*files, self.schema.model_dump_json(), inspect.getsource(feed_line))

    def render_parse(self, request: ParseRequest) -> list[BaseMessage]:
        """Return the system text and a user turn with the feed, the remembered constraints and the command."""
        feed = [feed_line(item) for item in request.feed]
        remembered = [remembered_line(item) for item in request.preferences.remembered]
        lines = ["shown:", *(feed or ["nothing"]), "remembered:", *(remembered or ["nothing"])]
        text = "\n".join([*lines, f"> {neutralise(request.command)}"])
        return [SystemMessage(self._system("teacher_parse.md")), _asked(text, request)]

    def free_text(self, request: ParseRequest) -> str:
        """Return the pattern of any name or theme: a large model may spell out what the person only hinted at."""
        return FREE_TEXT

    def render_plan(self, request: PlanRequest) -> list[BaseMessage]:
        """Return the system text and the same user turn that a student reads."""
        return [SystemMessage(self._system("teacher_plan.md")), _asked(plan_text(request), request)]

    def _system(self, file: str) -> str:
        facets = "\n".join(_facet_line(facet) for facet in self.schema.facets.values())
        return string.Template(_prompt_file(file)).substitute(noun=self.schema.noun, facets=facets).strip()


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


def parse_text(request: ParseRequest) -> str:
    """Return the student's parse prompt: the remembered lines, then the command after `> `."""
    remembered = [remembered_line(item) for item in request.preferences.remembered]
    return "\n".join(["parse", *remembered, f"> {command_text(request)}"])


def command_text(request: ParseRequest) -> str:
    """Return the command as a student reads it: one line, with lengths of time in minutes."""
    return in_minutes(neutralise(request.command))


def plan_text(request: PlanRequest) -> str:
    """Return the student's plan prompt: the remembered lines, the reports, and whether the person is new."""
    remembered = [remembered_line(item) for item in request.preferences.remembered]
    reports = [neutralise(f"{report.call} {report.outcome}", MAX_LINE) for report in request.reports]
    return "\n".join(["plan", *remembered, *reports, *([] if request.has_history else ["new user"])])


def remembered_line(item: Remembered) -> str:
    """Return one remembered constraint as `c1 must genre = Comedy`."""
    return f"{item.id} {neutralise(encode_constraint(item.constraint), MAX_LINE)}"


def feed_line(item: ShownItem) -> str:
    """Return one shown item as `#2 Heat (1995) Action, Crime`."""
    year = f" ({item.year})" if item.year is not None else ""
    genres = f" {', '.join(item.genres)}" if item.genres else ""
    return f"#{item.position} {neutralise(f'{item.title}{year}{genres}', MAX_LINE)}"


def _facet_line(facet: Facet) -> str:
    ops = sorted((op.value for op in OPS[facet.kind]), key=_OP_ORDER.index)
    notes = {
        FacetKind.NUMBER: f"a number{f' ({facet.unit})' if facet.unit else ''}; more and less take none",
        FacetKind.PERSON: "a name",
        FacetKind.TAG: "a theme, mood or plot element, in a word or two",
        FacetKind.POPULARITY: "no value: more = well known, less = obscure",
        FacetKind.ITEM: "a title, or #2 for the second shown",
        FacetKind.CATEGORICAL: ", ".join(facet.values[:_MAX_VALUES]) or "a name",
    }
    return f"{facet.name}: {' '.join(ops)}: {notes[facet.kind]}"


def _asked(text: str, request: ParseRequest | PlanRequest) -> HumanMessage:
    # Models that are no language models (rules, expert) read the request itself.
    extra: dict[str, Any] = {"request": request}
    return HumanMessage(text, additional_kwargs=extra)


def _prompt_file(name: str) -> str:
    return resources.files("stillroom.agents").joinpath("prompts").joinpath(name).read_text(encoding="utf-8")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
