"""A model plays the user: from its hidden card, told as attributes (never the title), the feed and the conversation.

What it means is unknown, so its turns have no gold edit: whatever needs one skips them, Pass Rate does not. A reply
that says the title is refused, asked for anew and counted; when all are refused, the agenda speaks and a note says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.prompt_text import feed_line
from stillroom.agents.reply import describe_all
from stillroom.data.edit import KEEP
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.trajectory import Call
from stillroom.simulators.agenda import AgendaUser
from stillroom.simulators.binder import Binder, Scene
from stillroom.simulators.card import Setting
from stillroom.simulators.intent import Utterance
from stillroom.simulators.leakage import LEAKED, find_leak
from stillroom.simulators.reply import Prompt, ask_plainly, first_line, model_name_of, read_prompt
from stillroom.simulators.user import USER_NODE, Spoken

MAX_LETTERS: Final = 240
_N_VALUES: Final = 5
_ONE_COMMAND: Final = "This is your only command: say three or four of the things that you want, in one sentence."
_REFUSED: Final = "That names a title, which you must not, or says nothing. Type another command."


@dataclass(frozen=True)
class LlmUser:
    """A chat model as the user; the agenda speaks in its place when every reply was refused."""

    model: BaseChatModel
    agenda: AgendaUser
    n_tries: int = 3
    temperature: float = 0.7
    patience: int | None = None
    prompt: Prompt = field(default_factory=lambda: read_prompt("user"))

    @cached_property
    def name(self) -> str:
        """Return `llm:` and the model's name."""
        return f"llm:{model_name_of(self.model)}"

    @property
    def binder(self) -> Binder:
        """Return what ties the agenda's words to its catalogue."""
        return self.agenda.binder

    def speak(self, scene: Scene, setting: Setting, rng: Random) -> Spoken:
        """Return what the model types next."""
        extra = _ONE_COMMAND if setting is Setting.SINGLE_ROUND else ""
        spoken, calls = self._ask(scene, extra, rng)
        return spoken or self._instead(self.agenda.speak(scene, setting, rng), calls)

    def change_mind(
        self, scene: Scene, truth: Preferences, revoked: Sequence[Remembered], rng: Random
    ) -> Spoken | None:
        """Return how the model takes back what no longer holds; its facts are those of the scene's new target."""
        gone = describe_all(tuple(item.constraint for item in revoked), self.binder.catalogue.schema)
        told = f"You have just changed your mind. This no longer holds: {gone}. Take it back and say what you want now."
        spoken, calls = self._ask(scene, told, rng)
        if spoken is not None:
            return replace(spoken, utterance=replace(spoken.utterance, act="drift"))
        instead = self.agenda.change_mind(scene, truth, revoked, rng)
        return None if instead is None else self._instead(instead, calls)

    def _ask(self, scene: Scene, extra: str, rng: Random) -> tuple[Spoken | None, tuple[Call, ...]]:
        messages = self._messages(scene, extra)
        title = self.binder.catalogue.titles[scene.target]
        calls: list[Call] = []
        for _ in range(self.n_tries):
            seed = rng.randrange(2**31)
            call = ask_plainly(self.model, messages, self.prompt, USER_NODE, self.temperature, seed)
            text = first_line(call.reply)
            problem = _problem(text, title)
            calls.append(replace(call, error=problem))
            if not problem:
                utterance = Utterance(text, KEEP, "free", (f"prompt:{self.prompt.hash}",))
                return Spoken(utterance, None, tuple(calls)), tuple(calls)
            messages = [*messages, AIMessage(call.reply), HumanMessage(_REFUSED)]
        return None, tuple(calls)

    def _instead(self, spoken: Spoken, calls: tuple[Call, ...]) -> Spoken:
        note = f"user: {len(calls)} replies were refused, so the agenda spoke"
        return replace(spoken, calls=calls, notes=(note,))

    def _messages(self, scene: Scene, extra: str) -> list[BaseMessage]:
        catalogue = self.binder.catalogue
        system = self.prompt.fill(noun=catalogue.schema.noun, facts="\n".join(facts_of(self.binder, scene.target)))
        lines = ["Shown now:", *(feed_line(item) for item in scene.feed)]
        said = [
            f"- you: {turn.command}\n- recommender: {turn.reply}" for turn in scene.turns if turn.command is not None
        ]
        lines += ["Said so far:", *(said or ["- nothing"]), *([extra] if extra else []), "Your command:"]
        return [SystemMessage(system), HumanMessage("\n".join(lines))]


def facts_of(binder: Binder, row: int) -> list[str]:
    """Return what is told of an item to whoever plays its seeker: its attributes, a line each, never its title."""
    catalogue, facts = binder.catalogue, list[str]()
    for facet, column in catalogue.sets.items():
        values = binder.themes.of(row) if facet == "tag" else column.of(row)
        if values:
            facts.append(f"- {facet}: {', '.join(values[:_N_VALUES])}")
    for facet, numbers in catalogue.numbers.items():
        if numbers[row] == numbers[row]:
            unit = catalogue.schema.facets[facet].unit
            facts.append(f"- {facet}: {float(numbers[row]):g}{f' {unit}' if unit else ''}")
    facts.append(f"- popularity: {'well known' if catalogue.popularity[row] >= 0.5 else 'little known'}")
    return facts


def _problem(text: str, title: str) -> str:
    if not text:
        return "empty"
    if len(text) > MAX_LETTERS:
        return "too long"
    leak = find_leak(title, text)
    return f"{LEAKED}{leak.value}" if leak else ""
