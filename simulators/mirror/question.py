"""A question before it is named: its text over ids, its answer, its form, and the gold path of searches to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from stillroom.simulators.mirror.structure import Value, written
from stillroom.simulators.tasks.task import Task


@dataclass(frozen=True)
class Read:
    """What is read from a passage: a relation's value, and the name that a computation gives it, if any."""

    relation: str
    value: Value
    variable: str = ""


@dataclass(frozen=True)
class Step:
    """One search: its text (ids in braces), the passage that it should find, and what is read there."""

    query: str
    passage: str
    reads: tuple[Read, ...]


@dataclass(frozen=True)
class Computation:
    """A Python expression over values that were read; a value is a number or an id."""

    expression: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Question:
    """A question over ids; `form` is what is asked, apart from its words, and no two questions of a world share it.

    `asked` lists the relations whose values the answer rests on ("film.year"), or is ("film",) where a film is sought.
    """

    kind: str
    text: str
    answer: Value
    asked: tuple[str, ...]
    form: Mapping[str, JsonValue]
    steps: tuple[Step, ...]
    templates: tuple[str, ...]
    computation: Computation | None = None

    def named(self, identifier: str, names: Mapping[str, str]) -> Task:
        """Return the task, with every id replaced by its name."""
        path: list[JsonValue] = [_step_json(step, names) for step in self.steps]
        if self.computation is not None:
            values: dict[str, JsonValue] = {name: _named(v, names) for name, v in self.computation.values.items()}
            path.append({"compute": self.computation.expression, "values": values})
        text = self.text.format_map(names)
        notes: dict[str, JsonValue] = {
            "path": path,
            "form": dict(self.form),
            "asked": list(self.asked),
            "templates": list(self.templates),
        }
        support = tuple(step.passage for step in self.steps)
        answer = str(_named(self.answer, names))
        return Task(identifier, text[0].upper() + text[1:], answer, self.kind, support, notes)


def _named(value: Value, names: Mapping[str, str]) -> Value:
    return names.get(value, value) if isinstance(value, str) else value


def _step_json(step: Step, names: Mapping[str, str]) -> JsonValue:
    reads: list[JsonValue] = []
    for read in step.reads:
        text = written(read.relation, read.value, names)
        row: dict[str, JsonValue] = {"relation": read.relation, "value": _named(read.value, names), "text": text}
        reads.append({**row, "variable": read.variable} if read.variable else row)
    return {"query": step.query.format_map(names), "passage": step.passage, "reads": reads}
