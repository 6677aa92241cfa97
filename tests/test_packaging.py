"""What is installed: every package declared and linked, every data file taken along, and a wheel that imports whole."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

HOUSE = ("data", "tools", "agents", "simulators", "distill", "serve")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    setup: dict[str, Any] = table["tool"]["setuptools"]
    return setup


def folders_with_code() -> dict[str, str]:
    """Return every package that has a Python file, with its folder from the root."""
    found = {"stillroom": "src/stillroom"}
    for folder in HOUSE:
        for path in (ROOT / folder).rglob("*.py"):
            inside = path.parent.relative_to(ROOT).as_posix()
            found["stillroom." + inside.replace("/", ".")] = inside
    return found


def test_every_package_is_declared_and_mapped(declared: dict[str, Any]) -> None:
    assert set(declared["packages"]) == set(folders_with_code())
    assert declared["package-dir"] == folders_with_code()


@pytest.mark.parametrize("package", sorted(folders_with_code()))
def test_every_package_says_what_it_is(package: str) -> None:
    opening = (ROOT / folders_with_code()[package] / "__init__.py").read_text(encoding="utf-8")
    assert opening.startswith('"""')


@pytest.mark.parametrize("folder", HOUSE)
def test_every_folder_is_linked_by_a_relative_link(folder: str) -> None:
    link = ROOT / "src" / "stillroom" / folder
    assert link.is_symlink() and os.readlink(link) == f"../../{folder}"
    assert link.resolve() == ROOT / folder


def test_every_file_that_is_no_code_is_taken_along(declared: dict[str, Any]) -> None:
    left_behind = []
    for package, folder in folders_with_code().items():
        globs = declared["package-data"].get(package, [])
        for path in (ROOT / folder).rglob("*"):
            inside = path.relative_to(ROOT / folder).as_posix()
            if not path.is_file() or path.suffix in (".py", ".pyc") or _owner(path) != package:
                continue
            if not any(_matches(inside, glob) for glob in globs):
                left_behind.append(f"{folder}/{inside}")
    assert left_behind == []


def _owner(path: Path) -> str:
    """Return the innermost package that a file lies in."""
    return max(
        (name for name, folder in folders_with_code().items() if path.is_relative_to(ROOT / folder)),
        key=len,
        default="",
    )


def _matches(inside: str, glob: str) -> bool:
    """Match part by part, as setuptools does: a star does not cross a slash."""
    parts, patterns = inside.split("/"), glob.split("/")
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatch, parts, patterns))


def test_every_glob_takes_something_along(declared: dict[str, Any]) -> None:
    folders = folders_with_code()
    empty = [
        f"{package}: {glob}"
        for package, globs in declared["package-data"].items()
        for glob in globs
        if not list((ROOT / folders[package]).glob(glob)) and "students" not in glob
    ]
    assert empty == []


_IMPORT_ALL = """
import importlib, pkgutil, stillroom
names = [module.name for module in pkgutil.walk_packages(stillroom.__path__, "stillroom.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
from importlib.resources import files
assert (files("stillroom.data") / "migrations" / "m001_initial.sql").is_file()
assert (files("stillroom.agents") / "prompts" / "teacher_parse.md").is_file()
print(stillroom.__file__, len(names))
"""


def run(*command: str, cwd: Path, **others: str) -> str:
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **others}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_a_wheel_out_of_the_sdist_imports_whole(tmp_path: Path) -> None:
    source, built, target = tmp_path / "source", tmp_path / "built", tmp_path / "installed"
    skipped = shutil.ignore_patterns(
        ".git", ".venv", ".*_cache", "__pycache__", "*.egg-info", "build", "dist", "shared"
    )
    shutil.copytree(ROOT, source, symlinks=True, ignore=skipped)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(source), cwd=tmp_path)
    wheel, sdist = next(built.glob("*.whl")), next(built.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"{folder}/__init__.py" for folder in HOUSE} <= names
    assert not any("__pycache__" in name for name in names)
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(target), str(wheel), cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    said = run(sys.executable, "-c", _IMPORT_ALL, cwd=elsewhere, PYTHONPATH=str(target))
    where, n_modules = said.split()
    assert Path(where).is_relative_to(target)
    expected = len([path for folder in HOUSE for path in (ROOT / folder).rglob("*.py")])
    assert int(n_modules) >= expected
