"""Render the README's file map from the first lines of the files: `python docs/render_file_map.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = ("data", "tools", "agents", "simulators", "distill", "serve", "benchmarks", "docs")
START, END = "<!-- map -->", "<!-- end of map -->"


def phrase_of(path: Path) -> str:
    """Return what a module says of itself in its first line, without what follows a colon or a semicolon."""
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
    sentence = " ".join(first.split()).split(". ")[0].rstrip(".")
    for mark in (": ", "; "):
        head, _, tail = sentence.partition(mark)
        if len(sentence) > 100 and len(head) > 30 and tail:
            sentence = head
    return sentence


def render_map() -> str:
    """Return the map: a table a folder, a line a file."""
    return "\n".join(line for folder in FOLDERS for line in _folder(folder))


def _folder(name: str) -> Iterator[str]:
    yield from (f"### {name}/", "", "| file | what it is |", "| --- | --- |")
    for path in sorted((ROOT / name).rglob("*.py")):
        if path.name != "__init__.py" and "__pycache__" not in path.parts:
            yield f"| `{path.relative_to(ROOT).as_posix()}` | {phrase_of(path).replace('|', '/')} |"
    yield ""


def with_map(readme: str) -> str:
    """Return the README with the map of today."""
    before, _, rest = readme.partition(START)
    return f"{before}{START}\n{render_map()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README = ROOT / "README.md"
    README.write_text(with_map(README.read_text(encoding="utf-8")), encoding="utf-8")
