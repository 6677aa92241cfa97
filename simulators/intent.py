"""What a simulated user means and what it types.

A Wish is a group of the bank with its slots bound; an Utterance is the words, and the edit in the words typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stillroom.agents.requests import ShownItem
from stillroom.data.edit import Edit
from stillroom.data.preferences import Remembered
from stillroom.simulators.wording_bank import Group


@dataclass(frozen=True)
class Pointed:
    """A shown item as a person refers to it: by its place in the feed, or by its title."""

    item: ShownItem
    by_title: bool
    is_last: bool = False


SlotValue = str | int | float | Pointed | Remembered


@dataclass(frozen=True)
class Wish:
    """One thing to be said: what it means (the group) about what (the slots)."""

    group: Group
    slots: Mapping[str, SlotValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Utterance:
    """What was typed, the edit in the typed words ("#2", "nolan"), and the patterns that it was made of."""

    text: str
    said: Edit
    act: str
    pattern_ids: tuple[str, ...] = ()
