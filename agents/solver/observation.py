"""What a step's outcome looks like to the model: a bounded number of harmless lines."""

from __future__ import annotations

from typing import Final

from stillroom.agents.chatml import neutralise

NOTHING: Final = "(nothing was printed: print what you want to see)"
_LEFT_OUT: Final = "\n… {n} characters left out …\n"


def shown(text: str, budget: int) -> str:
    """Return a text of at most about `budget` characters: its beginning and its end; nothing gets a hint instead."""
    lines = (neutralise(line, len(line) + 1) for line in text.splitlines())
    whole = "\n".join(lines).strip()
    if not whole:
        return NOTHING
    if len(whole) <= budget:
        return whole
    head = budget * 2 // 3
    tail = budget - head
    return f"{whole[:head]}{_LEFT_OUT.format(n=len(whole) - budget)}{whole[len(whole) - tail :]}"
