"""A world on disk that is small enough to load in a moment, and the command line as a function."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stillroom.data import worlds
from stillroom.serve.cli import run_command

SCHEMA = """
name = "toy"
noun = "film"
[item]
text = ["about"]
[facets.genre]
kind = "categorical"
columns = ["genre"]
[facets.year]
kind = "number"
columns = ["year"]
[facets.runtime]
kind = "number"
columns = ["runtime"]
unit = "minutes"
[facets.tag]
kind = "tag"
columns = ["tag"]
[facets.person]
kind = "person"
columns = ["person"]
[facets.popularity]
kind = "popularity"
[facets.item]
kind = "item"
[interactions]
file = "ratings.csv"
"""
N_ITEMS = 60
GENRES = ("Comedy", "Drama", "Horror", "Western")
TAGS = ("heist", "violence", "time travel", "friendship")
PEOPLE = ("Ada Reed", "Bo Lindqvist", "Cleo Marsh")


class WordEncoder:
    """Gives every text its own fixed direction."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(zlib.crc32(text.casefold().encode())).normal(size=8) for text in texts]
        array = np.array(rows).reshape(len(texts), 8)
        return np.asarray(array / np.linalg.norm(array, axis=1, keepdims=True), np.float32)


def write_world(folder: Path) -> Path:
    """Write schema, items and ratings, and return the schema's path."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    lines = ["id,title,about,genre,year,runtime,tag,person"]
    for number in range(N_ITEMS):
        genres = "|".join(sorted(set(random.choice(GENRES, 2))))
        facts = f"{1970 + number % 45},{80 + number},{random.choice(TAGS)},{random.choice(PEOPLE)}"
        lines.append(f"i{number},Gavotte {number + 100},a tale of number {number},{genres},{facts}")
    (folder / "items.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ratings = ["user,item,rating,time"]
    for user in range(40):
        for time, item in enumerate(random.choice(N_ITEMS, 15, replace=False)):
            ratings.append(f"u{user},i{item},{random.choice((3.0, 4.5, 5.0))},{1000 + time}")
    (folder / "ratings.csv").write_text("\n".join(ratings) + "\n", encoding="utf-8")
    (folder / "toy.toml").write_text(SCHEMA, encoding="utf-8")
    return folder / "toy.toml"


@pytest.fixture
def toy_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of a small world, whose texts are encoded without weights."""
    monkeypatch.setattr(worlds, "load_world", partial(worlds.load_world, encoder=WordEncoder()))
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    return str(write_world(tmp_path / "world"))


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Return the command line: arguments in, exit code, stdout and stderr out."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run_command([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call
