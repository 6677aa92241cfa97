"""How a user says that something no longer holds: for each such wish a clause that drops it, most with a new wish.

The clauses come from the bank's groups that drop, or whose new bound displaces the old one, so the wording split holds
here too. The user speaks of its own memory: it also takes back what the agent never remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from stillroom.agents.command import resolve
from stillroom.agents.grammar import MAX_LINES
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, Remembered, merge
from stillroom.data.trajectory import Json
from stillroom.simulators.binder import Binder, Scene, meant_by
from stillroom.simulators.intent import Wish
from stillroom.simulators.leakage import find_leak
from stillroom.simulators.truth import TAKEN_BACK
from stillroom.simulators.user import Spoken
from stillroom.simulators.verbalise import Verbaliser, retracted
from stillroom.simulators.wording_bank import Group

_N_TRIES: Final = 12
_NEW_WISH_RATE: Final = 0.7
# An id that no memory issues within a session: what is taken back though the agent does not remember it.
_UNKNOWN: Final = "c99999999"


@dataclass(frozen=True)
class TakeBack:
    """Says what no longer holds, with one user's wordings."""

    catalogue: Catalogue
    binder: Binder
    verbaliser: Verbaliser

    def say(
        self,
        scene: Scene,
        truth: Preferences,
        revoked: Sequence[Remembered],
        new_wish: Callable[[], list[Wish]],
        rng: Random,
        act: str,
    ) -> Spoken | None:
        """Return one command that takes all of `revoked` back and wishes for something, None when it has no words."""
        for _ in range(_N_TRIES):
            wishes = self._wishes(scene, truth, revoked, rng)
            if wishes is None:
                continue
            gone = retracted(wishes, truth)
            if not any(wish.group.adds for wish in wishes):
                wishes += new_wish()
            spoken = self._speak(wishes, scene, rng, act)
            if spoken is not None:
                lost: list[Json] = [item.constraint.to_json() for item in truth.remembered if item.id in gone]
                return replace(spoken, state={TAKEN_BACK: lost})
        return None

    def _wishes(
        self, scene: Scene, truth: Preferences, revoked: Sequence[Remembered], rng: Random
    ) -> list[Wish] | None:
        wishes: list[Wish] = []
        after = truth
        for item in rng.sample(list(revoked), len(revoked)):
            if item.id not in after.ids:  # it went with another: both bounds of a decade are one thing
                continue
            wish = self._wish(item, scene, rng)
            if wish is None:
                return None
            wishes.append(wish)
            after = merge(after, Edit.of(meant_by(wish), retracted([wish], after))).preferences
        return wishes if not set(after.ids) & {item.id for item in revoked} else None

    def _wish(self, item: Remembered, scene: Scene, rng: Random) -> Wish | None:
        """Return a group about this one constraint, bound to the scene's target."""
        alone = replace(scene, preferences=Preferences((item,)))
        with_new = rng.random() < _NEW_WISH_RATE
        groups = list(self._groups_about(item))
        for group in sorted(rng.sample(groups, len(groups)), key=lambda group: bool(group.adds) is not with_new):
            wish = self.binder.bind(group, alone, rng)
            if wish is not None and _is_gone(item, wish):
                return wish
        return None

    def _groups_about(self, item: Remembered) -> Iterable[Group]:
        facet, polarity = item.constraint.facet, item.constraint.polarity.value
        for group in self.verbaliser.groups:
            drops = {(drop.scope, drop.facet, drop.polarity) for drop in group.drops}
            if drops == {("old", facet, polarity)} or (not drops and group.facets == {facet} and len(group.adds) < 3):
                yield group

    def _speak(self, wishes: list[Wish], scene: Scene, rng: Random, act: str) -> Spoken | None:
        told = [_as_remembered(wish, scene.preferences) for wish in wishes]
        utterance = self.verbaliser.say(told, scene.preferences, rng)
        if utterance is None or find_leak(self.catalogue.titles[scene.target], utterance.text):
            return None
        if len(utterance.said.add) > MAX_LINES:
            return None
        gold = resolve(utterance.said, scene.feed, self.catalogue).edit
        if len(gold.add) != len(utterance.said.add):
            return None
        return Spoken(replace(utterance, act=act), gold)


def _is_gone(item: Remembered, wish: Wish) -> bool:
    """Say whether this wish leaves nothing of a constraint that was remembered alone."""
    memory = Preferences((item,))
    return item.id not in merge(memory, Edit.of(meant_by(wish), retracted([wish], memory))).preferences.ids


def _as_remembered(wish: Wish, preferences: Preferences) -> Wish:
    """Return the wish with what it takes back under the id that the agent gave it, if it remembers it at all."""
    old = wish.slots.get("old")
    if not isinstance(old, Remembered):
        return wish
    known = (item.id for item in preferences.remembered if item.constraint.key == old.constraint.key)
    return replace(wish, slots={**wish.slots, "old": replace(old, id=next(known, _UNKNOWN))})
