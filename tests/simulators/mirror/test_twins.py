"""The twins: one structure, names of their own that never run into one another, and passages of their own facts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from stillroom.simulators.mirror import MirrorEnvironment, MirrorWorld, Style
from stillroom.simulators.mirror.naming import template_text
from stillroom.simulators.mirror.relation import ENTITIES, NAMED, RELATIONS, Kind, relations_of
from stillroom.simulators.mirror.structure import written
from stillroom.simulators.tasks.task import Part

SIZES = (60, 100, 777, 5_000)


def test_twins_are_one_structure(real: MirrorEnvironment, renamed: MirrorEnvironment) -> None:
    one, other = real.world, renamed.world
    assert one.structure is not other.structure
    assert one.structure.entities == other.structure.entities
    assert list(one.names) == list(other.names)
    assert not set(one.names.values()) & set(other.names.values())


def test_passages_differ_in_names_alone(
    real: MirrorEnvironment, renamed: MirrorEnvironment, read_names: Callable[[MirrorWorld], Any]
) -> None:
    def bare(environment: MirrorEnvironment) -> list[tuple[str, str, str]]:
        names = read_names(environment.world)
        return [(p.id, names.without_names(p.title), names.without_names(p.text)) for p in environment.passages()]

    assert bare(real) == bare(renamed)
    assert bare(real)[0][1] == "<film-1>"


@pytest.mark.parametrize("part", list(Part))
def test_tasks_differ_in_names_alone(
    part: Part, real: MirrorEnvironment, renamed: MirrorEnvironment, read_names: Callable[[MirrorWorld], Any]
) -> None:
    def bare(environment: MirrorEnvironment) -> list[str]:
        names = read_names(environment.world)
        rows = [
            [task.id, task.kind, task.question, task.answer, task.support, dict(task.notes)]
            for task in environment.tasks(part)
        ]
        return [names.without_names(json.dumps(row, ensure_ascii=False)) for row in rows]

    assert bare(real) == bare(renamed)


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("size", SIZES)
def test_names_are_unique_and_none_is_part_of_another(style: Style, size: int) -> None:
    names = [name.casefold() for name in MirrorWorld.make(style, size, 3).names.values()]
    assert len(set(names)) == len(names)
    everything = "\n".join(names)
    assert [name for name in names if everything.count(name) > 1] == []
    assert [name for name in names if name in template_text()] == []


@pytest.mark.parametrize("size", SIZES)
def test_a_world_has_its_size_and_facts_of_the_right_kind(size: int) -> None:
    structure = MirrorWorld.make(Style.RENAMED, size, 1).structure
    assert len(structure.entities) == size
    assert all(structure.of_kind(kind) for kind in ENTITIES)
    for entity in structure.entities.values():
        relations = {relation.name: relation for relation in relations_of(entity.kind)}
        assert set(entity.facts) <= set(relations)
        for name, value in entity.facts.items():
            kind = relations[name].value
            if kind in NAMED:
                assert str(value).startswith(f"{kind}-")
            assert isinstance(value, int) == (kind == "number")


def test_people_are_plausible(real: MirrorEnvironment) -> None:
    structure = real.world.structure
    for film in structure.of_kind(Kind.FILM):
        facts = structure.entities[film].facts
        for crew in ("director", "lead", "composer"):
            born = structure.fact(str(facts[crew]), "born")
            assert isinstance(born, int) and 22 <= int(facts["year"]) - born <= 90
    for person in structure.of_kind(Kind.PERSON):
        spouse = structure.fact(person, "spouse")
        assert spouse is None or structure.fact(str(spouse), "spouse") == person != spouse


@pytest.mark.parametrize("key", ["film.director", "film.country", "place.country", "person.birthplace"])
def test_no_value_is_a_good_guess(key: str, renamed: MirrorEnvironment) -> None:
    structure = renamed.world.structure
    relation = RELATIONS[key]
    facts = [structure.fact(entity, relation.name) for entity in structure.of_kind(relation.subject)]
    counts = [facts.count(value) for value in set(facts)]
    assert len(counts) >= 12 and max(counts) - min(counts) <= 1


def test_a_passage_states_its_own_facts_and_no_others(
    world: MirrorWorld, read_names: Callable[[MirrorWorld], Any]
) -> None:
    names = read_names(world)
    for passage in world.passages:
        entity = world.structure.entities[passage.id]
        assert passage.title == world.names[passage.id] and passage.title in passage.text
        for relation, value in entity.facts.items():
            text = written(relation, value, world.names)
            assert re.search(rf"(?<!\w){re.escape(text)}(?!\w)", passage.text), (passage, relation)
        own = {str(value) for value in entity.facts.values()} | {entity.id}
        assert set(names.ids_in(passage.text)) <= own
        numbers = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", passage.text)}
        assert numbers == {value for value in entity.facts.values() if isinstance(value, int)}
        assert not re.search(r"[{}]|\s\s", passage.text)


def test_three_passages_fit_into_one_answer_of_a_search(world: MirrorWorld) -> None:
    assert max(len(passage.text) for passage in world.passages) < 500


def test_a_passage_is_worded_in_several_ways(real: MirrorEnvironment) -> None:
    openings = {p.text.replace(p.title, "").split()[0] for p in real.passages() if p.id.startswith("film")}
    assert len(openings) > 2
    other = MirrorEnvironment(seed=1).world
    assert other.passages != real.passages()
