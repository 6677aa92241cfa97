"""The wire format for a Plan: a tool call a line, the same for every prompt profile; round-trips exactly.

filter                     keep what meets every hard constraint
relax c3                   give up a hard constraint (without an id: the one that is the least loss)
match                      score by what is wanted and by past items
similar c4                 score by likeness to the item of a constraint
diversify                  let the feed be varied
aggregate                  make the feed; ends every plan
stop                       the feed that was made is good: an empty plan, alone

What a plan must and may hold at one point of a turn is a PlanShape; `agents.plan` says which one holds when.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stillroom.tools.call import ToolCall


class PlanError(ValueError):
    """A reply that is no plan; the message names the line."""


LAST: Final = "aggregate"
STOP: Final = "stop"
_WITHOUT_ID: Final = frozenset({"filter", "relax", "match", "attenuate", "popular", "diversify", LAST})
_WITH_ID: Final = frozenset({"relax", "similar"})
_LINE: Final = re.compile(r"([a-z]+)(?: (c[1-9][0-9]{0,8}))?")
MAX_CALLS: Final = 20
MAX_SIMILAR: Final = 8


def encode_plan(plan: Sequence[ToolCall]) -> str:
    """Return the plan in the wire format, without a final newline; an empty one is `stop`."""
    return STOP if not plan else "\n".join(call.line for call in plan)


def decode_plan(text: str) -> tuple[ToolCall, ...]:
    """Read a reply; raise PlanError naming the line that is wrong."""
    lines = [line for line in text.strip().split("\n") if line.strip()]
    if not lines:
        raise PlanError("the reply is empty")
    if lines == [STOP]:
        return ()
    if len(lines) > MAX_CALLS:
        raise PlanError(f"a plan has at most {MAX_CALLS} calls, not {len(lines)}")
    plan = tuple(_decode_call(line) for line in lines)
    names = [call.name for call in plan]
    if names.count(LAST) != 1 or names[-1] != LAST:
        raise PlanError(f"a plan ends in one {LAST}")
    return plan


def _decode_call(line: str) -> ToolCall:
    match = _LINE.fullmatch(line)
    if match is None:
        raise PlanError(f"not a tool call: {line[:80]!r}")
    name, argument = match.groups()
    if name not in _WITHOUT_ID | _WITH_ID:
        raise PlanError(f"there is no tool {name[:80]!r} for a plan")
    if argument is None and name not in _WITHOUT_ID:
        raise PlanError(f"{name} needs the id of a constraint")
    if argument is not None and name not in _WITH_ID:
        raise PlanError(f"{name} takes no argument")
    return ToolCall(name, argument)


class Need(StrEnum):
    """How much a step is needed: no plan is without it, the standard plan has it, or a plan may have it."""

    MUST = "must"
    USUAL = "usual"
    MAY = "may"


@dataclass(frozen=True)
class Step:
    """A call that a plan makes at most once, as one of these lines; the standard plan writes the first."""

    lines: tuple[str, ...]
    need: Need


@dataclass(frozen=True)
class PlanShape:
    """What a plan must and may hold at one point of a turn: its steps in the usual order, before `aggregate`.

    A model's grammar, the check of a plan that no grammar held, and the standard plan are all read from it. `is_over`:
    the feed that was made stays, and the only plan is `stop`.
    """

    steps: tuple[Step, ...] = ()
    is_over: bool = False

    @property
    def grammar(self) -> str:
        """Return a regex whose matches are the plans of this shape, in the usual order."""
        if self.is_over:
            return STOP
        calls = (rf"(({'|'.join(step.lines)})\n){'' if step.need is Need.MUST else '?'}" for step in self.steps)
        return "".join([*calls, LAST])

    @property
    def standard(self) -> tuple[ToolCall, ...]:
        """Return the plan that has every step which is a must or usual."""
        if self.is_over:
            return ()
        return decode_plan("\n".join([*(step.lines[0] for step in self.steps if step.need is not Need.MAY), LAST]))

    def take(self, plan: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
        """Return a decoded plan in the usual order; raise PlanError naming all that this point does not allow."""
        if self.is_over and plan:
            raise PlanError(f"the feed that was made is good, so the only plan is {STOP}")
        if self.is_over:
            return ()
        if not plan:
            raise PlanError("there is no feed that could stay as it is")
        said = {call.line: call for call in plan[:-1]}
        offered = [line for step in self.steps for line in step.lines]
        problems = [f"{line} is of no use here" for line in said if line not in offered]
        for step in self.steps:
            n_said = sum(call.line in step.lines for call in plan)
            if n_said > 1:
                problems.append(f"{step.lines[0]} can be called only once")
            elif not n_said and step.need is Need.MUST:
                problems.append(f"{step.lines[0]} is needed here")
        if problems:
            raise PlanError("; ".join(problems))
        return (*(said[line] for line in offered if line in said), plan[-1])
