"""What the Planner may decide at each point of a turn, and the standard plan, which `expert` and `rules` answer with.

Contract: `plan_shape` is the one description of that, and depends on the request alone. What is remembered and what is
known of the person are made use of, who is new and names no wish is shown what is popular, an empty result is relaxed,
variety is given where it was asked for or the feed's items are much alike, a good feed stays, and what was done in this
turn is not done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stillroom.agents.requests import PlanRequest, ToolReport
from stillroom.agents.wire.plan import LAST, MAX_SIMILAR, Need, PlanShape, Step
from stillroom.data.constraint import Constraint, Op
from stillroom.tools.aggregator import MUCH_ALIKE
from stillroom.tools.call import ToolCall

ITEM_FACET: Final = "item"
DIVERSIFY: Final = "diversify"
RELAX: Final = "relax"
_COUNTING: Final = ("filter", RELAX, LAST)
_NOTHING: Final = ("0 left", "0 items")


def plan_shape(request: PlanRequest) -> PlanShape:
    """Return what a plan must and may hold now, given what is remembered and what the tools reported."""
    reports, done = request.reports, done_in(request.reports)
    if has_feed(reports) and not is_stale(reports):
        return PlanShape(is_over=True)
    steps = tuple(step for step in _steps(request) if step.lines[0] == RELAX or step.lines[0] not in done)
    if is_stale(reports):
        # The feed is right and only its items are much alike: nothing else is called for.
        steps = tuple(step if step.lines == (DIVERSIFY,) else Step(step.lines, Need.MAY) for step in steps)
    return PlanShape(steps)


def standard_plan(request: PlanRequest) -> tuple[ToolCall, ...]:
    """Return the next calls: narrow down (or relax, when nothing was left), score, then aggregate; () keeps a feed."""
    return plan_shape(request).standard


def _steps(request: PlanRequest) -> list[Step]:
    """Return the steps in the usual order, whether or not they were done."""
    constraints = [(item.id, item.constraint.canonical()) for item in request.preferences.remembered]
    hard = [name for name, constraint in constraints if constraint.is_hard]
    liked = [name for name, constraint in constraints if _is_liking(constraint)]
    in_words = any(_is_intent(constraint) for _, constraint in constraints)
    steps = []
    if nothing_left(request.reports):
        # When giving up what the Planner named did not help, the tool chooses: it finds what helps.
        named = [] if _was_relaxed(request.reports) else [f"{RELAX} {name}" for name in hard]
        steps.append(Step((RELAX, *named), Need.MUST))
    elif hard:
        steps.append(Step(("filter",), Need.USUAL))
    if request.has_history or in_words:
        steps.append(Step(("match",), Need.MUST))
    is_new = not (request.has_history or in_words or liked)
    steps.append(Step(("popular",), Need.MUST if is_new else Need.MAY))
    steps += [Step((f"similar {name}",), Need.MUST) for name in liked[-MAX_SIMILAR:]]
    if any(not constraint.is_positive and not constraint.is_hard for _, constraint in constraints):
        steps.append(Step(("attenuate",), Need.MUST))
    needs_variety = request.wants_variety or is_stale(request.reports)
    return [*steps, Step((DIVERSIFY,), Need.MUST if needs_variety else Need.MAY)]


def done_in(reports: Sequence[ToolReport]) -> frozenset[str]:
    """Return the lines of the calls that were reported as done."""
    return frozenset(report.call for report in reports)


def has_feed(reports: Sequence[ToolReport]) -> bool:
    """Say whether a feed with anything in it was made in this turn."""
    made = [report for report in reports if report.call == LAST]
    return bool(made) and not nothing_left(made)


def is_stale(reports: Sequence[ToolReport]) -> bool:
    """Say whether the last report is of a feed whose items are much alike, and nothing was done about it yet."""
    if not reports or reports[-1].call != LAST or MUCH_ALIKE not in reports[-1].outcome:
        return False
    return DIVERSIFY not in done_in(reports)


def nothing_left(reports: Sequence[ToolReport]) -> bool:
    """Say whether the last report that counts items counted none."""
    for report in reversed(reports):
        if report.call.split()[0] in _COUNTING:
            # `0 left` after a filter, `gave up c3, 0 left` after a relax, `0 items, filtered first` of a feed.
            return any(part.strip() in _NOTHING for part in report.outcome.split(","))
    return False


def _was_relaxed(reports: Sequence[ToolReport]) -> bool:
    return any(report.call.split()[0] == RELAX for report in reports)


def _is_liking(constraint: Constraint) -> bool:
    return constraint.is_positive and constraint.facet == ITEM_FACET and constraint.op is Op.LIKE


def _is_intent(constraint: Constraint) -> bool:
    """Say whether this is a soft wish in words, which the matcher can compare with texts."""
    is_wish = constraint.is_positive and not constraint.is_hard
    return is_wish and isinstance(constraint.value, str) and constraint.facet != ITEM_FACET
