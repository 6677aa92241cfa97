"""The wire format for a Plan: a tool call a line, the same for every prompt profile; round-trips exactly.

filter                     keep what meets every hard constraint
relax c3                   give up a hard constraint (without an id: the one that is the least loss)
match                      score by what is wanted and by past items
similar c4                 score by likeness to the item of a constraint
diversify                  let the feed be varied
aggregate                  make the feed; ends every plan
stop                       the feed that was made is good: an empty plan, alone
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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


def plan_grammar(ids: Iterable[str], *, may_stop: bool = False) -> str:
    """Return a regex, every match of which is a plan over constraints of these ids; calls stand in the usual order.

    `may_stop`: there is a feed, which the plan may leave as it is.
    """
    names = "|".join(ids)
    relax, similar = (
        (rf"(relax( ({names}))?\n)?", rf"(similar ({names})\n){{0,{MAX_SIMILAR}}}") if names else (r"(relax\n)?", "")
    )
    calls = rf"(filter\n)?{relax}(match\n)?(popular\n)?{similar}(attenuate\n)?(diversify\n)?{LAST}"
    return f"({STOP}|{calls})" if may_stop else calls
