"""What is built is there whole or not at all, however many build it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stillroom.data.building import building, building_file


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with building_file(path) as scratch:
        scratch.write_text("one")
        assert not path.exists() and scratch.parent == path.parent
    assert path.read_text() == "one"
    with pytest.raises(ValueError, match="no"), building_file(path) as scratch:
        scratch.write_text("half")
        raise ValueError("no")
    assert path.read_text() == "one" and list(path.parent.iterdir()) == [path]


def test_two_writers_of_one_file_both_succeed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with building_file(path) as first, building_file(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first" and list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_folder_that_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    with building(folder) as scratch:
        (scratch / "a").write_text("one")
    with pytest.raises(ValueError, match="no"), building(folder) as scratch:
        raise ValueError("no")
    assert (folder / "a").read_text() == "one" and list(tmp_path.iterdir()) == [folder]


def test_builders_of_one_folder_all_succeed(tmp_path: Path) -> None:
    folder = tmp_path / "made"

    def build(number: int) -> None:
        with building(folder) as scratch:
            for name in ("a", "b", "c"):
                (scratch / name).write_text(str(number))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(build, range(400)))
    assert len({(folder / name).read_text() for name in ("a", "b", "c")}) == 1
    assert list(tmp_path.iterdir()) == [folder]
