r"""The teacher `annotations`: what people wrote beside a question, turned into the actions or words that it stands for.

GSM8K's solutions mark every calculation (`<<48/2=24>>`, Cobbe et al., 2021): each becomes a line of Python below the
sentence that it stood in. HotpotQA names the sentences that support an answer (Yang et al., EMNLP 2018): each of their
passages becomes a search, first for a title that the question names, then for one that the first passage names.

Contract: no language model, and nothing is believed: a trajectory is run, and only one that reproduces the answer and
found its passages passes a gate. What cannot be turned into a way that an agent could have found raises TaskError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from stillroom.agents.solver.action import MAX_THOUGHT, Action
from stillroom.agents.solver.reasoning import MARK
from stillroom.simulators.tasks.expert import answer_code, search_code
from stillroom.simulators.tasks.task import Task, TaskEnvironment, TaskError
from stillroom.tools.passages import Passage

NAME: Final = "annotations"
_CALCULATION: Final = re.compile(r"<<([^<>=]+)=([^<>=]+)>>")
# What stands before a mark, the calculation in figures, and after it, its result.
_SPELT: Final = re.compile(r"[$\d\s.,+\-*/x×()%]*=?\s*\$?<<[^<>]*>>\s*[$\d.,/%]*\d%?")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_SUM: Final = re.compile(r"[\d\s.+\-*/()]+")
_ASIDE: Final = re.compile(r"\s*\([^()]*\)$")
_MAX_SENTENCE: Final = 240


@dataclass(frozen=True)
class Annotations:
    """Reads the annotations of an environment's tasks."""

    environment: TaskEnvironment

    def actions(self, task: Task) -> tuple[Action, ...]:
        """Return the trajectory that a task's annotations stand for; raise TaskError where they stand for none."""
        if "sentences" in task.notes:
            return self._searches(task)
        solution = task.notes.get("solution")
        if not isinstance(solution, str) or not _CALCULATION.search(solution):
            raise TaskError(f"{task.id} has no annotations that say how it is solved")
        return (_calculation(task, solution),)

    def reasoning(self, task: Task) -> str:
        """Return the same in words, as people wrote it; raise TaskError where there is nothing."""
        sentences, solution = task.notes.get("sentences"), task.notes.get("solution")
        if isinstance(sentences, list) and sentences:
            lines = [_short(str(sentence)) for sentence in sentences]
        elif isinstance(solution, str) and solution.strip():
            lines = [" ".join(line.split()) for line in _CALCULATION.sub("", solution).splitlines() if line.strip()]
        else:
            raise TaskError(f"{task.id} has no annotations that say how it is solved")
        return "\n".join([*lines, f"{MARK} {task.answer}"])

    @cached_property
    def _passages(self) -> Mapping[str, Passage]:
        return {passage.id: passage for passage in self.environment.passages()}

    def _searches(self, task: Task) -> tuple[Action, ...]:
        passages = [self._passages[name] for name in task.support]
        sentences = [_short(str(sentence)) for sentence in _list(task.notes["sentences"])]
        actions, known, seen = list[Action](), "", task.question
        for passage in _in_order(passages, task.question):
            query = _named(passage, seen)
            actions.append(Action(_thought(known, f"I search for {query}."), search_code(query)))
            known = next((sentence for sentence in sentences if sentence in _one_line(passage.text)), "")
            seen += f" {passage.text}"
        return (*actions, Action(_thought(known, "That gives the answer."), answer_code(task.answer)))


def _in_order(passages: Sequence[Passage], question: str) -> list[Passage]:
    """Return the passages, those that the question names first."""
    return sorted(passages, key=lambda passage: _plain(passage.title).casefold() not in question.casefold())


def _named(passage: Passage, seen: str) -> str:
    """Return the title to search for, which must stand in what was seen; raise TaskError where nobody could know it."""
    title = _plain(passage.title)
    if title.casefold() not in seen.casefold():
        raise TaskError(f"nothing that was read names {title!r}, so nobody would search for it")
    return title


def _plain(title: str) -> str:
    return _ASIDE.sub("", title)


def _calculation(task: Task, solution: str) -> Action:
    """Return one action: every marked calculation as a line, earlier results by their names, the last one answered."""
    given = set(_NUMBER.findall(task.question.replace(",", "")))
    lines, results, n_steps = list[str](), dict[str, list[str]](), 0
    for line in solution.splitlines():
        comment = " ".join(_SPELT.sub(" ", line).split())
        marks = _CALCULATION.findall(line.replace(",", ""))
        if marks and comment:
            lines.append(f"# {comment}")
        for sum_, result in marks:
            if not _SUM.fullmatch(sum_):
                raise TaskError(f"{task.id} marks {sum_!r}, which is no calculation")
            n_steps += 1
            lines.append(f"step_{n_steps} = {_with_names(sum_, results, given)}")
            results.setdefault(result.strip(), []).append(f"step_{n_steps}")
    return Action("I calculate it step by step.", "\n".join([*lines, f"final_answer(step_{n_steps})"]))


def _with_names(sum_: str, results: Mapping[str, list[str]], given: set[str]) -> str:
    """Return a calculation whose numbers that are earlier results, and not the question's own, are named.

    Steps with the same result are named in turn: 14 - 6 - 6 is what both of them left.
    """

    def name(found: re.Match[str]) -> str:
        names = results.get(found[0], [])
        if not names or found[0] in given:
            return found[0]
        return names.pop(0) if len(names) > 1 else names[0]

    return re.sub(r"\s*([+\-*/])\s*", r" \1 ", _NUMBER.sub(name, sum_)).strip()


def _thought(known: str, next_: str) -> str:
    return f"{known} {next_}".strip()[-MAX_THOUGHT:]


def _short(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= _MAX_SENTENCE else f"{line[:_MAX_SENTENCE].rsplit(' ', 1)[0]} …"


def _one_line(text: str) -> str:
    return " ".join(text.replace("`", "'").split())


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
