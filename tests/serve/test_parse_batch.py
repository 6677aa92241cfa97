from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillroom.agents.models.load import load_model
from stillroom.agents.models.request_model import RequestModel
from stillroom.agents.parser import Parser
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.data import worlds
from stillroom.data.catalogue import Catalogue
from stillroom.serve.parse_batch import BatchItem, FeedReader, parse_lines


class EchoModel(RequestModel):
    """Says whatever it was made with, or raises it."""

    says: str = "keep"
    breaks: bool = False
    model_name: str = "echo"

    def reply(self, request: ParseRequest | PlanRequest) -> str:
        if self.breaks:
            raise ZeroDivisionError("weights are gone")
        return self.says


@pytest.fixture
def catalogue(toy_world: str) -> Catalogue:
    return worlds.load_world(toy_world)


@pytest.fixture
def parser(catalogue: Catalogue) -> Parser:
    return Parser(load_model("rules", catalogue), catalogue)


def answers(lines: Sequence[object], parser: Parser) -> list[dict[str, Any]]:
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    found = [json.loads(answer) for answer in parse_lines(raw, parser)]
    assert len(found) == len(lines)
    return found


def remembered(name: str, genre: str, polarity: str = "+") -> dict[str, object]:
    return {"id": name, "polarity": polarity, "strength": "hard", "facet": "genre", "op": "=", "value": genre}


def test_the_effective_edit_names_what_a_contradiction_retracts(parser: Parser) -> None:
    line = {"id": 7, "command": "no horror", "preferences": [remembered("c4", "Horror")]}
    (answer,) = answers([line], parser)
    assert answer["id"] == 7
    assert answer["edit"]["verdict"] == "change"
    assert answer["edit"]["retract"] == ["c4"]
    assert [item["id"] for item in answer["preferences"]] == ["c5"]
    assert answer["preferences"][0] == remembered("c5", "Horror", "-")
    assert answer["ms"] >= 0


def test_a_bad_line_is_an_error_in_its_place_and_the_next_is_read(parser: Parser) -> None:
    lines: list[object] = [
        {"id": "a", "command": "comedies please"},
        b"not json",
        b"",
        b"\xff\xfe\x00",
        [1],
        {"id": "b"},
        {"id": "c", "command": 5},
        {"id": "d", "command": "x", "preferences": [{"id": "c1"}]},
        {"id": "e", "command": "x", "preferences": [remembered("c1", "Drama"), remembered("c1", "Horror")]},
        {"id": "f", "command": "x", "feed": [{"year": 1990}]},
        b'{"id": NaN, "command": "x"}',
        b"[" * 100_000,
        {"id": "z", "command": "thanks"},
    ]
    found = answers(lines, parser)
    assert [("error" in answer) for answer in found] == [False, *[True] * 11, False]
    assert [found[place]["id"] for place in (0, 5, 6, 7, 8, 9, 12)] == ["a", "b", "c", "d", "e", "f", "z"]
    assert all("\n" not in answer["error"] and "Traceback" not in answer["error"] for answer in found[1:12])
    assert "same id" in found[8]["error"]


@pytest.mark.parametrize(
    "command", ["", "   ", "a" * 10_000, "\x00\x07\ud800", "je veux une comédie", "you idiot", "🎬" * 50]
)
def test_any_command_gets_an_answer(command: str, parser: Parser) -> None:
    (answer,) = answers([{"id": 1, "command": command}], parser)
    assert answer["edit"]["verdict"] in ("keep", "change")


def test_an_error_of_the_model_stays_in_its_line(catalogue: Catalogue) -> None:
    found = answers([{"id": 1, "command": "comedies"}] * 2, Parser(EchoModel(breaks=True), catalogue))
    assert [answer["error"] for answer in found] == ["weights are gone"] * 2


def test_an_unknown_title_still_counts_as_shown(catalogue: Catalogue) -> None:
    feed = [{"title": "Gavotte 101", "year": 1971, "genres": []}, {"title": "Qwxyz", "year": 1900, "genres": []}]
    parser = Parser(EchoModel(says="wish item like #2"), catalogue)
    (answer,) = answers([{"id": 1, "command": "like the second", "feed": feed}], parser)
    assert answer["edit"]["add"][0]["value"] == "Qwxyz"


def test_feed_items_are_found_by_title_and_year(catalogue: Catalogue) -> None:
    read = FeedReader(catalogue)
    items = [
        BatchItem(title="gavotte 101", year=1971),
        BatchItem(title="Gavotte 101 (1971)"),
        BatchItem(title="Gavotte 101", year=1930),
        BatchItem(title="101, The Gavotte"),
    ]
    shown = read(items)
    assert [item.id for item in shown[:3]] == ["i1", "i1", ""]
    assert [item.position for item in shown] == [1, 2, 3, 4]
    assert [item.title for item in shown] == [item.title for item in items]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.binary(max_size=80) | st.from_type(dict[str, str]).map(lambda d: json.dumps(d).encode())))
def test_every_line_has_one_answer_whatever_it_holds(lines: list[bytes], catalogue: Catalogue) -> None:
    found = [json.loads(answer) for answer in parse_lines(lines, Parser(EchoModel(), catalogue))]
    assert len(found) == len(lines)
    assert all("error" in answer or {"edit", "preferences", "ms"} <= answer.keys() for answer in found)
