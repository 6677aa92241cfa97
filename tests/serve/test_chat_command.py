"""The chat in the terminal, over a toy world and the rules: piped lines, slash commands, and what an ending leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stillroom.data.store import Store

ROOT = Path(__file__).parents[2]
# The world is made here, so that no weights are needed; everything else is the real command.
PROGRAM = """
import signal, sys
import numpy as np
from stillroom.data.worlds import load_world
from stillroom.serve import cli, chat_command

# A shell that starts the tests in the background has Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

class Encoder:
    def encode(self, texts):
        return np.tile(np.array([[0.6, 0.8]], np.float32), (len(texts), 1))

chat_command.open_world = lambda name, meter, offline=False: load_world(name, encoder=Encoder())
sys.exit(cli.run_command(sys.argv[1:]))
"""
SCHEMA = """
name = "toy"
noun = "film"
table = "items.csv"

[item]
id = "id"
title = "title"
text = ["title"]

[facets.genre]
kind = "categorical"
columns = ["genre"]

[facets.year]
kind = "number"
columns = ["year"]
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    genres = ("Comedy", "Drama", "Horror")
    rows = [f"i{row},Film number {row},{genres[row % 3]},{1960 + row}" for row in range(40)]
    (tmp_path / "items.csv").write_text("id,title,genre,year\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "toy.toml").write_text(SCHEMA, encoding="utf-8")
    return tmp_path / "toy.toml"


def start(world: Path, *more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STILLROOM_DATA": str(world.parent / "kept")}
    command = [sys.executable, "-c", PROGRAM, "chat", "--model", "rules", "--world", str(world), *more]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )


def talk(world: Path, typed: bytes, *more: str) -> tuple[int, str]:
    process = start(world, *more)
    out, _ = process.communicate(typed, timeout=300)
    return process.returncode, out.decode()


def commands_kept(world: Path) -> list[str | None]:
    with Store.open(world.parent / "kept" / "chats.duckdb", read_only=True) as store:
        return [turn.command for episode in store.episodes() for turn in episode.turns]


def test_piped_lines_are_answered_and_the_session_goes_on(world: Path) -> None:
    typed = b"no horror\n/trace\n/model none\n/undoo\n/help\n\n\xff\xfe\x00\x01\n/feed\n/forget c7\n"
    code, out = talk(world, typed)
    assert code == 0, out
    for words in ("Noted: no Horror.", "ban genre = Horror", "no model 'none'", "did you mean /undo?", "/forget c2"):
        assert words in out
    assert "I read no words there" in out
    assert "does not look like text" in out
    assert "Traceback" not in out
    code, out = talk(world, b"/quit\nnever read\n")
    assert code == 0
    assert "Here is where we left off." in out
    assert "c1\N{NO-BREAK SPACE}no\N{NO-BREAK SPACE}Horror" in out
    assert "never read" not in out
    assert commands_kept(world)[:2] == [None, "no horror"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_chat_that_is_broken_off_is_kept(world: Path, number: int) -> None:
    with start(world) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"no horror\n")
        process.stdin.flush()
        for line in process.stdout:
            if b"no\xc2\xa0Horror" in line:
                break
        process.send_signal(number)
        out = process.stdout.read().decode()
        assert process.wait(60) in (0, 143), out
    assert "Traceback" not in out
    assert commands_kept(world) == [None, "no horror"]


def test_a_bad_session_name_is_refused(world: Path) -> None:
    code, out = talk(world, b"", "--session", "../../x")
    assert code == 2
    assert out.count("\n") == 1 and "session's name" in out
    assert not (world.parent / "kept").exists()


def test_a_piped_line_is_echoed_but_not_obeyed(world: Path) -> None:
    code, out = talk(world, "no horror \x1b]0;owned\x07\x1b[2J \u202eplease\n".encode())
    assert code == 0, out
    assert "owned" in out and not re.search("[\x07\x1b\u202e]", out)
