"""Chain of thought: the same question answered in words alone, as one reply that ends in "Answer: …".

It is the baseline that an agent is compared with (arXiv 2201.11903), and its first sentence may start an agent's first
thought (first-thought prefix, arXiv 2505.17612, section 3.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.prompt_text import hash_of
from stillroom.agents.solver.action import MAX_THOUGHT
from stillroom.agents.solver.observation import said, shown
from stillroom.agents.solver.profile import MAX_QUESTION

MARK: Final = "Answer:"
REASONING_GRAMMAR: Final = rf"(?:[^\n]{{1,400}}\n){{1,24}}{MARK} [^\n]{{1,200}}"
_MARKED: Final = re.compile(rf"^\s*{MARK}\s*(.+?)\s*$", re.MULTILINE)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])|\n")
_SEPARATOR: Final = "%%"


@dataclass(frozen=True)
class StudentReasoningProfile:
    """No instructions: one word that says what is wanted, and the question."""

    name: str = "student"

    @property
    def hash(self) -> str:
        """Return a hash of what stands before the question."""
        return hash_of("reason")

    def render(self, question: str) -> list[BaseMessage]:
        """Return the one turn."""
        return [HumanMessage(f"reason\n{shown(question, MAX_QUESTION)}")]


@dataclass(frozen=True)
class TeacherReasoningProfile:
    """What a reply looks like, and worked examples as turns."""

    name: str = "teacher"

    @cached_property
    def hash(self) -> str:
        """Return a hash of the opening."""
        return hash_of(*(str(turn.content) for turn in self._opening))

    def render(self, question: str) -> list[BaseMessage]:
        """Return rules, examples and the question."""
        return [*self._opening, HumanMessage(shown(question, MAX_QUESTION))]

    @cached_property
    def _opening(self) -> tuple[BaseMessage, ...]:
        text = resources.files("stillroom.agents.solver").joinpath("prompts/reasoning.txt").read_text(encoding="utf-8")
        system, *examples = (part.strip() for part in text.split(_SEPARATOR))
        turns = zip(examples[::2], examples[1::2], strict=True)
        spoken = [turn for asked, said in turns for turn in (HumanMessage(asked), AIMessage(said))]
        return (SystemMessage(system), *spoken)


ReasoningProfile = StudentReasoningProfile | TeacherReasoningProfile


def reasoning_profile_for(model: object) -> ReasoningProfile:
    """Return the profile that a model asks for by its `prompt_profile` (`teacher` when it says nothing)."""
    if str(getattr(model, "prompt_profile", "teacher")) == "student":
        return StudentReasoningProfile()
    return TeacherReasoningProfile()


def read_reasoning(text: str) -> tuple[str, str | None]:
    """Return what was thought and the last answer that is marked; None where there is none."""
    marked = list(_MARKED.finditer(text))
    if not marked:
        return text.strip(), None
    return text[: marked[-1].start()].strip(), marked[-1][1]


def first_thought(text: str) -> str:
    """Return the first sentence of a chain of thought, as an action's thought can hold it; empty where there is none.

    A sentence that gives the answer away is none: an agent that began with it would have nothing left to do.
    """
    sentence = _SENTENCE_END.split(said(text).strip(), maxsplit=1)[0]
    thought = " ".join(sentence.replace("`", "'").split())[:MAX_THOUGHT].strip()
    return "" if MARK in thought else thought
