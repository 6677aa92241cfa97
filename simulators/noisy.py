"""The noisy user: an agenda user who mistypes, hedges, swallows words, runs on, misspeaks and is soon out of patience.

A slip is a wish that is not true of the target; the next command takes it back, in the bank's words for that. Until
then the slip means what it says: nobody could know better, so that is its gold edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from stillroom.data.preferences import Preferences, Remembered
from stillroom.simulators.agenda import AgendaUser
from stillroom.simulators.binder import Binder, Scene
from stillroom.simulators.card import Setting
from stillroom.simulators.drift import contradicts
from stillroom.simulators.noise import LEVELS, Noise, roughen
from stillroom.simulators.truth import true_preferences
from stillroom.simulators.user import Spoken

SLIP: Final = "slip"
_N_DECOYS: Final = 12
_LAST_SLIP: Final = 5
_SLIP_FACETS: Final = frozenset({"genre", "language", "country", "person", "tag", "year", "runtime"})


@dataclass(frozen=True)
class NoisyUser:
    """An agenda user with noise."""

    agenda: AgendaUser
    noise: Noise = field(default_factory=lambda: LEVELS["medium"])
    name: str = "noisy"

    @property
    def patience(self) -> int:
        """Return after how many ignored commands this user gives up."""
        return self.noise.patience

    @property
    def binder(self) -> Binder:
        """Return what ties the user's words to its catalogue."""
        return self.agenda.binder

    def speak(self, scene: Scene, setting: Setting, rng: Random) -> Spoken:
        """Return the next command: a slip taken back, a slip, or what an agenda user would say."""
        spoken = self._correct(scene, rng)
        if spoken is None and setting is not Setting.SINGLE_ROUND and len(scene.turns) <= _LAST_SLIP:
            spoken = self._slip(scene, rng) if rng.random() < self.noise.slips else None
        return self._typed(spoken or self.agenda.speak(scene, setting, rng), rng)

    def change_mind(
        self, scene: Scene, truth: Preferences, revoked: Sequence[Remembered], rng: Random
    ) -> Spoken | None:
        """Return what an agenda user would say, typed as this one types."""
        spoken = self.agenda.change_mind(scene, truth, revoked, rng)
        return None if spoken is None else self._typed(spoken, rng)

    def _typed(self, spoken: Spoken, rng: Random) -> Spoken:
        return replace(spoken, utterance=roughen(spoken.utterance, self.noise, rng))

    def _correct(self, scene: Scene, rng: Random) -> Spoken | None:
        if not any(turn.state.get(SLIP) for turn in scene.turns):
            return None
        truth = true_preferences(scene.turns, self.binder.catalogue)
        wrong = [item for item in truth.remembered if self._is_wrong(item, scene.target)]
        return self.agenda.change_mind(scene, truth, wrong, rng, "correct") if wrong else None

    def _slip(self, scene: Scene, rng: Random) -> Spoken | None:
        """Return one wish that is true of another item and not of the target, None when none comes to mind."""
        others = [row for row in (*scene.rows, *self.binder.well_known) if row != scene.target]
        for _ in range(_N_DECOYS):
            spoken = self.agenda.wish_for(rng.choice(others), scene, rng)
            if spoken is None or spoken.gold is None:
                continue
            said = [Remembered("c1", item, anchor=scene.anchors.get(item.facet)) for item in spoken.gold.add]
            fits = all(item.constraint.is_positive and item.constraint.facet in _SLIP_FACETS for item in said)
            if fits and said and all(self._is_wrong(item, scene.target) for item in said):
                return replace(spoken, utterance=replace(spoken.utterance, act=SLIP), state={SLIP: True})
        return None

    def _is_wrong(self, item: Remembered, target: int) -> bool:
        return contradicts(self.binder.catalogue, self.binder.themes, item, target)
