"""The import arrow: data <- tools <- agents <- simulators <- distill <- serve, and the files that travel alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillroom.distill.training_set import TRAVELLERS

HOUSE = ("data", "tools", "agents", "simulators", "distill", "serve")
# In agents, too: what code reads in words, in a command, and what the agent says of it; then the graph that calls them.
ROOMS = ("rules", "command", "reply")
ROOT = Path(__file__).parents[1]
FILES = [path for folder in HOUSE for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(source: str) -> Iterator[str]:
    """Yield the dotted names that a file imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def against_the_arrow(folder: str, source: str) -> list[str]:
    later = HOUSE[HOUSE.index(folder) + 1 :]
    return [name for name in imported(source) if name.startswith("stillroom.") and name.split(".")[1] in later]


def against_the_rooms(room: str, source: str) -> list[str]:
    later = (*ROOMS[ROOMS.index(room) + 1 :], "parser", "planner", "feed_graph")
    return [name for name in imported(source) if name.startswith("stillroom.agents.") and name.split(".")[2] in later]


def test_the_house_is_found() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(HOUSE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    assert against_the_arrow(path.relative_to(ROOT).parts[0], path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from stillroom.serve.cli import main",
        "import stillroom.simulators.session",
        "from stillroom import agents\nfrom stillroom.agents import ask",
        "def late() -> None:\n    from stillroom.distill import run",
    ],
)
def test_an_import_against_the_arrow_is_seen(source: str) -> None:
    assert against_the_arrow("tools", source)


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_of_agents_import_one_way(room: str) -> None:
    paths = sorted((ROOT / "agents" / room).glob("*.py"))
    assert len(paths) > 3
    assert [(path.name, found) for path in paths if (found := against_the_rooms(room, path.read_text("utf-8")))] == []


def test_an_import_against_the_rooms_is_seen() -> None:
    assert against_the_rooms("command", "from stillroom.agents.reply.answer import recall")
    assert against_the_rooms("rules", "from stillroom.agents import command")


@pytest.mark.parametrize("name", TRAVELLERS)
def test_what_travels_needs_nothing_of_the_house(name: str) -> None:
    found = set(imported((ROOT / "distill" / f"{name}.py").read_text(encoding="utf-8")))
    house = {part for part in found if part == "stillroom" or part.startswith("stillroom.")}
    assert {part for part in house if not part.startswith("stillroom.distill")} == set()
