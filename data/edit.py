"""An edit: what one command changes in the remembered preferences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stillroom.data.constraint import Constraint, ConstraintError


class Verdict(StrEnum):
    """Whether a command changes anything; praise, thanks, questions, off-topic talk, abuse and orders do not."""

    CHANGE = "change"
    KEEP = "keep"


@dataclass(frozen=True)
class Edit:
    """Constraints to add and ids to retract; a verdict of keep carries neither."""

    verdict: Verdict
    add: tuple[Constraint, ...] = ()
    retract: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an edit whose verdict and content disagree."""
        if (self.verdict is Verdict.CHANGE) != bool(self.add or self.retract):
            raise ConstraintError("an edit changes something exactly when its verdict is change")

    @classmethod
    def of(cls, add: tuple[Constraint, ...] = (), retract: tuple[str, ...] = ()) -> Edit:
        """Return the edit with the verdict that its content implies."""
        return cls(Verdict.CHANGE if add or retract else Verdict.KEEP, add, retract)

    def to_json(self) -> dict[str, object]:
        """Return the contract's JSON object."""
        return {
            "verdict": self.verdict.value,
            "add": [constraint.to_json() for constraint in self.add],
            "retract": list(self.retract),
        }

    @classmethod
    def from_json(cls, data: object) -> Edit:
        """Read the contract's JSON object; raise ConstraintError naming the part that is wrong."""
        if not isinstance(data, dict):
            raise ConstraintError(f"an edit is a JSON object, not {type(data).__name__}")
        add, retract = data.get("add", []), data.get("retract", [])
        if not isinstance(add, list) or not isinstance(retract, list):
            raise ConstraintError("an edit's add and retract are lists")
        if not all(isinstance(name, str) for name in retract):
            raise ConstraintError("an edit's retract holds ids as text")
        edit = cls.of(tuple(Constraint.from_json(item) for item in add), tuple(retract))
        if data.get("verdict") not in (None, edit.verdict.value):
            raise ConstraintError(f"an edit's verdict {data.get('verdict')!r} disagrees with its content")
        return edit


KEEP = Edit(Verdict.KEEP)
