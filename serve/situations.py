"""Situations: what a person types after what, and what must hold afterwards; played in a whole chat and counted.

    outcomes = [play(situation, catalogue, model, name="student:default") for situation in read_situations(path)]

Contract: a situation is played as `stillroom chat` would play it, in a session of its own, from its first feed. What it
expects is said of the memory, of the feed and of the reply, never of a model's words. A file's format stands in
`benchmarks/natural/README.md`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, get_type_hints

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from stillroom.agents.command import resolve
from stillroom.agents.requests import ShownItem
from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op, Polarity, Strength, Value
from stillroom.data.edit import Edit
from stillroom.data.preferences import Remembered
from stillroom.data.schema import FacetKind
from stillroom.serve.chat import ChatSession, ChatTurn
from stillroom.serve.refusals import CommandError
from stillroom.tools.condition import check_constraint

MAX_REPLY: Final = 240
_WISH = re.compile(r"(?:([+-]) )?([a-z_]+)(?: (<=|>=|=|<|>|more|less|like)(?: (\S.*))?)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PLACEHOLDER = re.compile(r"\{(title|year|runtime|genre|person):(\d+|last)\}")


class SituationError(CommandError):
    """A file of situations that cannot be read, or a situation that cannot be played; the message is one sentence."""


@dataclass(frozen=True)
class Situation:
    """What is typed (`before`, then `command`) and what must hold: every expectation is optional.

    `feed` is "same" or "changes"; `remembers`, `forgets`, `every` and `none` hold wishes as text; `says` and `says_not`
    are regular expressions.
    """

    id: str
    kind: str
    command: str
    before: tuple[str, ...] = ()
    feed: str = ""
    remembers: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    says: str = ""
    says_not: str = ""
    unchanged_memory: bool = False
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a situation: the command as it was typed, the reply, and what did not hold, in words."""

    situation: Situation
    command: str
    reply: str
    failures: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Say whether everything held."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """Return what was typed, what was answered, and what did not hold."""
        return {
            "id": self.situation.id,
            "kind": self.situation.kind,
            "before": list(self.situation.before),
            "command": self.command,
            "reply": self.reply,
            "failures": list(self.failures),
        }


def read_situations(path: Path) -> tuple[Situation, ...]:
    """Read a file of situations; raise SituationError with the situation that is wrong."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["situation"]
    except (OSError, ValueError, KeyError) as error:
        raise SituationError(f"{path}: no situations can be read from it ({error})") from error
    situations = tuple(_situation(row, path) for row in rows)
    ids = [situation.id for situation in situations]
    if len(set(ids)) != len(ids):
        raise SituationError(f"{path}: two situations have one id")
    return situations


def play(situation: Situation, catalogue: Catalogue, model: BaseChatModel, name: str) -> Outcome:
    """Say all of it to a new chat session and check what must hold; raise SituationError for a wish that is none."""
    session = ChatSession(catalogue, model=name, load=lambda _: model, saver=InMemorySaver(), name=situation.id)
    before = session.open()
    for text in situation.before:
        before = session.turn(text)
    situation = _filled(situation, before.items, catalogue)
    after = session.turn(situation.command)
    return Outcome(
        situation, situation.command, after.reply, tuple(_Check(situation, catalogue, before, after).failures())
    )


def _situation(row: dict[str, Any], path: Path) -> Situation:
    row = {"every" if name == "all" else name: value for name, value in row.items()}
    label = f"{path}, situation {row.get('id', '?')}"
    hints = get_type_hints(Situation)
    unknown = set(row) - {item.name for item in fields(Situation)}
    if unknown or not {"id", "kind", "command"} <= set(row):
        raise SituationError(f"{label}: {', '.join(sorted(unknown)) or 'id, kind or command'} is unknown or missing")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    for name, value in values.items():
        if not isinstance(value, tuple if hints[name] == tuple[str, ...] else hints[name]):
            raise SituationError(f"{label}: {name} is of the wrong kind")
    situation = Situation(**values)
    for pattern in (situation.says, situation.says_not):
        try:
            re.compile(pattern)
        except re.error as error:
            raise SituationError(f"{label}: {pattern!r} is no regular expression ({error})") from error
    if situation.feed not in ("", "same", "changes"):
        raise SituationError(f"{label}: feed is 'same' or 'changes'")
    if not any((situation.feed, situation.remembers, situation.forgets, situation.every, situation.none)) and not (
        situation.says or situation.says_not or situation.unchanged_memory
    ):
        raise SituationError(f"{label}: expects nothing")
    return situation


def _filled(situation: Situation, items: Sequence[ShownItem], catalogue: Catalogue) -> Situation:
    """Return the situation with what is shown in place of its placeholders."""

    def put(text: str, escape: bool = False) -> str:
        def value(match: re.Match[str]) -> str:
            place = len(items) if match[2] == "last" else int(match[2])
            if not 1 <= place <= len(items):
                raise SituationError(f"situation {situation.id}: nothing is shown at {match[0]}")
            found = _shown(match[1], items[place - 1], catalogue)
            return re.escape(found) if escape else found

        return _PLACEHOLDER.sub(value, text)

    def put_all(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(put, texts))

    return replace(
        situation,
        command=put(situation.command),
        remembers=put_all(situation.remembers),
        forgets=put_all(situation.forgets),
        every=put_all(situation.every),
        none=put_all(situation.none),
        says=put(situation.says, escape=True),
        says_not=put(situation.says_not, escape=True),
    )


def _shown(what: str, item: ShownItem, catalogue: Catalogue) -> str:
    if what == "title":
        return item.title
    row = catalogue.row_of(item.id)
    if what in catalogue.numbers:
        return f"{catalogue.numbers[what][row]:g}"
    values = catalogue.sets[what].of(row) if what in catalogue.sets else ()
    if not values:
        raise SituationError(f"{item.title} has no {what} to be put into a situation")
    return values[0]


@dataclass(frozen=True)
class _Check:
    """Holds one situation's expectations against the turn before its command and the one that answered it."""

    situation: Situation
    catalogue: Catalogue
    before: ChatTurn
    after: ChatTurn

    def failures(self) -> list[str]:
        """Return what did not hold, in words."""
        return [*self._of_reply(), *self._of_feed(), *self._of_memory()]

    def _of_reply(self) -> list[str]:
        situation, reply = self.situation, self.after.reply
        failed = []
        if not reply.strip() or len(reply) > MAX_REPLY:
            failed.append(f"a reply of {len(reply)} characters")
        if situation.says and not re.search(situation.says, reply, re.IGNORECASE):
            failed.append(f"does not say {situation.says!r}")
        if situation.says_not and re.search(situation.says_not, reply, re.IGNORECASE):
            failed.append(f"says {situation.says_not!r}")
        return failed

    def _of_feed(self) -> list[str]:
        situation = self.situation
        rows, earlier = ([item.row for item in turn.feed] for turn in (self.after, self.before))
        failed = [] if rows else ["an empty feed"]
        if situation.feed == "same" and rows != earlier:
            failed.append("another feed")
        if situation.feed == "changes" and rows == earlier:
            failed.append("the same feed")
        for text in situation.every:
            condition = check_constraint(self.catalogue, self._condition(text))
            wrong = sum(bool(condition.known[row] and not condition.met[row]) for row in rows)
            failed += [f"{wrong} of the feed are not {text}"] if wrong else []
        for text in situation.none:
            met = check_constraint(self.catalogue, self._condition(text)).met
            wrong = sum(bool(met[row]) for row in rows)
            failed += [f"{wrong} of the feed are {text}"] if wrong else []
        return failed

    def _of_memory(self) -> list[str]:
        situation = self.situation
        held = [item.constraint.canonical() for item in self.after.preferences.remembered]
        failed = []
        for text in situation.remembers:
            if not any(self._matches(part, item) for part in text.split(" | ") for item in held):
                failed.append(f"does not remember {text}")
        for text in situation.forgets:
            if any(self._matches(part, item) for part in text.split(" | ") for item in held):
                failed.append(f"still remembers {text}")
        if situation.unchanged_memory and held != [
            item.constraint.canonical() for item in self.before.preferences.remembered
        ]:
            failed.append("the memory changed")
        return failed

    def _matches(self, text: str, held: Constraint) -> bool:
        sign, facet, op, value = self._parse(text)
        if op is not None and value is None:
            relative = Constraint(Polarity(sign or "+"), Strength.SOFT, facet, op).canonical()
            return relative.key == held.key
        if op is None:
            return held.facet == facet and held.polarity.value == (sign or held.polarity.value)
        wanted = Constraint(Polarity(sign or "+"), Strength.SOFT, facet, op, value)
        meant = resolve(Edit.of((wanted,)), self.before.items, self.catalogue).edit.add
        return held.key in {constraint.key for constraint in (*meant, wanted.canonical())}

    def _condition(self, text: str) -> Remembered:
        _, facet, op, value = self._parse(text)
        if op is None or value is None:
            raise SituationError(f"situation {self.situation.id}: {text!r} is no condition on an item")
        constraint = Constraint(Polarity.POSITIVE, Strength.HARD, facet, op, value)
        if self.catalogue.schema.facets[facet].kind is FacetKind.PERSON:
            constraint = replace(constraint, value=self.catalogue.resolve_person(str(value)) or value)
        return Remembered("c1", constraint)

    def _parse(self, text: str) -> tuple[str, str, Op | None, Value]:
        match = _WISH.fullmatch(text.strip())
        if match is None or match[2] not in self.catalogue.schema.facets:
            raise SituationError(f"situation {self.situation.id}: {text!r} is no wish about this catalogue")
        value: Value = match[4]
        if match[4] is not None and self.catalogue.schema.facets[match[2]].kind is FacetKind.NUMBER:
            if not _NUMBER.fullmatch(match[4]):
                raise SituationError(f"situation {self.situation.id}: {match[4]!r} is no number")
            value = float(match[4])
        return match[1] or "", match[2], Op(match[3]) if match[3] else None, value
