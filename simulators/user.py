"""A simulated user as sessions know it: a name, its patience, and two steps, each a pure function of the scene.

Contract: a user keeps nothing between two commands; what was said so far stands in the scene's turns. The same scene
and the same generator give the same words. Adding a kind of user is one file plus one line in `cast.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.trajectory import Call, Json
from stillroom.simulators.binder import Binder, Scene
from stillroom.simulators.card import Setting
from stillroom.simulators.intent import Utterance

USER_NODE: Final = "user"
"""What a model call is recorded under when a model plays the user; no call of the agent."""


class UserError(ValueError):
    """A simulated user that cannot be had; the message is one sentence."""


@dataclass(frozen=True)
class Spoken:
    """A command with what it means here: the edit with names resolved, as code would merge it.

    `gold` is None where nobody knows what is meant (a model spoke). `calls` are the model calls that it took, `notes`
    what went wrong on the way, `state` what the record of the turn shall keep.
    """

    utterance: Utterance
    gold: Edit | None
    calls: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()
    state: Mapping[str, Json] = field(default_factory=dict)

    @property
    def said(self) -> Edit | None:
        """Return the edit in the words typed, None where nobody knows it."""
        return None if self.gold is None else self.utterance.said


class User(Protocol):
    """Someone with a hidden target who gives one command after another."""

    @property
    def name(self) -> str:
        """Return how episodes call this user."""
        ...

    @property
    def patience(self) -> int | None:
        """Return after how many ignored commands this user gives up; None: as the session has it."""
        ...

    @property
    def binder(self) -> Binder:
        """Return what ties the user's words to its catalogue."""
        ...

    def speak(self, scene: Scene, setting: Setting, rng: Random) -> Spoken:
        """Return the next command about the feed now shown; raise RuntimeError when there is nothing to say."""
        ...

    def change_mind(
        self, scene: Scene, truth: Preferences, revoked: Sequence[Remembered], rng: Random
    ) -> Spoken | None:
        """Return the command that takes back what no longer holds of what was said, or None where it has no words.

        The scene's target is the new one, `truth` is all that was said and held so far, `revoked` what of it no longer
        holds.
        """
        ...
