"""HotpotQA: its parts, its paragraphs, and which of them hold an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks import Part, load_environment
from stillroom.simulators.tasks.hotpot import SIZES, build_hotpotqa, build_hotpotqa_and_wikipedia, wikipedia_leads


class FolderFetcher(Fetcher):
    """Gives one folder for every artefact."""

    def fetch(self, name: str) -> Path:
        return self.cache


def row(number: int) -> dict[str, Any]:
    titles = ["Lyon", f"River {number}", f"Far {number}"]
    sentences = [["Lyon is a city.", " It has rivers."], [f"River {number} flows."], ["Nothing here. "]]
    return {
        "id": f"q{number}",
        "question": f"Which river {number}?",
        "answer": "River",
        "type": "bridge",
        "level": "hard",
        "supporting_facts": {"title": [f"River {number}", "Lyon", "Lyon"], "sent_id": [0, 0, 1]},
        "context": {"title": titles, "sentences": sentences},
    }


@pytest.fixture
def written(tmp_path: Path) -> FolderFetcher:
    (tmp_path / "hotpotqa_1000.json").write_text(json.dumps([row(number) for number in range(1000)]), encoding="utf-8")
    leads = {title: {"title": title, "extract": f" {title} lead.\n"} for title in ("Lyon", "Paris")}
    (tmp_path / "summaries_en-us.json").write_text(json.dumps(leads), encoding="utf-8")
    return FolderFetcher(tmp_path)


def test_a_task_names_the_passages_that_hold_its_answer_in_order(written: FolderFetcher) -> None:
    environment = build_hotpotqa(written)
    passages = {passage.id: passage for passage in environment.passages()}
    assert len(passages) == 2001 == len(environment.passages())
    task = environment.tasks(Part.TEST)[0]
    number = task.id.removeprefix("hotpotqa/q")
    assert [passages[name].title for name in task.support] == [f"River {number}", "Lyon"]
    assert passages[task.support[1]].text == "Lyon is a city. It has rivers."
    assert task.notes["sentences"] == [f"River {number} flows.", "Lyon is a city.", "It has rivers."]
    assert (task.kind, task.notes["level"]) == ("bridge", "hard")


def test_parts_are_disjoint_and_stand_as_they_did(written: FolderFetcher) -> None:
    environment = build_hotpotqa(written)
    ids = [task.id for part in Part for task in environment.tasks(part)]
    assert [len(environment.tasks(part)) for part in Part] == [600, 150, 250] == list(SIZES.values())
    assert len(set(ids)) == 1000 and ids != sorted(ids)
    assert ids == [task.id for part in Part for task in build_hotpotqa(written).tasks(part)]


def test_wikipedia_adds_titles_that_are_not_there(written: FolderFetcher) -> None:
    alone, both = build_hotpotqa(written), build_hotpotqa_and_wikipedia(written)
    assert [passage.title for passage in wikipedia_leads(written)] == ["Lyon", "Paris"]
    added = both.passages()[len(alone.passages()) :]
    assert [(passage.id, passage.title, passage.text) for passage in added] == [("wikipedia/1", "Paris", "Paris lead.")]
    assert list(both.tasks(Part.TEST)) == list(alone.tasks(Part.TEST))


def test_exact_match_and_f1(written: FolderFetcher) -> None:
    environment = build_hotpotqa(written)
    task = environment.tasks(Part.TRAIN)[0]
    scores = {score.name: score.value for score in environment.score(task, "the river Rhône")}
    assert list(scores) == ["correct", "f1"]
    assert scores == {"correct": 0, "f1": pytest.approx(2 / 3)}


@pytest.mark.weights
def test_the_real_questions() -> None:
    environment = load_environment("hotpotqa+wikipedia")
    alone = load_environment("hotpotqa")
    passages = {passage.id: passage for passage in environment.passages()}
    assert (len(alone.passages()), len(environment.passages()), len(passages)) == (9769, 19695, 19695)
    assert all(passage.title and passage.text for passage in passages.values())
    tasks = [task for part in Part for task in alone.tasks(part)]
    assert [len(alone.tasks(part)) for part in Part] == [600, 150, 250]
    assert len({" ".join(task.question.split()) for task in tasks}) == 1000
    assert alone.tasks(Part.TEST)[0].id == "hotpotqa/5a81dacc55429926c1cdada0"
    for task in tasks:
        assert task.kind in ("bridge", "comparison") and len(task.support) == 2
        text = " ".join(passages[name].text for name in task.support)
        sentences = task.notes["sentences"]
        assert isinstance(sentences, list) and all(str(sentence) in text for sentence in sentences)
        assert [score.value for score in alone.score(task, task.answer)] == [1, pytest.approx(1)]
        assert [score.value for score in alone.score(task, {"answer": task.answer})] == [0, 0]
        assert [score.value for score in alone.score(task, task.answer == "yes")] == [0, 0]
