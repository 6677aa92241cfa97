"""Questions: one answer each, a gold path that leads there, wordings and starts of one part kept from the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz.fuzz import ratio

from stillroom.simulators.mirror import KINDS, MirrorWorld
from stillroom.simulators.mirror.structure import Structure, Value
from stillroom.simulators.mirror.wording import load_wordings
from stillroom.simulators.tasks.task import Part, Task
from stillroom.tools.passages import build_passage_index

N_TASKS = 660


@pytest.fixture(scope="session")
def tasks(world: MirrorWorld) -> dict[Part, tuple[Task, ...]]:
    return {part: world.tasks(part, N_TASKS) for part in Part}


def every(tasks: Mapping[Part, tuple[Task, ...]]) -> list[Task]:
    return [task for part in tasks.values() for task in part]


def path_of(task: Task) -> list[Any]:
    path: Any = task.notes["path"]
    return list(path)


def templates_of(task: Task) -> list[str]:
    templates: Any = task.notes["templates"]
    return list(templates)


def follow(structure: Structure, starts: set[Value], relations: list[str]) -> set[Value]:
    """Resolve a path by brute force: whatever any entity says of the starts."""
    for relation in relations:
        starts = {
            value
            for entity in structure.entities.values()
            for name, value in entity.facts.items()
            if entity.id in starts and name == relation
        }
    return starts


def having(structure: Structure, relation: str, values: set[Value]) -> set[Value]:
    return {entity.id for entity in structure.entities.values() if entity.facts.get(relation) in values}


def answers_of(structure: Structure, task: Task) -> set[Value]:
    """Return all that answers a task, from its form and the knowledge base alone."""
    form: Any = task.notes["form"]
    if "chain" in form:
        return follow(structure, {form["start"]}, form["chain"])
    if "founder" in form:
        companies = having(structure, "founder", {form["founder"]})
        films = having(structure, "company", companies) & having(structure, "director", {form["director"]})
        return follow(structure, films, [relation for relation in form["relations"] if relation != "name"])
    if "operation" in form:
        reckon: dict[str, Callable[[int, int], int]] = {
            "years": lambda x, y: abs(x - y),
            "difference": lambda x, y: abs(x - y),
            "sum": lambda x, y: x + y,
            "age": lambda x, y: y - x,
        }
        sides = (form["a"], form["b"])
        ends = [follow(structure, {side["start"]}, [*side["relations"], side["number"]]) for side in sides]
        return {reckon[form["operation"]](int(x), int(y)) for x in ends[0] for y in ends[1]}
    numbers = {one: follow(structure, {one}, [*form["relations"], form["number"]]) for one in form["pair"]}
    best = (min if form["which"] == "smaller" else max)(int(n) for found in numbers.values() for n in found)
    return {one for one, found in numbers.items() if best in found}


def test_every_question_has_one_answer(world: MirrorWorld, tasks: dict[Part, tuple[Task, ...]]) -> None:
    for task in every(tasks):
        (answer,) = answers_of(world.structure, task)
        assert world.names.get(str(answer), str(answer)) == task.answer, task


def test_a_form_is_what_the_words_ask(tasks: dict[Part, tuple[Task, ...]]) -> None:
    for task in every(tasks):
        form: Any = task.notes["form"]
        if "chain" in form:
            said = [
                relation
                for template in templates_of(task)
                for relation in template.split("/")[0].rpartition(".")[2].split("-")
            ]
            assert said == form["chain"]


def test_a_gold_path_can_be_followed(
    world: MirrorWorld, tasks: dict[Part, tuple[Task, ...]], compute: Callable[..., int | str]
) -> None:
    texts = {passage.id: passage.text for passage in world.passages}
    for task in every(tasks):
        path = path_of(task)
        searches = [step for step in path if "query" in step]
        assert tuple(step["passage"] for step in searches) == task.support
        known, found = task.question, dict[str, int]()
        for step in searches:
            # What is searched for is in the question or was read before.
            name = world.names[step["passage"]]
            assert name in known or task.kind.startswith("intersection")
            for read in step["reads"]:
                assert re.search(rf"(?<!\w){re.escape(read['text'])}(?!\w)", texts[step["passage"]])
                assert str(read["value"]) == read["text"].replace(",", "")
                known += f"\n{read['text']}"
                if "variable" in read:
                    found[read["variable"]] = read["value"]
        if "compute" in path[-1]:
            assert found.items() <= path[-1]["values"].items()
            assert str(compute(path[-1]["compute"], path[-1]["values"])) == task.answer
        else:
            assert str(path[-1]["reads"][-1]["value"]) == task.answer


def test_a_query_names_only_what_is_known(
    world: MirrorWorld, tasks: dict[Part, tuple[Task, ...]], read_names: Any
) -> None:
    names = read_names(world)
    for task in every(tasks):
        known = set(names.ids_in(task.question))
        for step in path_of(task):
            if "query" in step:
                assert set(names.ids_in(step["query"])) <= known
                known |= {each for read in step["reads"] for each in names.ids_in(read["text"])}


def test_gold_queries_find_their_passages(
    world: MirrorWorld, tasks: dict[Part, tuple[Task, ...]], tmp_path: Path
) -> None:
    index = build_passage_index(world.passages, tmp_path, mode="bm25")
    steps = [step for task in tasks[Part.TEST] for step in path_of(task) if "query" in step]
    found = [step["passage"] in {hit.passage.id for hit in index.search(step["query"], 3)} for step in steps]
    assert len(found) > 1000
    assert sum(found) / len(found) >= 0.95


def test_as_many_passages_as_hops_and_all_kinds_alike(tasks: dict[Part, tuple[Task, ...]]) -> None:
    for part in tasks.values():
        assert [task.kind for task in part] == list(KINDS) * (N_TASKS // len(KINDS))
        for task in part:
            assert len(set(task.support)) == len(task.support) == int(task.kind.partition("-")[2])


def test_no_question_holds_its_answer(tasks: dict[Part, tuple[Task, ...]]) -> None:
    for task in every(tasks):
        if not task.kind.startswith("comparison"):
            assert task.answer.casefold() not in task.question.casefold()


def test_questions_read_well(tasks: dict[Part, tuple[Task, ...]]) -> None:
    for task in every(tasks):
        assert task.question[0].isupper() and task.question[-1] in "?."
        assert not re.search(r"[{}<>]|\s\s|(?:film|person|place|company)-\d", task.question)


def test_parts_share_no_start_no_form_and_no_question(tasks: dict[Part, tuple[Task, ...]]) -> None:
    everything = every(tasks)
    assert len({task.question for task in everything}) == len(everything)
    assert len({str(task.notes["form"]) for task in everything}) == len(everything)
    starts = {part: {start for task in own for start in _starts(task)} for part, own in tasks.items()}
    assert not starts[Part.TRAIN] & starts[Part.VALIDATION]
    assert not starts[Part.TEST] & (starts[Part.TRAIN] | starts[Part.VALIDATION])


def _starts(task: Task) -> set[str]:
    form: Any = task.notes["form"]
    if "chain" in form:
        return {form["start"]}
    if "operation" in form:
        return {form["a"]["start"], form["b"]["start"]}
    return set(form["pair"]) if "pair" in form else {task.support[1]}


def test_templates_of_the_test_part_are_unseen(tasks: dict[Part, tuple[Task, ...]]) -> None:
    used = {part: {template for task in own for template in templates_of(task)} for part, own in tasks.items()}
    assert not used[Part.TEST] & (used[Part.TRAIN] | used[Part.VALIDATION])
    assert {template.split("/")[1] for template in used[Part.TEST]} == {"test"}
    seen = {template.split("/")[0] for template in used[Part.TRAIN]}
    asked = {template.split("/")[0] for template in used[Part.TEST]}
    # All but the rarest keys are used, and so the tests above have looked at them.
    assert len(seen & asked) >= 0.95 * len(load_wordings().templates)


def test_every_key_has_three_templates_for_training_and_two_for_the_test() -> None:
    bank = load_wordings()
    trained = [text for sides in bank.templates.values() for text in sides["train"]]
    for key, sides in bank.templates.items():
        assert len(set(sides["train"])) >= 3 and len(set(sides["test"])) >= 2, key
        slots = {frozenset(re.findall(r"\{(\w+)\}", text)) for side in sides.values() for text in side}
        assert len(slots) == 1, key
        assert not set(sides["test"]) & set(trained), key
        near = {(a, b) for a in sides["train"][3:] for b in sides["test"] if ratio(a.lower(), b.lower()) >= 85}
        assert not near, key
