"""The agenda user: no LLM; a hidden target, an agenda of true wishes, and a wide wording bank (DESIGN 6).

It looks at the feed, criticises what is wrong with it, reveals its wishes bit by bit, now and then praises, asks, talks
about something else or takes a wish back, and never says the title it is after.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from stillroom.agents.command import resolve
from stillroom.agents.grammar import MAX_LINES
from stillroom.data.catalogue import Catalogue
from stillroom.data.preferences import Preferences, Remembered
from stillroom.data.schema import FacetKind
from stillroom.simulators.binder import Binder, Scene, meant_by
from stillroom.simulators.card import Setting
from stillroom.simulators.intent import Wish
from stillroom.simulators.leakage import find_leak
from stillroom.simulators.takeback import TakeBack
from stillroom.simulators.user import Spoken
from stillroom.simulators.verbalise import Verbaliser
from stillroom.simulators.wording_bank import Group, Role
from stillroom.tools.condition import check_constraint

_CHECKABLE = frozenset({FacetKind.CATEGORICAL, FacetKind.NUMBER, FacetKind.PERSON})


@dataclass(frozen=True)
class AgendaConfig:
    """How often a user does what; shares of commands. The rest of the commands state wishes."""

    keep_share: float = 0.08
    retract_share: float = 0.06
    compound_share: float = 0.1
    n_wishes: tuple[float, float, float] = (0.5, 0.35, 0.15)
    n_wishes_single_round: tuple[int, int] = (3, 5)
    n_tries: int = 40


COVERAGE = AgendaConfig(keep_share=0.16, retract_share=0.16, compound_share=0.2, n_wishes=(0.55, 0.3, 0.15))
"""For collecting training data: the rarer acts are as frequent as a student needs to learn them."""


@dataclass
class AgendaUser:
    """One kind of user; `speak` is a step, and what was said so far is all it remembers."""

    catalogue: Catalogue
    binder: Binder
    verbaliser: Verbaliser
    config: AgendaConfig = field(default_factory=AgendaConfig)
    name: str = "agenda"
    patience: int | None = None

    def speak(self, scene: Scene, setting: Setting, rng: Random) -> Spoken:
        """Return the next command about the feed now shown."""
        for _ in range(self.config.n_tries):
            spoken = self._say(self._wishes(scene, setting, rng), scene, scene.target, rng)
            if spoken is not None:
                return spoken
        raise RuntimeError("no group of the wording bank can be said about this target")

    def wish_for(self, row: int, scene: Scene, rng: Random) -> Spoken | None:
        """Return one wish as somebody would have it who is after another item, None when none comes to mind."""
        other = replace(scene, target=row)
        return self._say(self._new_wishes(other, 1, rng), other, scene.target, rng)

    def change_mind(
        self, scene: Scene, truth: Preferences, revoked: Sequence[Remembered], rng: Random, act: str = "drift"
    ) -> Spoken | None:
        """Return the command that takes back what no longer holds and wishes for something of the scene's target."""

        def new_wish() -> list[Wish]:
            return self._new_wishes(replace(scene, preferences=truth), 1, rng)

        return TakeBack(self.catalogue, self.binder, self.verbaliser).say(scene, truth, revoked, new_wish, rng, act)

    def _say(self, wishes: Sequence[Wish], scene: Scene, hidden: int, rng: Random) -> Spoken | None:
        """Put wishes into words; None where there are none, or where they would tell the hidden item's title."""
        utterance = self.verbaliser.say(wishes, scene.preferences, rng) if wishes else None
        if utterance is None or find_leak(self.catalogue.titles[hidden], utterance.text):
            return None
        if len(utterance.said.add) > MAX_LINES:
            # Nobody asks for what no agent could write down.
            return None
        gold = resolve(utterance.said, scene.feed, self.catalogue).edit
        return Spoken(utterance, gold) if len(gold.add) == len(utterance.said.add) else None

    def _wishes(self, scene: Scene, setting: Setting, rng: Random) -> list[Wish]:
        if setting is Setting.SINGLE_ROUND:
            return self._new_wishes(scene, rng.randint(*self.config.n_wishes_single_round), rng)
        share = rng.random()
        if share < self.config.keep_share:
            return self._one_of([g for g in self.verbaliser.groups if g.role is Role.KEEP], scene, rng)
        share -= self.config.keep_share
        if share < self.config.retract_share and scene.preferences.remembered:
            return self._one_of([g for g in self.verbaliser.groups if g.drops], scene, rng)
        n_wishes = rng.choices((1, 2, 3), self.config.n_wishes)[0]
        return self._new_wishes(scene, n_wishes, rng)

    def _one_of(self, groups: list[Group], scene: Scene, rng: Random) -> list[Wish]:
        for group in rng.sample(groups, len(groups)):
            # "Start over" fits every memory, so it would crowd out what fits only some.
            if any(drop.scope != "old" for drop in group.drops) and rng.random() < 0.7:
                continue
            wish = self.binder.bind(group, scene, rng)
            if wish is not None:
                return [wish]
        return []

    def _new_wishes(self, scene: Scene, n_wishes: int, rng: Random) -> list[Wish]:
        by_facet = self._groups_by_facet(rng.random() < self.config.compound_share)
        wishes: list[Wish] = []
        said: set[str] = set()
        known = {constraint.key for constraint in scene.preferences.constraints}
        kinds = {name: facet.kind for name, facet in self.catalogue.schema.facets.items()}
        for _ in range(self.config.n_tries):
            facets = [facet for facet in by_facet if facet not in said or kinds[facet] is FacetKind.TAG]
            if len(wishes) == n_wishes or not facets:
                break
            facet = rng.choices(facets, [self.catalogue.schema.facets[name].weight for name in facets])[0]
            wish = self.binder.bind(rng.choice(by_facet[facet]), scene, rng)
            if wish is None or not self._is_worth_saying(wish, scene, known, rng):
                continue
            if {constraint.key for constraint in meant_by(wish)} & {c.key for w in wishes for c in meant_by(w)}:
                continue
            wishes.append(wish)
            said |= {facet, *wish.group.facets}
        return wishes

    def _groups_by_facet(self, compound: bool) -> dict[str, list[Group]]:
        found: dict[str, list[Group]] = {}
        for group in self.verbaliser.groups:
            if group.adds and not group.drops and (len(group.facets) == 1 or compound):
                found.setdefault(min(group.facets), []).append(group)
        return found

    def _is_worth_saying(self, wish: Wish, scene: Scene, known: Collection[tuple[object, ...]], rng: Random) -> bool:
        """Say whether a wish is new, and more likely so the more of the feed it criticises."""
        facets = self.catalogue.schema.facets
        constraints = [constraint for constraint in meant_by(wish) if facets[constraint.facet].kind in _CHECKABLE]
        if any(constraint.key in known and not constraint.op.is_relative for constraint in constraints):
            return False
        if not constraints or not scene.rows:
            return True
        wrong = 0.0
        for constraint in constraints:
            item = Remembered("c1", constraint, anchor=scene.anchors.get(constraint.facet))
            met = check_constraint(self.catalogue, item).met[list(scene.rows)].mean()
            wrong = max(wrong, 1 - met if constraint.is_positive else met)
        return rng.random() < 0.25 + 0.75 * wrong
