"""From wishes to words, over many seeds: what is said means what was wished, in every voice; patterns never cross."""

from __future__ import annotations

import re
from random import Random

import pytest

from stillroom.agents.command import resolve
from stillroom.agents.feed_graph import shown_items
from stillroom.agents.grammar import edit_grammar
from stillroom.agents.wire.edit import decode_edit, encode_edit
from stillroom.data.constraint import Constraint
from stillroom.data.edit import Edit
from stillroom.data.preferences import Preferences, merge
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.binder import Scene, meant_by
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.intent import Wish
from stillroom.simulators.stage import Stage
from stillroom.simulators.verbalise import Verbaliser
from stillroom.simulators.voices import CLOSE, OPEN, Voice, spans, speak_as, voices, without_marks
from stillroom.simulators.wording_bank import SLOT, Group, Role, Split
from stillroom.tools.feed import anchors

REMEMBERED = (
    "must genre = Comedy",
    "ban genre = Horror",
    "must year >= 1980",
    "must year <= 1989",
    "wish runtime less",
    "avoid tag = revenge",
    "wish person = Ada Reedham",
)


@pytest.fixture(scope="module")
def scenes(tiny_stage: Stage, cards: tuple[UserCard, ...]) -> list[Scene]:
    """Return every card's target before an opening feed, with something to take back."""
    found = []
    preferences = Preferences()
    for line in REMEMBERED:
        preferences = merge(preferences, decode_edit(line)).preferences
    graph = tiny_stage.expert_seat().graph
    for card in cards:
        feed = graph.invoke({"command": None, "history": card.history})["feed"]
        rows = tuple(item.row for item in feed)
        shown = shown_items(feed, tiny_stage.catalogue)
        found.append(Scene(card.target, shown, rows, preferences, anchors(tiny_stage.catalogue, rows)))
    return found


def bound_wishes(stage: Stage, scenes: list[Scene], split: Split) -> list[tuple[Scene, Group, Wish]]:
    """Bind every group of a split wherever it can be bound."""
    rng = Random(1)
    found = []
    for group in stage.user(split).verbaliser.groups:
        for scene in rng.sample(scenes, len(scenes)):
            wish = stage.binder.bind(group, scene, rng)
            if wish is not None:
                found.append((scene, group, wish))
                break
    return found


@pytest.mark.parametrize("split", list(Split))
def test_every_group_says_what_it_means(tiny_stage: Stage, scenes: list[Scene], split: Split) -> None:
    verbaliser, rng = Verbaliser(tiny_stage.bank, tiny_stage.lexicon, split), Random(2)
    n_said = 0
    for scene, group, wish in bound_wishes(tiny_stage, scenes, split):
        for _ in range(4):
            utterance = verbaliser.say([wish], scene.preferences, rng)
            if utterance is None:
                continue
            n_said += 1
            assert OPEN not in utterance.text and CLOSE not in utterance.text
            assert SLOT.search(utterance.text) is None, utterance.text
            line = encode_edit(utterance.said)
            assert decode_edit(line) == utterance.said
            assert re.fullmatch(edit_grammar(tiny_stage.catalogue, scene.preferences), line), (utterance.text, line)
            resolved = resolve(utterance.said, scene.feed, tiny_stage.catalogue)
            assert resolved.notes == ()
            assert keys(resolved.edit.add) == keys(meant(tiny_stage, wish)), (group.header, utterance.text)
            assert bool(utterance.said.retract) is bool(group.drops)
            assert (group.role is Role.KEEP) is (utterance.said == Edit.of())
    assert n_said > 400


def meant(stage: Stage, wish: Wish) -> tuple[Constraint, ...]:
    """Return the wish with the names as the catalogue writes them."""
    edit = Edit.of(tuple(c for c in meant_by(wish)))
    return resolve(edit, (), stage.catalogue).edit.add


def keys(constraints: tuple[Constraint, ...]) -> list[str]:
    return sorted(str(constraint.key) for constraint in constraints)


def test_wishes_together_say_all_of_them(tiny_stage: Stage, scenes: list[Scene]) -> None:
    user, n_lines = tiny_stage.user(Split.TRAIN, COVERAGE), 0
    for seed in range(150):
        rng = Random(seed)
        scene = scenes[seed % len(scenes)]
        spoken = user.speak(scene, Setting.SINGLE_ROUND if seed % 3 else Setting.MULTI_ROUND, rng)
        line = encode_edit(spoken.utterance.said)
        assert re.fullmatch(edit_grammar(tiny_stage.catalogue, scene.preferences), line), (spoken.utterance.text, line)
        assert len(spoken.gold.add) == len(spoken.utterance.said.add)
        n_lines = max(n_lines, len(spoken.gold.add))
        again = user.speak(scene, Setting.SINGLE_ROUND if seed % 3 else Setting.MULTI_ROUND, Random(seed))
        assert again == spoken, "the same die gives the same words"
    assert n_lines >= 4


def test_what_must_be_copied_stands_in_the_words(tiny_stage: Stage, scenes: list[Scene]) -> None:
    user = tiny_stage.user(Split.TRAIN)
    n_names = 0
    for seed in range(120):
        spoken = user.speak(scenes[seed % len(scenes)], Setting.SINGLE_ROUND, Random(seed))
        for constraint in spoken.utterance.said.add:
            if constraint.facet == "person" or (constraint.facet == "item" and str(constraint.value)[:1] != "#"):
                assert str(constraint.value) in spoken.utterance.text
                n_names += 1
    assert n_names > 20


@pytest.mark.parametrize("voice", voices(), ids=lambda voice: voice.name)
def test_a_voice_never_misspells_what_is_to_be_copied(voice: Voice) -> None:
    text = f"please show me something like {OPEN}Amber Orchards{CLOSE} but not by {OPEN}Zoë O'Hara-Ng{CLOSE}, you know?"
    for seed in range(60):
        typed = speak_as(voice, text, Random(seed))
        assert [span.casefold() for span in spans(typed)] == ["amber orchards", "zoë o'hara-ng"]
        assert speak_as(voice, text, Random(seed)) == typed
        plain = without_marks(typed).casefold()
        assert OPEN not in plain and "not" in plain or voice.name in ("typos", "drawn out")


def test_no_wording_is_on_both_sides_of_the_split(tiny_stage: Stage) -> None:
    sides = {split: {p.skeleton for p in tiny_stage.bank.patterns if p.split is split} for split in Split}
    assert sides[Split.TRAIN] & sides[Split.EVALUATION] == set()
    spoken = {
        split: {group.header for group in Verbaliser(tiny_stage.bank, tiny_stage.lexicon, split).groups}
        for split in Split
    }
    assert spoken[Split.EVALUATION] <= spoken[Split.TRAIN], "evaluation asks nothing that training cannot say"
