"""The standard plan: the deterministic reference planner, which `expert` and `rules` answer with.

Contract: the plan depends on the request alone, and ends in `aggregate`; once a feed was made it is empty (the feed
stays) unless the feed's items are much alike, when it is varied and made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stillroom.agents.requests import PlanRequest, ToolReport
from stillroom.agents.wire.plan import LAST, MAX_SIMILAR
from stillroom.data.constraint import Constraint, Op
from stillroom.tools.aggregator import MUCH_ALIKE
from stillroom.tools.call import ToolCall

ITEM_FACET: Final = "item"
DIVERSIFY: Final = "diversify"


def standard_plan(request: PlanRequest) -> tuple[ToolCall, ...]:
    """Return the next calls: narrow down (or relax, when nothing was left), score, then aggregate.

    What was reported as done in this turn is not done again.
    """
    done = done_in(request.reports)
    if has_feed(request.reports):
        return (ToolCall(DIVERSIFY), ToolCall(LAST)) if is_stale(request.reports) else ()
    constraints = [(item.id, item.constraint.canonical()) for item in request.preferences.remembered]
    plan: list[ToolCall] = []
    if nothing_left(request.reports):
        plan.append(ToolCall("relax"))
    elif any(constraint.is_hard for _, constraint in constraints):
        plan.append(ToolCall("filter"))
    liked = [name for name, constraint in constraints if _is_liking(constraint)]
    if request.has_history or any(_is_intent(constraint) for _, constraint in constraints):
        plan.append(ToolCall("match"))
    elif not liked:
        plan.append(ToolCall("popular"))
    plan += [ToolCall("similar", name) for name in liked[-MAX_SIMILAR:]]
    if any(not constraint.is_positive and not constraint.is_hard for _, constraint in constraints):
        plan.append(ToolCall("attenuate"))
    if request.wants_variety:
        plan.append(ToolCall(DIVERSIFY))
    return (*(call for call in plan if call.name == "relax" or call.line not in done), ToolCall(LAST))


def done_in(reports: Sequence[ToolReport]) -> frozenset[str]:
    """Return the lines of the calls that were reported as done."""
    return frozenset(report.call for report in reports)


def has_feed(reports: Sequence[ToolReport]) -> bool:
    """Say whether a feed was made in this turn."""
    return LAST in done_in(reports)


def is_stale(reports: Sequence[ToolReport]) -> bool:
    """Say whether the last report is of a feed whose items are much alike, and nothing was done about it yet."""
    if not reports or reports[-1].call != LAST or MUCH_ALIKE not in reports[-1].outcome:
        return False
    return DIVERSIFY not in done_in(reports)


def nothing_left(reports: Sequence[ToolReport]) -> bool:
    """Say whether the last report that counts items counted none."""
    for report in reversed(reports):
        if report.call.split()[0] in ("filter", "relax"):
            # `0 left` after a filter, `gave up c3, 0 left` after a relax.
            return any(part.strip() == "0 left" for part in report.outcome.split(","))
    return False


def _is_liking(constraint: Constraint) -> bool:
    return constraint.is_positive and constraint.facet == ITEM_FACET and constraint.op is Op.LIKE


def _is_intent(constraint: Constraint) -> bool:
    """Say whether this is a soft wish in words, which the matcher can compare with texts."""
    is_wish = constraint.is_positive and not constraint.is_hard
    return is_wish and isinstance(constraint.value, str) and constraint.facet != ITEM_FACET
