"""What a step's outcome looks like to the model: a bounded number of harmless lines."""

from __future__ import annotations

from typing import Final

from stillroom.agents.chatml import neutralise

NOTHING: Final = "(nothing was printed: print what you want to see)"
_LEFT_OUT: Final = "\n… {n} characters left out …\n"


def harmless(text: str) -> str:
    """Return a text as a model may read it: no control characters, and no special tokens."""
    return "\n".join(neutralise(line, 2 * len(line)) for line in text.splitlines()).strip()


def shown(text: str, budget: int) -> str:
    """Return a text of at most about `budget` characters: its beginning and its end; nothing gets a hint instead."""
    whole = harmless(text)
    if not whole:
        return NOTHING
    if len(whole) <= budget:
        return whole
    head = budget * 2 // 3
    tail = budget - head
    return f"{whole[:head]}{_LEFT_OUT.format(n=len(whole) - budget)}{whole[len(whole) - tail :]}"
