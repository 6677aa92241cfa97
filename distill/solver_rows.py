"""From solved tasks to training rows: a trajectory is one row, rendered by the functions that the solver graph uses.

Every action that ran through is learnt, in the order in which it was made. One that failed stays where it was, with
the error that it met, but as context: a student that learns mistakes makes them, one that sees them mended mends them.

Contract: only right answers to tasks of a train part become rows, whoever gave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from stillroom.agents.chatml import TURN_END, render_chat
from stillroom.agents.solver.action import Action
from stillroom.agents.solver.observation import said
from stillroom.agents.solver.profile import StudentSolverProfile
from stillroom.agents.solver.reasoning import MARK, StudentReasoningProfile
from stillroom.agents.solver.step import Step, Trial
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Form, Outcome, Turn
from stillroom.distill.gate import GateYield
from stillroom.distill.recipe import Recipe, TaskPart
from stillroom.distill.training_set import TrainingRow
from stillroom.tools.sandbox import VALID

_TRAIN = "train"


def solver_rows(store: Store, recipe: Recipe, gated: GateYield) -> list[TrainingRow]:
    """Return the rows of a recipe's tasks, shuffled by its seed; what the gates let through is counted in `gated`."""
    rows = [row for part in recipe.tasks for row in _part_rows(store, part, gated)]
    Random(recipe.data.seed).shuffle(rows)
    return rows[: recipe.data.examples]


def trajectory_row(episode: Episode) -> TrainingRow:
    """Return the row of an episode: its first learnt reply as the completion, the later ones as what follows it."""
    render = _render_cot if episode.state.get("form") == Form.COT else _render_agent
    exchanges: list[tuple[str, str]] = []
    context = ""
    for before, reply, is_learnt in render(episode):
        context += before
        if is_learnt:
            exchanges.append((context, reply))
            context = ""
        else:
            context += reply
    (prompt, completion), *more = exchanges
    kind = str(episode.state.get("kind") or "all")
    return TrainingRow(prompt, completion, f"{episode.world}:{kind}", episode.key, more=tuple(more))


def passes(episode: Episode, part: TaskPart) -> bool:
    """Say whether an episode passes a part's gate."""
    right = episode.outcome is Outcome.ANSWERED and episode.score("correct") == 1.0
    return right and (part.gate == "correct" or episode.score("support_found") in (None, 1.0))


def _part_rows(store: Store, part: TaskPart, gated: GateYield) -> Iterator[TrainingRow]:
    tasks: dict[str | None, set[str]] = {}
    for episode in _episodes(store, part):
        kept = passes(episode, part)
        gated.count(f"{part.environment}:{part.teacher}:{part.form}", kept)
        if not kept or (episode.target_id not in tasks and len(tasks) == part.n_tasks):
            continue
        row = trajectory_row(episode)
        known = tasks.setdefault(episode.target_id, set())
        text = "".join((row.prompt, row.completion, *(text for exchange in row.more for text in exchange)))
        if text not in known and len(known) < part.per_task:
            known.add(text)
            yield row


def _episodes(store: Store, part: TaskPart) -> Iterator[Episode]:
    for run in part.runs or (None,):
        for episode in store.episodes(run):
            same = (episode.world, episode.model, episode.split) == (part.environment, part.teacher, _TRAIN)
            if same and (episode.state.get("form"), episode.state.get("first_thought")) == (
                part.form,
                part.first_thought,
            ):
                yield episode


def _render_agent(episode: Episode) -> Iterator[tuple[str, str, bool]]:
    """Yield what was new in the prompt, the action after it, and whether it is learnt."""
    state = episode.state
    profile = StudentSolverProfile(tuple(str(name) for name in _list(state["tools"])))
    budget = int(str(state["observation_budget"]))
    steps: list[Step] = []
    seen = ""
    for turn in episode.turns:
        prompt = render_chat(profile.render(str(state["question"]), steps, budget))
        assert prompt.startswith(seen), "a later prompt goes on from an earlier one"
        reply = _reply(turn)
        yield prompt[len(seen) :], reply + TURN_END, turn.state["end"] in VALID
        seen = prompt + reply + TURN_END
        steps.append(Step(turn.number, Trial(reply, observation=turn.reply)))


def _render_cot(episode: Episode) -> Iterator[tuple[str, str, bool]]:
    (turn,) = episode.turns
    prompt = render_chat(StudentReasoningProfile().render(str(episode.state["question"])))
    yield prompt, said(f"{turn.state['thought']}\n{MARK} {turn.state['answer']}") + TURN_END, True


def _reply(turn: Turn) -> str:
    """Return the action as a student writes it; what holds no action, word for word; special tokens broken up."""
    thought, code = str(turn.state["thought"]), str(turn.state["code"])
    if code:
        return said(Action(thought, code).text)
    replies = [call.reply for call in turn.calls if call.node == "act"]
    return said(replies[int(str(turn.state["adopted"]))])


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
