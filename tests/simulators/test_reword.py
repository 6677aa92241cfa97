"""Other words for known edits: what is kept says all of the edit and nothing else, and names its maker in every row."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from stillroom.agents.models.load import load_model
from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.rules.vocabulary import Vocabulary
from stillroom.agents.wire.edit import decode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.edit import Verdict
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences, merge
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind, load_schema, with_domain
from stillroom.data.store import Store
from stillroom.data.trajectory import Turn
from stillroom.distill.prepare import training_rows
from stillroom.distill.recipe import DataPart, Recipe
from stillroom.simulators.collect import CollectConfig, collect
from stillroom.simulators.lexicon import load_lexicon
from stillroom.simulators.reword import VOICES, RewordConfig, Reworder, reword
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import UserError
from stillroom.simulators.wording_bank import Split
from stillroom.simulators.wording_check import Asked, Check, Reason, WordingCheck


@pytest.fixture(scope="module")
def rules_only(tiny: Catalogue) -> WordingCheck:
    return WordingCheck(load_lexicon(tiny.schema), Vocabulary.of_catalogue(tiny), (), Check.WORDS)


def asked(said: str, *remembered: str) -> Asked:
    memory = Preferences()
    for line in remembered:
        memory = merge(memory, decode_edit(line)).preferences
    edit = decode_edit(said)
    feed = (ShownItem(1, "f1", "Amber Harbours"), ShownItem(2, "f2", "Amber Sparrows"))
    return Asked(ParseRequest("?", feed, memory), edit, merge(memory, edit).edit, "Gilded Engines")


@pytest.mark.parametrize(
    ("said", "text", "reason"),
    [
        ("ban genre = Horror", "please no horror films tonight", None),
        ("ban genre = Horror", "nothing scary films can give me", None),
        ("ban genre = Horror", "", Reason.EMPTY),
        ("ban genre = Horror", "ban genre = horror", Reason.FORM),
        ("ban genre = Horror", "avoid \"horror\" please", Reason.FORM),
        ("ban genre = Horror", "no horror please ->", Reason.FORM),
        ("ban genre = Horror", "horror", Reason.LENGTH),
        ("ban genre = Horror", "no horror like gilded engines", Reason.LEAK),
        ("ban genre = Horror", "nothing with monsters for me", Reason.MISSING),
        ("ban genre = Horror", "no horror, rather a comedy", Reason.EXTRA),
        ("ban genre = Horror", "no horror in japanese", Reason.EXTRA),
        ("ban genre = Horror", "no horror by Ada Reedham", Reason.EXTRA),
        ("ban genre = Horror", "no horror with time travel", Reason.EXTRA),
        ("ban genre = Horror", "no horror under 90 minutes", Reason.EXTRA),
        ("ban genre = Horror", "no horror such as cobalt harbours", None),  # two words of a title prove nothing
        ("must runtime < 120", "it has to be under two hours", None),
        ("must runtime < 120", "it has to be under 2 hours", None),
        ("must runtime < 120", "it has to be short", Reason.MISSING),
        ("must year >= 1970\nmust year <= 1979", "only stuff from the seventies", None),
        ("must year >= 1970\nmust year <= 1979", "only stuff from 1980", Reason.MISSING),
        ("wish tag = time travel", "some time travel would be nice", None),
        ("wish tag = time travel", "some travelling would be nice", Reason.MISSING),
        ("wish person = Reedham", "maybe one with reedham in it", None),
        ("wish item like #2", "more like the second one please", None),
        ("wish item like #2", "more like the first one please", Reason.MISSING),
        ("wish runtime less", "could they be a bit shorter", None),
        ("wish runtime less", "could they be better known", Reason.MISSING),
        ("wish language = French", "something in french would be nice", None),
        ("ban genre = Horror", "only horror films", Reason.OPPOSITE),
        ("ban genre = Horror", "it is horror night", Reason.OPPOSITE),
        ("wish genre = Horror", "no horror films tonight", Reason.OPPOSITE),
        ("ban person = Reedham", "some film by reedham", Reason.OPPOSITE),
        ("must runtime < 120", "longer than two hours please", Reason.OPPOSITE),
        ("must runtime < 120", "nothing under two hours", Reason.OPPOSITE),
        ("must runtime < 120", "two hours it is then", Reason.OPPOSITE),
        ("must runtime > 120", "nothing under two hours", None),
        ("must year >= 1980", "nothing before 1980", None),
        ("must year >= 1980", "nothing after 1980", Reason.OPPOSITE),
        ("wish runtime less", "could they be longer", Reason.OPPOSITE),
        ("wish year more", "no older ones", None),
        ("wish item like #2", "nothing like the second one", Reason.OPPOSITE),
    ],
)  # fmt: skip
def test_the_rules_want_all_of_it_and_nothing_else(
    rules_only: WordingCheck, said: str, text: str, reason: Reason | None
) -> None:
    assert rules_only(text, asked(said)) is reason


def test_what_is_taken_back_is_named(rules_only: WordingCheck) -> None:
    request = asked("drop c1\nwish genre = Drama", "wish genre = Western", "ban genre = Horror")
    assert rules_only("never mind the westerns, a drama would be nice", request) is None
    assert rules_only("a drama would be nice", request) is Reason.MISSING
    assert rules_only("no westerns, no horror, a drama", request) is Reason.EXTRA
    assert rules_only("only westerns, a drama would be nice", request) is Reason.MISSING
    assert rules_only("a western, a drama would be nice", request) is Reason.MISSING


SHELF = """
name = "shelf"
noun = "thing"
domain = "shop"
[facets.price]
kind = "number"
unit = "euros"
[facets.weight]
kind = "number"
unit = "kg"
[facets.theme]
kind = "tag"
"""


@pytest.mark.parametrize(
    ("said", "text", "reason"),
    [
        ("wish price less", "something cheaper", None),
        ("wish price less", "something pricier", Reason.OPPOSITE),
        ("wish price less", "something nice then", Reason.MISSING),
        ("wish weight less", "a bit less weight please", None),
        ("wish weight less", "a bit more weight please", Reason.MISSING),
        ("must weight <= 5", "the weight may be 5 at most", None),
        ("must weight <= 5", "nothing over 5", None),
        ("must weight <= 5", "the weight is over 5", Reason.MISSING),
        ("wish theme = garden party", "for a garden party maybe", None),
        ("ban theme = garden party", "never for a garden party", None),
        ("ban theme = garden party", "for a garden party maybe", Reason.MISSING),
    ],
)
def test_a_world_of_ones_own_is_checked_by_its_own_speech(
    tmp_path: Path, said: str, text: str, reason: Reason | None
) -> None:
    (tmp_path / "shelf.toml").write_text(SHELF, encoding="utf-8")
    schema = load_schema(tmp_path / "shelf.toml")
    vocabulary = Vocabulary.of_lists(with_domain(schema), {})
    check = WordingCheck(load_lexicon(vocabulary.schema), vocabulary, (), Check.WORDS)
    assert check(text, asked(said)) is reason


def test_parsers_have_the_last_word(tiny: Catalogue, rules_only: WordingCheck, scripted: Any) -> None:
    right = Parser(scripted("ban genre = Horror"), tiny)
    wrong = Parser(scripted("wish genre = Horror"), tiny)
    request = asked("ban genre = Horror")

    def verdict(check: Check, *replies: str) -> Reason | None:
        parsers = [Parser(scripted(reply), tiny) for reply in replies]
        return WordingCheck(rules_only.lexicon, rules_only.vocabulary, parsers, check)("no horror at all", request)

    assert right.profile.name == wrong.profile.name == "student"
    good, bad = "ban genre = Horror", "avoid genre = Horror"
    assert verdict(Check.ONE, bad, good) is None
    assert verdict(Check.ONE, bad, bad) is Reason.PARSERS
    assert verdict(Check.BOTH, good, bad) is Reason.PARSERS
    assert verdict(Check.BOTH, good, good) is None
    assert verdict(Check.WORDS, bad, bad) is None


@pytest.fixture
def collected(tiny_stage: Stage, store: Store) -> Store:
    config = CollectConfig(n_episodes=3)
    collect(tiny_stage, tiny_stage.expert_seat(), store, config, run_id="src")
    return store


def changes(store: Store) -> int:
    turns = [turn for episode in store.episodes("src") for turn in episode.turns]
    return sum(turn.gold_said is not None and turn.gold_said.verdict is Verdict.CHANGE for turn in turns)


class _Anything(WordingCheck):
    """Keeps what begins with "keep"."""

    def __call__(self, text: str, asked: Asked) -> Reason | None:
        return None if text.startswith("keep") else Reason.EXTRA


def anything(check: WordingCheck) -> WordingCheck:
    return _Anything(check.lexicon, check.vocabulary, (), Check.BOTH)


def test_kept_wordings_become_rows_that_name_their_maker(
    collected: Store, rules_only: WordingCheck, scripted: Any, recipe: Recipe
) -> None:
    n = changes(collected)
    model = scripted(*[f"keep {number}" if number % 2 else f"drop {number}" for number in range(n)])
    reworder = Reworder(model, anything(rules_only))
    before = training_rows(collected, learner(recipe))
    steps: list[tuple[int, int]] = []
    config = RewordConfig(n_commands=n, n_voices=1)
    summary = reword(collected, "src", "new", reworder, config, lambda *step: steps.append(step))
    assert (summary.n_asked, summary.n_kept) == (n, n // 2)
    assert summary.refused == {"says something else": n - n // 2}
    assert steps[-1] == (n, n)
    rows = training_rows(collected, learner(recipe))
    made = [row for row in rows if row.maker]
    assert len(made) == n // 2
    assert {row.maker for row in made} == {f"scripted prompt {reworder.prompt.hash} check both"}
    assert {row.prompt for row in rows if not row.maker} == {row.prompt for row in before}
    assert all('"maker"' in row.to_json() for row in made)
    assert not any('"maker"' in row.to_json() for row in before)
    for episode in collected.episodes("new"):
        for turn in episode.turns:
            assert all(other.gold_said == turn.gold_said for other in turn.alternatives)
            assert [call.node for call in turn.calls] == ["reword"]


def test_the_model_is_told_the_edit_and_its_literal_words_but_no_title(
    collected: Store, rules_only: WordingCheck, scripted: Any
) -> None:
    model = scripted(*["keep it"] * 4)
    reword(collected, "src", "new", Reworder(model, rules_only), RewordConfig(n_commands=4, n_voices=1))
    asked_texts = [str(messages[-1].content) for messages in model.asked]
    turns = [turn for episode in collected.episodes("new") for turn in episode.turns]
    for text, turn in zip(asked_texts, turns, strict=True):
        assert text.split("\n")[0] in VOICES
        assert turn.gold_said is not None
        for constraint in turn.gold_said.add:
            if constraint.facet in ("tag", "person"):
                assert f'"{constraint.value}"' in text
        assert (turn.command or "") not in text, "the bank's own words are not shown"
        assert len(text.split("\n")[1].split("; ")) >= len(turn.gold_said.add) > 0 or "no longer matters" in text


def test_the_model_is_told_a_worlds_own_units_and_names_word_for_word(scripted: Any) -> None:
    facets = {"price": Facet(kind=FacetKind.NUMBER, unit="euros"), "author": Facet(kind=FacetKind.PERSON)}
    schema = CatalogueSchema(name="shelf", noun="book", facets=facets)
    vocabulary = Vocabulary.of_lists(schema, {})
    check = WordingCheck(load_lexicon(schema), vocabulary, (), Check.WORDS)
    edit = decode_edit("must price < 100\nban author = Ada Reed")
    turn = Turn(1, "?", "", gold_said=edit, gold_edit=edit)
    model = scripted("x y")
    Reworder(model, check).reword(turn, "", RewordConfig(), 1, Random(0))
    assert str(model.asked[0][-1].content).endswith('under 100 euros; no "Ada Reed"')


def test_an_interrupted_run_goes_on_and_asks_nothing_twice(
    collected: Store, rules_only: WordingCheck, scripted: Any
) -> None:
    n = changes(collected)
    first = scripted(*["keep a"] * 2)
    check = anything(rules_only)
    config = RewordConfig(n_commands=n, n_voices=1)
    with pytest.raises(AssertionError, match="unexpected call"):
        reword(collected, "src", "new", Reworder(first, check), config)
    n_stored = sum(len(turn.calls) for episode in collected.episodes("new") for turn in episode.turns)
    rest = scripted(*["keep a"] * (n - n_stored))
    summary = reword(collected, "src", "new", Reworder(rest, check), config)
    assert summary.n_asked == n and rest.replies == []
    again = reword(collected, "src", "new", Reworder(scripted(), check), config)
    assert again == summary


@pytest.mark.parametrize(
    "config",
    [CollectConfig(n_episodes=1, fold=Fold.EVAL), CollectConfig(n_episodes=1, split=Split.EVALUATION)],
    ids=["people", "wordings"],
)
def test_what_is_held_out_is_never_reworded(
    tiny_stage: Stage, store: Store, rules_only: WordingCheck, scripted: Any, config: CollectConfig
) -> None:
    collect(tiny_stage, tiny_stage.expert_seat(), store, config, run_id="held")
    with pytest.raises(UserError, match="nothing may be learnt"):
        reword(store, "held", "new", Reworder(scripted(), rules_only), RewordConfig())
    with pytest.raises(UserError, match="there is no run"):
        reword(store, "none", "new", Reworder(scripted(), rules_only), RewordConfig())


def learner(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"data": DataPart(world="tiny", plan_share=0.2, alternatives=20)})


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(name="tiny")


def test_real_parsers_take_part(tiny: Catalogue, rules_only: WordingCheck) -> None:
    parser = Parser(load_model("rules", tiny), tiny)
    check = WordingCheck(rules_only.lexicon, rules_only.vocabulary, [parser], Check.BOTH)
    assert check("no horror films please", asked("ban genre = Horror")) is None
    assert check("maybe no horror films please", asked("ban genre = Horror")) is Reason.PARSERS
