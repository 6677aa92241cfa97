"""What is not English is told from English that names foreign people and titles."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillroom.agents.command.foreign import is_foreign
from stillroom.data.trajectory import Episode

NATURAL = Path(__file__).parents[3] / "benchmarks" / "natural"


@pytest.mark.parametrize(
    "command",
    [
        "no me gustan las películas de terror",
        "me gusta el cine de terror",
        "quiero algo divertido",
        "nada de terror por favor",
        "quiero una película como The Godfather",
        "je ne veux pas de films d'horreur",
        "un film plus court, s'il vous plaît",
        "rien de plus long que deux heures",
        "ich mag keine western",
        "zeig mir etwas Lustiges",
        "was hast du gegen horror",
        "bitte nichts über zwei Stunden",
        "non mi piacciono i western",
        "niente horror per favore",
        "não gosto de filmes de terror",
        "quero algo mais curto",
        "ik wil graag een komedie",
        "niets langer dan twee uur",
    ],
)
def test_another_language_is_foreign(command: str) -> None:
    assert is_foreign(command)


@pytest.mark.parametrize(
    "command",
    [
        "something like La vie en rose",
        "Das Boot please",
        "films like El laberinto del fauno",
        "more like Il buono, il brutto, il cattivo",
        "Le fabuleux destin d'Amélie Poulain",
        "Y tu mamá también",
        "À bout de souffle or Les quatre cents coups",
        "no Almodóvar, de Niro, von Trier or del Toro",
        "los angeles, las vegas",
        "die hard",
        "con air",
        "me no like",
        "french films, not german",
        "no horror",
        "",
    ],
)
def test_english_with_foreign_names_is_not(command: str) -> None:
    assert not is_foreign(command)


@pytest.mark.parametrize("path", sorted(NATURAL.glob("*.jsonl")), ids=lambda path: path.stem)
def test_no_natural_command_is_foreign(path: Path) -> None:
    commands = [json.loads(line)["command"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(commands) > 100
    assert [command for command in commands if is_foreign(command)] == []


@pytest.mark.parametrize("path", sorted(NATURAL.glob("*.toml")), ids=lambda path: path.stem)
def test_of_the_situations_only_talk_that_changes_nothing_is_foreign(path: Path) -> None:
    situations = tomllib.loads(path.read_text(encoding="utf-8"))["situation"]
    foreign = [each for each in situations if any(map(is_foreign, (*each.get("before", ()), each["command"])))]
    assert all(each["kind"] == "offtopic" and each["unchanged_memory"] for each in foreign)


def test_no_generated_command_is_foreign(episodes: tuple[Episode, ...]) -> None:
    commands = [turn.command for episode in episodes for turn in episode.turns if turn.command]
    assert len(commands) > 30
    assert [command for command in commands if is_foreign(command)] == []


@given(command=st.text(max_size=120))
def test_no_text_breaks_it(command: str) -> None:
    assert is_foreign(command) in (True, False)
