"""What every world's schema has to bring about: it loads, its users can talk of all its facets, and agents read them.

A new world is three lines: a class with the path of its schema (or the schema itself) and some values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from tests.conftest import WordEncoder

from stillroom.agents.grammar import edit_grammar
from stillroom.agents.requests import ParseRequest, ShownItem
from stillroom.agents.rules import Vocabulary, parse_command
from stillroom.agents.wire.edit import encode_edit
from stillroom.data.catalogue import Catalogue
from stillroom.data.fetch import Fetcher
from stillroom.data.interactions import Fold
from stillroom.data.preferences import Preferences
from stillroom.data.schema import CatalogueSchema, FacetKind, load_schema
from stillroom.data.trajectory import Turn
from stillroom.data.worlds import WorldFiles, build_catalogue
from stillroom.simulators.agenda import COVERAGE
from stillroom.simulators.card import Setting
from stillroom.simulators.leakage import Spoken, audit
from stillroom.simulators.session import SessionRunner
from stillroom.simulators.stage import Stage, build_stage
from stillroom.simulators.wording_bank import Split

WORLDS = Path(__file__).parents[2] / "data" / "worlds"
N_ITEMS, N_PEOPLE = 90, 30
BOATS = """
name = "boats"
noun = "boat"
[facets.rig]
kind = "categorical"
[facets.designer]
kind = "person"
[facets.length]
kind = "number"
[facets.length.speech]
units = ["feet"]
near = 6
step = 2
[facets.popularity]
kind = "popularity"
[facets.item]
kind = "item"
[interactions]
file = "ratings.csv"
"""
FILM_WORDS = re.compile(r"\b(?:films?|movies?|flicks?|cinema|actors?|subtitles|starring|runtime)\b", re.IGNORECASE)


def table_of(schema: CatalogueSchema, values: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return items with something in every column of a schema."""
    random = np.random.default_rng(5)
    names = [f"{zlib_word(number)} {zlib_word(number + 7)}" for number in range(N_ITEMS)]
    columns: dict[str, list[object]] = {"id": [f"i{n}" for n in range(N_ITEMS)], "title": list(names)}
    for text in schema.item.text:
        columns[text] = [f"about {n}" for n in range(N_ITEMS)]
    for facet in schema.facets.values():
        for column in facet.columns or ((facet.name,) if facet.kind is not FacetKind.ITEM else ()):
            if facet.kind in (FacetKind.NUMBER, FacetKind.POPULARITY):
                low, high = (facet.minimum or 1), min(facet.maximum or 90, 2000)
                low = max(low, 1960) if facet.speech.calendar else low
                columns[column] = list(random.uniform(low, max(high, low + 1), N_ITEMS).round(0).tolist())
            else:
                known = values.get(facet.name, ("Ada Reedham", "Bo Lindqvist", "Cleo Marsh", "Dov Arden"))
                columns[column] = list(random.choice(known, N_ITEMS).tolist())
    return pd.DataFrame(columns)


def zlib_word(number: int) -> str:
    """Return a word that stands in no wording."""
    letters = "bcdfgklmnprtvz"
    return "".join(letters[(number * step + step) % 14] + "aeiou"[(number + step) % 5] for step in (3, 5, 11)).title()


def ratings_of(like: float) -> pd.DataFrame:
    """Return what people rated, in an order."""
    random = np.random.default_rng(6)
    rows = [
        (f"u{user}", f"i{item}", float(random.choice((like, like, like - 1))), time)
        for user in range(N_PEOPLE)
        for time, item in enumerate(random.choice(N_ITEMS, 20, replace=False))
    ]
    return pd.DataFrame(rows, columns=["user", "item", "rating", "time"])


class WorldConformance:
    """Subclass with `schema` (a file in data/worlds, or the TOML itself) and `values` of its named facets."""

    schema: ClassVar[str]
    values: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def catalogue(cls, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
        folder = tmp_path_factory.mktemp("world")
        path = WORLDS / cls.schema
        if not cls.schema.endswith(".toml"):
            path = folder / "own.toml"
            path.write_text(cls.schema, encoding="utf-8")
        schema = load_schema(path)
        assert schema.interactions is not None
        interactions = schema.interactions.model_copy(update={"file": "ratings.csv"})
        schema = schema.model_copy(update={"format": "csv", "table": "items.csv", "interactions": interactions})
        table_of(schema, cls.values).to_csv(folder / "items.csv", index=False)
        ratings_of(interactions.like_at).to_csv(folder / "ratings.csv", index=False)
        return build_catalogue(WorldFiles(schema, folder), Fetcher(folder, offline=True), WordEncoder())

    @pytest.fixture(scope="class")
    @classmethod
    def stage(cls, catalogue: Catalogue) -> Stage:
        return build_stage(catalogue)

    @pytest.fixture(scope="class")
    @classmethod
    def turns(cls, stage: Stage) -> list[tuple[str, Turn]]:
        """Return what evaluation and training users said, each with the title that they were after."""
        found = []
        for number, card in enumerate(stage.cards(Fold.TRAIN, 24, 1)):
            user = stage.user((Split.TRAIN, Split.EVALUATION)[number % 2], COVERAGE)
            setting = Setting.SINGLE_ROUND if number % 3 else Setting.MULTI_ROUND
            episode = SessionRunner(stage.catalogue, user, stage.expert_seat()).run(card, setting, number)
            found += [(str(episode.target_title), turn) for turn in episode.turns if turn.command is not None]
        return found

    @pytest.mark.parametrize("split", list(Split))
    def test_every_facet_can_be_spoken_of(self, stage: Stage, split: Split) -> None:
        spoken: dict[str, int] = {}
        for group in stage.user(split).verbaliser.groups:
            for facet in group.facets:
                spoken[facet] = spoken.get(facet, 0) + 1
        assert {name: n for name in stage.catalogue.schema.facets if (n := spoken.get(name, 0)) < 2} == {}

    def test_no_wording_is_on_both_sides_of_the_split(self, stage: Stage) -> None:
        sides = {split: {p.skeleton for p in stage.bank.patterns if p.split is split} for split in Split}
        assert sides[Split.TRAIN] & sides[Split.EVALUATION] == set()

    def test_what_is_said_can_be_written_down(self, stage: Stage, turns: list[tuple[str, Turn]]) -> None:
        facets = set()
        for _, turn in turns:
            assert turn.gold_said is not None and turn.gold_edit is not None
            preferences = Preferences.from_json([dict(item) for item in turn.preferences_before])
            line = encode_edit(turn.gold_said)
            assert re.fullmatch(edit_grammar(stage.catalogue, preferences), line), (turn.command, line)
            facets |= {constraint.facet for constraint in turn.gold_edit.add}
        assert len(facets) >= min(4, len(stage.catalogue.schema.facets))

    def test_nobody_says_the_title(self, turns: list[tuple[str, Turn]]) -> None:
        assert audit(Spoken(title, turn.command or "") for title, turn in turns).is_clean

    def test_only_films_are_spoken_of_as_films(self, stage: Stage, turns: list[tuple[str, Turn]]) -> None:
        if stage.lexicon.domain.as_written:
            return
        assert [turn.command for _, turn in turns if FILM_WORDS.search(turn.command or "")] == []
        assert [p.text for p in stage.bank.patterns if FILM_WORDS.search(re.sub(r"\{[^}]*\}", "", p.text))] == []

    def test_the_rules_read_some_of_it_and_invent_no_facet(self, stage: Stage, turns: list[tuple[str, Turn]]) -> None:
        vocabulary, schema = Vocabulary.of_catalogue(stage.catalogue), stage.catalogue.schema
        n_read = 0
        for _, turn in turns:
            feed = tuple(ShownItem.from_json(item) for item in turn.feed_shown)
            preferences = Preferences.from_json([dict(item) for item in turn.preferences_before])
            edit = parse_command(ParseRequest(turn.command or "", feed, preferences), vocabulary)
            assert [schema.problem(constraint) for constraint in edit.add if schema.problem(constraint)] == []
            gold = {constraint.key for constraint in turn.gold_edit.add} if turn.gold_edit else set()
            n_read += bool(gold & {constraint.key for constraint in edit.add})
        assert n_read >= len(turns) / 4


class TestFilms(WorldConformance):
    schema = "films.toml"
    values: ClassVar = {
        "genre": ("Comedy", "Drama", "Horror"), "language": ("French", "English"), "country": ("France", "Japan"),
        "tag": ("heist", "revenge", "friendship", "robot"),
    }  # fmt: skip


class TestBooks(WorldConformance):
    schema = "books.toml"
    values: ClassVar = {"publisher": ("Penguin", "Vintage", "Dell")}


class TestShop(WorldConformance):
    schema = "shop.toml"
    values: ClassVar = {
        "category": ("Tables", "Lamps", "Shoes"), "brand": ("Norvik", "Halden"), "colour": ("red", "black", "teal"),
        "material": ("oak", "steel", "leather"), "tag": ("rustic", "foldable", "with drawer", "quiet"),
    }  # fmt: skip


class TestAWorldOfOnesOwn(WorldConformance):
    schema = BOATS
    values: ClassVar = {"rig": ("Sloop", "Ketch", "Yawl")}
