"""The words that ship: every form exists, every pattern says its header and no wording means two things."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from stillroom.data.schema import CatalogueSchema, FacetKind, load_schema
from stillroom.simulators.lexicon import Lexicon, load_lexicon
from stillroom.simulators.wording_bank import Pattern, Role, Split, WordingBank, load_bank

_FORMS = {
    "genre": {"plural", "a", "adj"},
    "language": {"plural", "adj", "noun"},
    "country": {"plural", "adj", "noun"},
    "tag": {"noun", "adj", "attr"},
    "np": {"plural", "a"},
    "old": {"", "plural", "noun"},
    "category": {"plural", "a", "adj"},
}
_WORLDS = ("films", "books", "shop")
_MOVIELENS_GENRES = {
    *("Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
}


def shipped(world: str) -> CatalogueSchema:
    """Return the schema of a world that ships."""
    return load_schema(Path(__file__).parents[2] / "data" / "worlds" / f"{world}.toml")


@pytest.fixture(scope="module", params=_WORLDS)
def bank(request: pytest.FixtureRequest) -> WordingBank:
    """Return the bank of each world."""
    return load_bank(schema=shipped(request.param))


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Return the lexicon of films."""
    return load_lexicon(shipped("films"))


def test_it_is_wide(bank: WordingBank, lexicon: Lexicon) -> None:
    assert len({(pattern.group.header, pattern.skeleton) for pattern in bank.patterns}) >= 1200
    assert len(lexicon.tags) >= 300
    assert set(lexicon.facets["genre"].values) == _MOVIELENS_GENRES
    for genre, forms in lexicon.facets["genre"].values.items():
        assert len({form for options in forms.values() for form in options}) >= 12, genre
        assert len(forms["plural"]) >= 7, genre


def test_no_meaning_is_known_by_a_handful_of_wordings(bank: WordingBank) -> None:
    n_trained: dict[str, int] = defaultdict(int)
    for pattern in bank.patterns:
        n_trained[pattern.group.header] += pattern.split is Split.TRAIN
    assert {header: n for header, n in n_trained.items() if n < 12} == {}


@pytest.mark.parametrize("world", ["books", "shop"])
def test_a_facet_that_films_lack_is_spoken_of_in_sixty_ways(world: str) -> None:
    schema, films = shipped(world), shipped("films")
    ways: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for pattern in load_bank(schema=schema).patterns:
        for add in pattern.group.adds:
            ways[add.facet][add.tone].add(pattern.skeleton)
        for drop in pattern.group.drops:
            ways[drop.facet]["drop"].add(pattern.skeleton)
    named = (FacetKind.CATEGORICAL, FacetKind.PERSON)
    for facet in (facet for facet in schema.facets.values() if facet.name not in films.facets):
        tones = ("must", "wish", "ban", "avoid", "drop") if facet.kind in named else ("must", "wish", "drop")
        assert {tone: n for tone in tones if (n := len(ways[facet.name][tone])) < 60} == {}, facet.name


@pytest.mark.parametrize("world", ["books", "shop"])
def test_words_made_of_others_stay_on_their_side(world: str) -> None:
    side = {pattern.source: pattern.split for pattern in load_bank().patterns}
    crossed = [
        pattern.text
        for pattern in load_bank(schema=shipped(world)).patterns
        if pattern.split is Split.EVALUATION and side.get(pattern.source, Split.EVALUATION) is Split.TRAIN
    ]
    assert crossed == []


@pytest.mark.parametrize(("facet", "table"), [("category", "categories"), ("tag", "tags")])
def test_the_shop_s_words_name_one_thing_each(facet: str, table: str) -> None:
    words = load_lexicon(shipped("shop")).facets[facet]
    named: dict[str, set[str]] = defaultdict(set)
    for value, forms in words.values.items():
        for form in (form for options in forms.values() for form in options):
            named[form.casefold()].add(value)
    assert {form: values for form, values in named.items() if len(values) > 1} == {}, table


def test_a_genre_s_words_name_no_other_genre_and_no_theme(lexicon: Lexicon) -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for table in (lexicon.facets["genre"].values, lexicon.tags):
        for value, forms in table.items():
            for form in (*forms.get("plural", ()), *forms.get("noun", ()), *forms.get("attr", ())):
                named[form.casefold()].add(value)
    assert {form: values for form, values in named.items() if len(values) > 1} == {}


def test_no_theme_is_a_genre(lexicon: Lexicon) -> None:
    assert {tag.casefold() for tag in lexicon.tags} & {
        genre.casefold() for genre in lexicon.facets["genre"].values
    } == set()
    assert all(forms["noun"] for forms in lexicon.tags.values())


def test_nobody_asks_for_a_technical_keyword_or_for_cruelty(lexicon: Lexicon) -> None:
    assert lexicon.is_unwished("duringcreditsstinger")
    assert lexicon.is_unwished("Rape")
    assert not lexicon.is_unwished("heist")
    assert lexicon.thesaurus.canonical("based on novel") == "based on a book"


def test_every_place_in_the_feed_can_be_named(lexicon: Lexicon) -> None:
    assert {str(place) for place in range(1, 11)} <= set(lexicon.values["positions"])


def test_slots_ask_for_forms_that_exist(bank: WordingBank) -> None:
    wrong = [
        f"{pattern.source}: {pattern.text}"
        for pattern in bank.patterns
        for slot, form in pattern.slots
        if slot.rstrip("23456789") in _FORMS and form not in _FORMS[slot.rstrip("23456789")] | {""}
    ]
    assert wrong == []


def test_a_pattern_names_every_slot_of_its_header(bank: WordingBank) -> None:
    assert [f"{p.source}: {p.text}" for p in bank.patterns if _needed(p) - {slot for slot, _ in p.slots}] == []


def test_no_command_means_two_things(bank: WordingBank) -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for pattern in bank.patterns:
        # What is retracted depends on what is remembered, so those words may stand under several headers.
        if pattern.group.role in (Role.CLAUSE, Role.KEEP) and not pattern.group.drops:
            meaning = "keep" if pattern.group.role is Role.KEEP else pattern.group.header
            meanings[pattern.skeleton].add(meaning)
    assert {words: headers for words, headers in meanings.items() if len(headers) > 1} == {}


def test_training_can_say_everything_and_evaluation_says_it_otherwise(bank: WordingBank) -> None:
    words = {split: {p.skeleton for p in bank.patterns if p.split is split} for split in Split}
    assert words[Split.TRAIN] & words[Split.EVALUATION] == set()
    trained = {pattern.group.header for pattern in bank.patterns if pattern.split is Split.TRAIN}
    assert {pattern.group.header for pattern in bank.patterns} - trained == set()


def _needed(pattern: Pattern) -> set[str]:
    if pattern.group.role not in (Role.CLAUSE, Role.PRE, Role.POST) or pattern.group.drops:
        return set()
    return set(re.findall(r"\{([a-z]+[0-9]?)(?:\.[a-z]+)?\}", pattern.group.header))
