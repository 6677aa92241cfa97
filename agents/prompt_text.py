"""The texts that prompts are made of: what is asked, what is remembered, what is shown, what tools reported.

Contract: whatever comes from outside is one harmless line (`chatml.neutralise`); the same request gives the same text.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any, Final

from langchain_core.messages import HumanMessage

from stillroom.agents.chatml import neutralise
from stillroom.agents.durations import in_minutes
from stillroom.agents.requests import ParseRequest, PlanRequest, ShownItem
from stillroom.agents.wire.edit import encode_constraint
from stillroom.data.preferences import Remembered

MAX_LINE: Final = 120


def parse_text(request: ParseRequest) -> str:
    """Return the student's parse prompt: the remembered lines, then the command after `> `."""
    remembered = [remembered_line(item) for item in request.preferences.remembered]
    return "\n".join(["parse", *remembered, f"> {command_text(request)}"])


def command_text(request: ParseRequest) -> str:
    """Return the command as a student reads it: one line, with lengths of time in minutes."""
    return in_minutes(neutralise(request.command))


def plan_text(request: PlanRequest) -> str:
    """Return the student's plan prompt: the remembered lines, the reports, and what is special about this turn."""
    remembered = [remembered_line(item) for item in request.preferences.remembered]
    reports = [neutralise(f"{report.call} {report.outcome}", MAX_LINE) for report in request.reports]
    person = [] if request.has_history else ["new user"]
    return "\n".join(["plan", *remembered, *reports, *person, *(["surprise"] if request.wants_variety else [])])


def remembered_line(item: Remembered) -> str:
    """Return one remembered constraint as `c1 must genre = Comedy`."""
    return f"{item.id} {neutralise(encode_constraint(item.constraint), MAX_LINE)}"


def feed_line(item: ShownItem) -> str:
    """Return one shown item as `#2 Heat (1995) Action, Crime`."""
    year = f" ({item.year})" if item.year is not None else ""
    genres = f" {', '.join(item.genres)}" if item.genres else ""
    return f"#{item.position} {neutralise(f'{item.title}{year}{genres}', MAX_LINE)}"


def asked(text: str, request: ParseRequest | PlanRequest) -> HumanMessage:
    """Return the user turn that asks a request."""
    # Models that are no language models (rules, expert) read the request itself.
    extra: dict[str, Any] = {"request": request}
    return HumanMessage(text, additional_kwargs=extra)


def prompt_file(name: str) -> str:
    """Return the text of a prompt file."""
    return resources.files("stillroom.agents").joinpath("prompts").joinpath(name).read_text(encoding="utf-8")


def hash_of(*parts: str) -> str:
    """Return a short hash of some texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
