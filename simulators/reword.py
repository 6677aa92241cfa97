"""Other words for known edits: a model verbalises what a simulated user meant, in a voice; a strict check decides.

    summary = reword(store, "demo", "demo-reworded", Reworder(model, check), RewordConfig(n_commands=200))

Only sessions of training people in training wordings are reworded. The new run holds their moments again, each with
the kept wordings as alternatives that name their maker, and every call to the model; what was refused is counted by
reason. A session is in the run whole or not at all, so a run that was interrupted goes on with what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stillroom.agents.reply import describe_constraint
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.data.constraint import Constraint, Op
from stillroom.data.edit import Verdict
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema
from stillroom.data.store import Store
from stillroom.data.trajectory import Alternative, Call, Episode, Json, Maker, Turn
from stillroom.simulators.reply import Prompt, ask_plainly, first_line, model_name_of, read_prompt
from stillroom.simulators.user import UserError
from stillroom.simulators.wording_bank import Split
from stillroom.simulators.wording_check import COPIED, Asked, Reason, WordingCheck

NODE: Final = "reword"
VOICES: Final = (
    "somebody who texts in a hurry",
    "a polite elderly lady",
    "a teenager on the phone",
    "a film buff who chooses words with care",
    "a tired parent on the sofa",
    "a chatty friend",
    "somebody whose English is not perfect",
    "a man of few words",
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RewordConfig:
    """How many wordings are asked for at most, in how many voices a command, at which temperature."""

    n_commands: int = 200
    n_voices: int = 2
    temperature: float = 0.8
    seed: int = 0


@dataclass(frozen=True)
class Summary:
    """What came of it: wordings asked for, kept, and refused by reason."""

    n_asked: int
    n_kept: int
    refused: Mapping[str, int]


@dataclass(frozen=True)
class Reworder:
    """A model that finds words for a turn's edit, and the check that they have to pass."""

    model: BaseChatModel
    check: WordingCheck
    noun: str = "film"
    prompt: Prompt = field(default_factory=lambda: read_prompt(NODE))

    def reword(self, turn: Turn, title: str, config: RewordConfig, n_voices: int, rng: Random) -> Turn:
        """Return the turn with what was kept as its alternatives, the calls that it took, and the counts."""
        asked = asked_of(turn, title)
        kept: dict[str, Alternative] = {}
        calls: list[Call] = []
        for voice in rng.sample(VOICES, n_voices):
            seed = rng.randrange(2**31)
            call = ask_plainly(self.model, self._messages(asked, voice), self.prompt, NODE, config.temperature, seed)
            text = first_line(call.reply)
            known = {other.casefold() for other in (asked.request.command, *kept)}
            problem = Reason.SAME if text.casefold() in known else self.check(text, asked)
            calls.append(replace(call, error=problem.value if problem else ""))
            if problem is None:
                maker = Maker(model_name_of(self.model), self.prompt.hash, voice, self.check.check.value)
                kept[text] = Alternative(text, asked.said, turn.act, (f"prompt:{self.prompt.hash}",), maker)
        return replace(turn, alternatives=tuple(kept.values()), calls=tuple(calls), tool_calls=(), feed=())

    def _messages(self, asked: Asked, voice: str) -> list[BaseMessage]:
        """Return the rules, the worked examples as turns of a conversation, and what is meant this time."""
        rules, *examples = self.prompt.fill(noun=self.noun).split("\n\n## ")
        messages: list[BaseMessage] = [SystemMessage(rules)]
        for example in examples:
            told, _, typed = example.partition("\n> ")
            messages += [HumanMessage(told), AIMessage(typed)]
        parts = [f'no longer matters: "{constraint.value or constraint.facet}"' for constraint in asked.retracted]
        parts += [_in_words(constraint, self.check.vocabulary.schema) for constraint in asked.said.add]
        return [*messages, HumanMessage(f"{voice}\n{'; '.join(parts)}")]


def reword(
    store: Store,
    source: str,
    run_id: str,
    reworder: Reworder,
    config: RewordConfig,
    progress: Progress = lambda _done, _total: None,
) -> Summary:
    """Reword the commands of a run into another; raise UserError when it must not be learnt from, or StoreError."""
    known = {run.run_id: run for run in store.list_runs()}
    if source not in known:
        raise UserError(f"there is no run {source!r} in {store.path}")
    if known[source].config.get("split") != Split.TRAIN.value or known[source].config.get("fold") != Fold.TRAIN.value:
        raise UserError(f"run {source!r} is not of training people and wordings, so nothing may be learnt from it")
    settings: dict[str, Json] = {
        "kind": NODE,
        "source": source,
        "model": model_name_of(reworder.model),
        "prompt_hash": reworder.prompt.hash,
        "check": reworder.check.check.value,
        "n_voices": config.n_voices,
        "temperature": config.temperature,
    }
    store.start_run(settings, seed=config.seed, run_id=run_id)
    done = {episode.key: episode for episode in store.episodes(run_id)}
    n_asked = 0
    for episode in store.episodes(source):
        if n_asked >= config.n_commands:
            break
        if episode.key not in done:
            room = config.n_commands - n_asked
            done[episode.key] = _reword_episode(episode, reworder, config, room)
            store.add_episode(run_id, done[episode.key])
        n_asked += summarise([done[episode.key]]).n_asked
        progress(min(n_asked, config.n_commands), config.n_commands)
    return summarise(done.values())


def summarise(episodes: Iterable[Episode]) -> Summary:
    """Count what was asked for, kept and refused in reworded episodes."""
    errors = [call.error for episode in episodes for turn in episode.turns for call in turn.calls if call.node == NODE]
    refused = Counter(error for error in errors if error)
    return Summary(len(errors), len(errors) - refused.total(), dict(refused.most_common()))


def _reword_episode(episode: Episode, reworder: Reworder, config: RewordConfig, room: int) -> Episode:
    rng = Random(f"{config.seed}:{episode.key}")
    turns: list[Turn] = []
    for turn in episode.turns:
        n_voices = min(config.n_voices, room)
        if n_voices > 0 and turn.gold_said is not None and turn.gold_said.verdict is Verdict.CHANGE:
            turns.append(reworder.reword(turn, episode.target_title or "", config, n_voices, rng))
            room -= n_voices
    return replace(episode, turns=tuple(turns), scores=(), user=f"{episode.user} reworded")


def asked_of(turn: Turn, title: str) -> Asked:
    """Return what other words for a turn's command have to say."""
    assert turn.command is not None and turn.gold_said is not None and turn.gold_edit is not None
    shown = tuple(ShownItem.from_json(dict(item)) for item in turn.feed_shown)
    request = ParseRequest(turn.command, shown, Preferences.from_json(list(turn.preferences_before)))
    return Asked(request, turn.gold_said, turn.gold_edit, title)


def _in_words(constraint: Constraint, schema: CatalogueSchema) -> str:
    """Return a constraint as a person would put it, its value in quotes where it has to be copied."""
    value, facet = constraint.value, schema.facets.get(constraint.facet)
    if isinstance(value, str) and value.startswith("#"):
        return describe_constraint(replace(constraint, value=f"number {value[1:]}"), schema)
    if isinstance(value, str) and facet is not None and facet.kind in COPIED:
        constraint = replace(constraint, value=f'"{value}"')
    words = describe_constraint(constraint, schema)
    return f"{words} if possible" if constraint.op is Op.LIKE and constraint.is_positive else words
