"""The teacher's prompt profile: rules, the catalogue's facets, and worked examples as turns of a conversation.

An example is a block of `prompts/*_examples.txt`: what is asked, then the reply on lines that open with `= `. Those
that speak of facets or values which the catalogue lacks are left out, so that one file serves every domain.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.grammar import FREE_TEXT
from stillroom.agents.prompt_text import (
    asked,
    command_text,
    feed_line,
    hash_of,
    plan_text,
    prompt_file,
    remembered_line,
)
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.wire.edit import decode_edit
from stillroom.data.schema import OPS, CatalogueSchema, Facet, FacetKind

_MAX_VALUES: Final = 60
_OP_ORDER: Final = ("=", "<", "<=", ">", ">=", "more", "less", "like")
# Words by which a command may point at the feed; without any of them it is read without the feed, for a third of the
# tokens (and a small model copies what it is shown).
_POINTING: Final = re.compile(
    r"#|\d|\b(?:ones?|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|number|no\.|nr|top|bottom"
    r"|this|that|these|those|it|them)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Example:
    """A worked example: what is asked and the reply, both as text."""

    asked: str
    reply: str


@dataclass(frozen=True)
class TeacherProfile:
    """A long prompt for a large model; a reply that cannot be used is asked for once more."""

    schema: CatalogueSchema
    name: str = "teacher"
    wire: str = "lines"
    n_repairs: int = 1
    copies_names: bool = False

    @cached_property
    def hash(self) -> str:
        """Return a hash of everything that shapes the prompt beside the request."""
        turns = (*self._parse_opening, *self._plan_opening)
        return hash_of(*(str(turn.content) for turn in turns), _POINTING.pattern)

    def render_parse(self, request: ParseRequest) -> list[BaseMessage]:
        """Return the opening and a user turn: the feed (where it may be meant), what is remembered, the command."""
        lines = []
        if request.feed and _POINTING.search(request.command):
            lines += ["shown:", *map(feed_line, request.feed)]
        if request.preferences.remembered:
            lines += ["remembered:", *map(remembered_line, request.preferences.remembered)]
        text = "\n".join([*lines, f"> {command_text(request)}"])
        return [*self._parse_opening, asked(text, request)]

    def free_text(self, request: ParseRequest) -> str:
        """Return the pattern of any name or theme: a large model may spell out what the person only hinted at."""
        return FREE_TEXT

    def render_plan(self, request: PlanRequest) -> list[BaseMessage]:
        """Return the opening and the same user turn that a student reads."""
        return [*self._plan_opening, asked(plan_text(request), request)]

    @cached_property
    def _parse_opening(self) -> tuple[BaseMessage, ...]:
        kept = [example for example in _examples("parse_examples.txt") if self._is_possible(example)]
        return (SystemMessage(self._system("teacher_parse.md")), *_turns(kept))

    @cached_property
    def _plan_opening(self) -> tuple[BaseMessage, ...]:
        return (SystemMessage(self._system("teacher_plan.md")), *_turns(_examples("plan_examples.txt")))

    def _is_possible(self, example: Example) -> bool:
        # An item is named by its title or place, which no schema knows; everything else it can judge.
        added = decode_edit(example.reply).add
        return all(self.schema.problem(constraint) is None for constraint in added)

    def _system(self, file: str) -> str:
        facets = "\n".join(_facet_line(facet) for facet in self.schema.facets.values())
        return string.Template(prompt_file(file)).substitute(noun=self.schema.noun, facets=facets).strip()


def _examples(file: str) -> Iterator[Example]:
    for block in prompt_file(file).strip().split("\n\n"):
        lines = block.split("\n")
        reply = [line.removeprefix("= ") for line in lines if line.startswith("= ")]
        yield Example("\n".join(line for line in lines if not line.startswith("= ")), "\n".join(reply))


def _turns(examples: Iterable[Example]) -> Iterator[BaseMessage]:
    for example in examples:
        yield HumanMessage(example.asked)
        yield AIMessage(example.reply)


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
