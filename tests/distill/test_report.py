"""The report: one file that needs nothing else, says what was measured, and shows foreign text as text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stillroom.data.trajectory import Episode, Outcome, Turn
from stillroom.distill.report import write_report
from stillroom.simulators.evaluation import (
    Difference,
    Estimate,
    Evaluation,
    LeakageSummary,
    ModelResult,
    PartResult,
)

EVIL = "<script>alert('x')</script> & \"co\""


def parts(f1: float, passed: float) -> dict[str, PartResult]:
    times = {"latency_p50": Estimate(120.0), "latency_p95": Estimate(2400.0)}
    commands = {"f1": Estimate(f1, f1 - 0.05, f1 + 0.05), "exact_match": Estimate(0.5, 0.4, 0.6), **times}
    sessions = {"pass_rate": Estimate(passed, 0.3, 0.9), "rounds": Estimate(4.2, 3.0, 5.0), **times}
    return {
        "commands": PartResult(9, 40, metrics=commands),
        "MR": PartResult(8, 10, 1, metrics=sessions, passed_by_round=(0.1, passed)),
    }


@pytest.fixture
def evaluation() -> Evaluation:
    return Evaluation(
        world="films",
        models=(
            ModelResult("rules", parts=parts(0.61, 0.4)),
            ModelResult("student:demo", parts=parts(0.87, 0.6)),
            ModelResult(EVIL, error=f"no {EVIL}"),
            ModelResult("expert", privileged=True, parts=parts(0.9991, 0.8)),
        ),
        differences=(Difference("commands", "f1", "student:demo", "rules", Estimate(0.26, 0.2, 0.31)),),
        leakage=LeakageSummary(321, 1, 2, (f"title: {EVIL}: {EVIL}",)),
        config={"seeds": [3, 4]},
        run_id="run-7",
        finished_at="2026-11-23T23:00:00+00:00",
        git_revision="abc123",
        packages={"torch": "2.13.0"},
    )


@pytest.fixture
def conversation() -> Episode:
    feed: tuple[dict[str, Any], ...] = ({"position": 1, "title": EVIL, "reason": f"near {EVIL}"},)
    wish: dict[str, Any] = {"polarity": "-", "strength": "soft", "facet": "tag", "op": "=", "value": EVIL, "id": "c1"}
    turn = Turn(number=1, command=EVIL, reply=EVIL, feed=feed, preferences_after=(wish,), latency_ms=80)
    return Episode("k", "films", "MR", EVIL, target_title=EVIL, turns=(Turn(number=0, feed=feed), turn))


TRAINING: dict[str, Any] = {
    "student": "demo",
    "run": {"base": "tiny", "seed": 7},
    "result": {
        "step": 20,
        "tokens": 12345,
        "seconds": 60.0,
        "device": "cpu",
        "precision": "bfloat16",
        "curve": [{"step": 1.0, "loss": 3.0}, {"step": 11.0, "loss": 1.0, "dev_loss": 1.1}],
    },
    "packages": {"peft": "0.19"},
}


class Tags(HTMLParser):
    """Collects tags and attributes, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(path: Path) -> tuple[str, Tags]:
    text, tags = path.read_text(encoding="utf-8"), Tags()
    tags.feed(text)
    assert tags.open == []
    return text, tags


def test_it_says_what_was_measured(evaluation: Evaluation, conversation: Episode, tmp_path: Path) -> None:
    text, tags = read(
        write_report(tmp_path / "a" / "report.html", evaluation, TRAINING, {"episodes": 400}, conversation)
    )
    for said in (
        *("0.870", "0.820–0.920", "+0.260", "2.4 s", "120 ms", "privileged: not an LLM", "1 broke off"),
        *("321 utterances", "abc123", "torch 2.13.0", "peft 0.19", "3, 4", "12,345 tokens", "episodes 400", "run-7"),
    ):
        assert said in text, said
    assert tags.seen.count("svg") == 4
    assert tags.seen.count("table") == 3


def test_a_model_that_met_the_first_only_is_told_apart(evaluation: Evaluation, tmp_path: Path) -> None:
    slow = ModelResult("local:slow", parts={"commands": PartResult(3, 8, metrics=parts(0.1, 0.1)["commands"].metrics)})
    both = replace(evaluation, models=(slow, *evaluation.models))
    text, _ = read(write_report(tmp_path / "report.html", both, TRAINING, {}, None))
    assert "the first 8 of 40" in text and "40 commands of 9 users" in text


def test_foreign_text_is_text(evaluation: Evaluation, conversation: Episode, tmp_path: Path) -> None:
    text, tags = read(write_report(tmp_path / "report.html", evaluation, TRAINING, {}, conversation))
    assert "script" not in tags.seen
    assert text.count("&lt;script&gt;") >= 8


def test_it_needs_no_other_file(evaluation: Evaluation, conversation: Episode, tmp_path: Path) -> None:
    text, tags = read(write_report(tmp_path / "report.html", evaluation, TRAINING, {}, conversation))
    assert all(link.startswith("#") for link in tags.links)
    assert re.findall(r"url\((?!#)", text) == []
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_ids_of_the_drawings_do_not_clash(evaluation: Evaluation, tmp_path: Path) -> None:
    text, _ = read(write_report(tmp_path / "report.html", evaluation, TRAINING, {}, None))
    clips = re.findall(r'<clipPath id="([^"]+)"', text)
    assert len(clips) == len(set(clips)) > 0


def test_the_same_input_gives_the_same_bytes(evaluation: Evaluation, tmp_path: Path) -> None:
    pages = [write_report(tmp_path / name, evaluation, TRAINING, {}, None).read_bytes() for name in ("a", "b")]
    assert pages[0] == pages[1]


def test_an_evaluation_without_training_or_conversation_is_reported(evaluation: Evaluation, tmp_path: Path) -> None:
    text, tags = read(write_report(tmp_path / "report.html", evaluation, {}, {}, None))
    assert tags.seen.count("svg") == 3
    assert "A conversation" not in text


def test_nothing_measured_is_said(tmp_path: Path) -> None:
    empty = Evaluation("films", (ModelResult("gone", error="no weights"),))
    text, _ = read(write_report(tmp_path / "report.html", empty, {}, {}, None))
    assert "No student was measured." in text
    assert Outcome.FAILED.value not in text
