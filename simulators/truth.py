"""What a faultless agent would remember of what a simulated user said."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Edit, Verdict
from stillroom.data.preferences import Preferences, Remembered, merge
from stillroom.data.trajectory import Turn
from stillroom.tools.feed import anchors

TAKEN_BACK = "taken_back"
"""Where a turn's state keeps what was taken back, whether the agent remembered it or not."""


def true_preferences(turns: Sequence[Turn], catalogue: Catalogue | None = None) -> Preferences:
    """Return what a faultless agent would remember of what was said in these turns.

    What a turn retracts is named by the agent's own ids, so it is carried over by the constraint, not by the id. With
    a catalogue, a relative wish ("shorter") has the anchor that it had when it was said.
    """
    truth = Preferences()
    for turn in turns:
        taken_back = _taken_back(turn)
        if turn.gold_edit is None or (turn.gold_edit.verdict is Verdict.KEEP and not taken_back):
            continue
        said = {str(item["id"]): Remembered.from_json(dict(item)).constraint.key for item in turn.preferences_before}
        gone = {said[name] for name in turn.gold_edit.retract if name in said} | taken_back
        retract = tuple(item.id for item in truth.remembered if item.constraint.key in gone)
        shown = _anchors(turn, catalogue) if catalogue is not None else None
        truth = merge(truth, Edit.of(turn.gold_edit.add, retract), anchors=shown).preferences
    return truth


def _taken_back(turn: Turn) -> set[tuple[object, ...]]:
    found = turn.state.get(TAKEN_BACK)
    return {Constraint.from_json(item).key for item in found} if isinstance(found, list) else set()


def _anchors(turn: Turn, catalogue: Catalogue) -> dict[str, float]:
    return anchors(catalogue, tuple(catalogue.row_of(str(item["id"])) for item in turn.feed_shown))
