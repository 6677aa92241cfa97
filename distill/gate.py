"""The gate of a training set: which of a teacher's turns become rows, by the truth of the simulation (rejection).

`none`       every turn, with what the user meant as its completion: for the privileged teacher, who says just that
`confirmed`  the teacher's own words, and only where they come to what the user meant, tone included

Contract: a gate sees training turns alone; `GateYield` says by slice how many turns came and how many went through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from stillroom.data.edit import Edit
from stillroom.data.trajectory import Turn
from stillroom.simulators.metrics import score_edit

GateName = Literal["none", "confirmed"]


@dataclass
class GateYield:
    """How many turns of each slice were looked at, and how many of them were kept."""

    seen: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, kept: bool) -> None:
        """Count one turn."""
        self.seen[name] += 1
        self.kept[name] += kept

    def lines(self) -> Iterable[str]:
        """Yield `slice: kept of seen (share)`, the total last."""
        for name in sorted(self.seen):
            yield f"{name}: {self.kept[name]:,} of {self.seen[name]:,} ({self.kept[name] / self.seen[name]:.0%})"
        if len(self.seen) > 1:
            kept, seen = self.kept.total(), self.seen.total()
            yield f"all: {kept:,} of {seen:,} ({kept / seen:.0%})"


def completion_of(turn: Turn, gate: GateName) -> Edit | None:
    """Return the edit that a turn teaches, in the words said; None when the gate keeps the turn out."""
    if turn.gold_said is None or turn.gold_edit is None:
        return None
    if gate == "none":
        return turn.gold_said
    if turn.edit_said is None or turn.edit_effective is None:
        return None
    return turn.edit_said if score_edit(turn.edit_effective, turn.gold_edit).n_exact else None
