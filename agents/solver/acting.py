"""The two ways to act on a question: code that runs, step by step, or one chain of thought that ends in an answer.

A way renders what the model is asked, says what a reply must look like, and finds out what a reply comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage

from stillroom.agents.ask import Profile, is_steered_by
from stillroom.agents.solver.action import ActionError, action_grammar, read_action
from stillroom.agents.solver.profile import SolverProfile, solver_profile_for
from stillroom.agents.solver.reasoning import (
    MARK,
    REASONING_GRAMMAR,
    ReasoningProfile,
    read_reasoning,
    reasoning_profile_for,
)
from stillroom.agents.solver.step import Step, Trial
from stillroom.agents.solver.tool import Tool, ToolMemory
from stillroom.data.trajectory import Form
from stillroom.tools.sandbox import Sandbox, StepEnd

_PREFIX: Final = "\n\nBegin your first thought with these words: "


class Acting(Protocol):
    """A way to act."""

    @property
    def profile(self) -> Profile:
        """Return what prompts are rendered by."""
        ...

    def render(self, question: str, steps: Sequence[Step], first_thought: str) -> list[BaseMessage]:
        """Return what the model is asked next."""
        ...

    def grammar(self, steps: Sequence[Step], first_thought: str) -> str | None:
        """Return what the next reply must match, for a model that can be held to it."""
        ...

    def attempt(self, reply: str, session: bytes, memory: ToolMemory, first_thought: str) -> tuple[Trial, bytes]:
        """Return what a reply comes to, and the session after it; its thought begins with the first thought."""
        ...


@dataclass(frozen=True)
class CodeActing:
    """A thought and a block of Python, which runs in the sandbox."""

    sandbox: Sandbox
    profile: SolverProfile
    observation_budget: int
    held: bool

    def render(self, question: str, steps: Sequence[Step], first_thought: str) -> list[BaseMessage]:
        """Return the question and the steps; a model that no grammar holds is told how to begin its first thought."""
        messages = self.profile.render(question, steps, self.observation_budget)
        if first_thought and not steps and not self.held:
            messages[-1] = HumanMessage(f"{messages[-1].text}{_PREFIX}{first_thought}")
        return messages

    def grammar(self, steps: Sequence[Step], first_thought: str) -> str | None:
        """Return the grammar of an action, the first of which begins with the first thought."""
        if not self.held:
            return None
        return action_grammar("" if steps else first_thought)

    def attempt(self, reply: str, session: bytes, memory: ToolMemory, first_thought: str) -> tuple[Trial, bytes]:
        """Run the reply's code in a fork of the session.

        A model that no grammar holds may pass over the first thought that it was given: then it is put before its own,
        as if the reply had begun with it. The reply stays as it was.
        """
        try:
            action = read_action(reply)
        except ActionError as error:
            return Trial(reply, observation=str(error)), session
        found = self.sandbox.run(action.code, session, memory.functions)
        thought = begun_with(first_thought, action.thought)
        trial = Trial(
            reply, thought, action.code, found.end, found.observation, found.answer, found.calls, found.ms,
            found.host_ms,
        )  # fmt: skip
        return trial, found.state


@dataclass(frozen=True)
class Reasoning:
    """A chain of thought: nothing runs, and the answer is the text after its mark."""

    profile: ReasoningProfile
    held: bool

    def render(self, question: str, steps: Sequence[Step], first_thought: str) -> list[BaseMessage]:
        """Return the question: there is one step, so nothing came before."""
        return self.profile.render(question)

    def grammar(self, steps: Sequence[Step], first_thought: str) -> str | None:
        """Return the grammar of lines and an answer."""
        return REASONING_GRAMMAR if self.held else None

    def attempt(self, reply: str, session: bytes, memory: ToolMemory, first_thought: str) -> tuple[Trial, bytes]:
        """Read the answer; a chain of thought has no first action, and so nothing to begin with."""
        thought, answer = read_reasoning(reply)
        if answer is None:
            return Trial(reply, thought, observation=f"no line begins with {MARK!r}"), session
        return Trial(reply, thought, end=StepEnd.ANSWERED, answer=answer), session


def choose_acting(
    form: Form, model: BaseChatModel, sandbox: Sandbox, tools: Sequence[Tool], observation_budget: int
) -> Acting:
    """Return the way of a form."""
    held = is_steered_by(model, "grammar")
    if form is Form.COT:
        return Reasoning(reasoning_profile_for(model), held)
    return CodeActing(sandbox, solver_profile_for(model, tools, sandbox.modules), observation_budget, held)


def begun_with(first_thought: str, thought: str) -> str:
    """Return a thought that begins with the first thought, as it is where it does so but for case, space and ticks."""
    begins, given = _evened(thought), _evened(first_thought).rstrip(" .!?")
    if begins.startswith(given) and not (given and begins[len(given) :][:1].isalnum()):
        return thought
    return f"{first_thought} {thought}".strip()


def _evened(text: str) -> str:
    return " ".join(text.replace("`", "'").casefold().split())
