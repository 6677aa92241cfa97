"""The closed-book check: without passages nobody beats chance on the renamed twin, and names help on the real one."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from stillroom.simulators.mirror import MirrorEnvironment, MirrorWorld, chance_of
from stillroom.simulators.tasks.task import Part, Task

N_TASKS = 990
Guess = Callable[[Task], str]


@pytest.fixture(scope="module")
def asked(renamed: MirrorEnvironment) -> tuple[Task, ...]:
    return renamed.world.tasks(Part.TEST, N_TASKS)


def most_frequent(world: MirrorWorld) -> Guess:
    """Guess the answer that was most often right in training, for the same kind and the same relations."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for task in world.tasks(Part.TRAIN, 2 * N_TASKS):
        counts.setdefault((task.kind, str(task.notes["asked"])), Counter())[task.answer] += 1

    def guess(task: Task) -> str:
        known = counts.get((task.kind, str(task.notes["asked"])))
        return known.most_common(1)[0][0] if known else ""

    return guess


def first_name(world: MirrorWorld, read_names: Any) -> Guess:
    names = read_names(world)
    return lambda task: str(world.names[names.ids_in(task.question)[0]])


def n_right(environment: MirrorEnvironment, tasks: tuple[Task, ...], guess: Guess) -> float:
    return sum(environment.score(task, guess(task))[0].value for task in tasks)


@pytest.mark.parametrize("guesser", ["most frequent", "first name"])
def test_a_guesser_is_no_better_than_chance(
    guesser: str, renamed: MirrorEnvironment, asked: tuple[Task, ...], read_names: Any
) -> None:
    world = renamed.world
    guess = most_frequent(world) if guesser == "most frequent" else first_name(world, read_names)
    for compares in (True, False):
        own = tuple(task for task in asked if task.kind.startswith("comparison") == compares)
        chances = [chance_of(world.structure, task) for task in own]
        noise = math.sqrt(sum(chance * (1 - chance) for chance in chances))
        assert n_right(renamed, own, guess) <= sum(chances) + 3 * noise


def test_comparisons_are_even(renamed: MirrorEnvironment, asked: tuple[Task, ...], read_names: Any) -> None:
    pairs = tuple(task for task in asked if task.kind.startswith("comparison"))
    right = n_right(renamed, pairs, first_name(renamed.world, read_names))
    assert abs(right - len(pairs) / 2) < 3 * math.sqrt(len(pairs) / 4)


def test_chance_is_of_the_answer_s_type(renamed: MirrorEnvironment, asked: tuple[Task, ...]) -> None:
    structure = renamed.world.structure
    for task in asked:
        chance = chance_of(structure, task)
        assert 0 < chance <= 0.5
        assert (chance == 0.5) == task.kind.startswith("comparison")
        if task.notes["asked"] == ["place.country"]:
            assert chance == 1 / 12


def by_country_of_names() -> Guess:
    """Guess as one who knows which country's names those in the question are."""
    text = (resources.files("stillroom.simulators.mirror") / "names.toml").read_text(encoding="utf-8")
    home = {
        word: country["name"]
        for country in tomllib.loads(text)["countries"]
        for word in (*country["given"], *country["surnames"], *country["cities"])
    }
    return lambda task: next(
        (home[word.strip("?.,")] for word in task.question.split() if word.strip("?.,") in home), ""
    )


def test_knowing_names_helps_on_the_real_twin_alone(real: MirrorEnvironment, renamed: MirrorEnvironment) -> None:
    def share(environment: MirrorEnvironment) -> float:
        tasks = environment.world.tasks(Part.TRAIN, 4 * N_TASKS)
        home = tuple(
            task
            for task in tasks
            if str(task.notes["form"]).startswith(("{'chain': ['country']", "{'chain': ['birthplace', 'country']"))
            and "film" not in task.support[0]
        )
        assert len(home) > 15
        return n_right(environment, home, by_country_of_names()) / len(home)

    assert share(real) > 0.5
    assert share(renamed) == 0
