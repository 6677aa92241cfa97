"""Interest drift: midway a person is after something else, and something that was said no longer holds (setting MRID).

The new target is another of the same person's later likes that contradicts what was said; only where none does, it is
a well-known item of the catalogue. What contradicts it is taken back in words (takeback.py), the rest still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import numpy as np

from stillroom.data.catalogue import Catalogue
from stillroom.data.constraint import Constraint, Op
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, Remembered, merge
from stillroom.data.schema import FacetKind
from stillroom.data.trajectory import Json, Score, Turn
from stillroom.simulators.binder import Binder, Scene
from stillroom.simulators.card import UserCard, essentials_of
from stillroom.simulators.metrics import drift_errors
from stillroom.simulators.themes import Themes
from stillroom.simulators.truth import true_preferences
from stillroom.simulators.user import Spoken, User
from stillroom.tools.condition import check_constraint, degree_of, kind_of

DRIFT_TURNS: Final = (2, 3, 4)
"""After how many commands a mind may change; drawn from these by the seed."""
MAX_REVOKED: Final = 3
"""A change of mind takes back a few things, not everything: one that takes back more is a last resort."""
_N_CATALOGUE: Final = 60
_FAR: Final = 0.5
_NEAR: Final = 0.9


@dataclass(frozen=True)
class Candidate:
    """What a person might turn to, and what of the things said so far would no longer hold; `pool` says whence."""

    target: int
    revoked: tuple[Remembered, ...]
    pool: str


@dataclass(frozen=True)
class MindChange:
    """A change of mind that was put into words: in which turn, from which card to which."""

    turn: int
    before: UserCard
    card: UserCard
    pool: str
    spoken: Spoken
    truth: Preferences
    revoked: tuple[Remembered, ...]

    def to_json(self, catalogue: Catalogue) -> dict[str, Json]:
        """Return what an episode's state keeps of it."""
        old = self.before.target
        return {
            "turn": self.turn,
            "from_id": catalogue.ids[old],
            "from_title": catalogue.titles[old],
            "pool": self.pool,
            "revoked": [item.constraint.to_json() for item in self.revoked],
        }


def change_mind(user: User, scene: Scene, card: UserCard, shown: Collection[int], rng: Random) -> MindChange | None:
    """Return the first change of mind that the user has words for; None when nothing was said that could change."""
    binder = user.binder
    truth = true_preferences(scene.turns, binder.catalogue)
    if any(turn.command is not None and turn.gold_edit is None for turn in scene.turns):
        # Nobody knows what a model's words meant: what it was after stands for what it said.
        truth = _after_all(card)
    for found in candidates(binder, card, truth, shown, rng):
        there = replace(scene, target=found.target)
        spoken = user.change_mind(there, truth, found.revoked, rng)
        if spoken is not None:
            essentials = essentials_of(binder.catalogue, found.target)
            after = replace(card, target=found.target, essentials=essentials)
            return MindChange(len(scene.turns), card, after, found.pool, spoken, truth, found.revoked)
    return None


def _after_all(card: UserCard) -> Preferences:
    kinds = [constraint for constraint in card.essentials if constraint.op is Op.EQ]
    return merge(Preferences(), Edit.of(tuple(kinds))).preferences


def candidates(
    binder: Binder, card: UserCard, truth: Preferences, shown: Collection[int], rng: Random
) -> Iterator[Candidate]:
    """Yield what the person might turn to: own later likes before the catalogue's, few contradictions before many."""
    gone = {card.target, *card.history, *shown}
    likes = [row for row in card.others if row not in gone]
    known = [row for row in binder.well_known if row not in gone and row not in likes]
    many: list[Candidate] = []
    for pool, rows in (("later", likes), ("catalogue", known)):
        for row in rng.sample(rows, len(rows) if pool == "later" else min(_N_CATALOGUE, len(rows))):
            found = Candidate(row, _revoked(binder, truth, row), pool)
            if not found.revoked:
                continue
            if len(found.revoked) <= MAX_REVOKED:
                yield found
            else:
                many.append(found)
    yield from sorted(many, key=lambda found: (found.pool != "later", len(found.revoked)))


def _revoked(binder: Binder, truth: Preferences, row: int) -> tuple[Remembered, ...]:
    return tuple(item for item in truth.remembered if contradicts(binder.catalogue, binder.themes, item, row))


def contradicts(catalogue: Catalogue, themes: Themes, item: Remembered, row: int) -> bool:
    """Say whether an item of the catalogue is not what a remembered constraint asks for.

    Unknown values contradict nothing, and neither does popularity, which is only said relative to a feed. "Around" a
    number is contradicted where it is met to less than half; a theme by items whose text is far from it; likeness by
    items that are further from the title than half of the catalogue (nearer than nine tenths, where it is unwanted).
    """
    constraint = item.constraint.canonical()
    kind = kind_of(catalogue, constraint)
    if kind is FacetKind.POPULARITY:
        return False
    if kind is FacetKind.TAG:
        return _contradicts_theme(themes, constraint, row)
    if constraint.op is Op.LIKE:
        return _contradicts_likeness(catalogue, constraint, row)
    condition = check_constraint(catalogue, item)
    if not condition.known[row]:
        return False
    if kind is FacetKind.NUMBER and constraint.op is Op.EQ and not constraint.is_hard and constraint.is_positive:
        return bool(degree_of(catalogue, item)[row] < _FAR)
    return bool(condition.met[row]) is not constraint.is_positive


def _contradicts_theme(themes: Themes, constraint: Constraint, row: int) -> bool:
    said = str(constraint.value)
    theme = themes.lexicon.thesaurus.canonical(said) or said
    if not constraint.is_positive:
        return theme in themes.of(row)
    return theme in themes.foreign_to(row) if theme in themes.names else theme not in themes.rare_of(row)


def _contradicts_likeness(catalogue: Catalogue, constraint: Constraint, row: int) -> bool:
    other = catalogue.resolve_title(str(constraint.value))
    if other is None:
        return False
    likeness = catalogue.text_vectors @ catalogue.text_vectors[other]
    share = float(np.mean(likeness < likeness[row]))
    return share < _FAR if constraint.is_positive else share > _NEAR


def drift_scores(turns: Sequence[Turn], change: MindChange) -> tuple[Score, ...]:
    """Count what the agent made of a change of mind, of what it remembered when it came.

    `n_stale` of `n_revoked` constraints that were taken back are still remembered at the end; `n_forgotten` of
    `n_valid` that hold from before the change to the end are not.
    """
    before, after = (true_preferences(turns[:end]) for end in (change.turn, change.turn + 1))
    at_end = true_preferences(turns)
    memory = Preferences.from_json(list(turns[change.turn].preferences_before))
    held = {constraint.key for constraint in memory.constraints}
    still, last = ({constraint.key for constraint in truth.constraints} for truth in (after, at_end))
    mine = [constraint for constraint in before.constraints if constraint.key in held]
    revoked = [constraint for constraint in mine if constraint.key not in still | last]
    valid = [constraint for constraint in mine if constraint.key in still & last]
    remembered = Preferences.from_json(list(turns[-1].preferences_after)).constraints
    errors = drift_errors(remembered, valid, revoked)
    counts = {
        "n_stale": errors.n_stale,
        "n_revoked": len(revoked),
        "n_forgotten": errors.n_forgotten,
        "n_valid": len(valid),
    }
    return tuple(Score(name, float(count)) for name, count in counts.items())
