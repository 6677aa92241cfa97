"""SIGKILL at random moments: every episode whole, none lost that was acknowledged, none twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from stillroom.data.store import Store
from stillroom.data.trajectory import Episode

N_EPISODES = 120
N_KILLS = 6


def start_writer(path: Path) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("store_writer.py")
    return subprocess.Popen(
        [sys.executable, str(script), str(path), str(N_EPISODES)], stdout=subprocess.PIPE, text=True
    )


def kill_after(writer: subprocess.Popen[str], n_acknowledged: int, pause_s: float) -> list[str]:
    """Kill the writer some time after it has acknowledged so many; return all that it acknowledged."""
    assert writer.stdout is not None
    seen = []
    for line in writer.stdout:
        seen.append(line)
        if len(seen) == n_acknowledged:
            break
    time.sleep(pause_s)
    writer.kill()
    rest, _ = writer.communicate()
    # The last line may be cut; a key without its newline was not acknowledged.
    return [line.strip() for line in seen + rest.splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.slow
def test_a_killed_writer_loses_and_repeats_nothing(tmp_path: Path, episode_of: Callable[..., Episode]) -> None:
    path, chance = tmp_path / "traces.duckdb", random.Random(20261123)
    acknowledged: list[str] = []
    for _ in range(N_KILLS):
        acknowledged += kill_after(start_writer(path), chance.randrange(1, 12), chance.random() * 0.05)
        with Store.open(path, read_only=True) as store:
            stored = [episode.key for episode in store.episodes("run")]
            assert len(stored) == len(set(stored))
            assert set(acknowledged) <= set(stored)
            # What was committed but not acknowledged is at most the one in progress at each kill.
            assert len(stored) - len(acknowledged) <= N_KILLS
    assert len(acknowledged) < N_EPISODES, "the writer ended before it was killed: the test shows nothing"
    rest, _ = start_writer(path).communicate(timeout=120)
    acknowledged += rest.split()
    assert len(acknowledged) == len(set(acknowledged))
    with Store.open(path, read_only=True) as store:
        stored_all = list(store.episodes("run"))
        assert len(store.list_runs()) == 1
    assert {episode.key for episode in stored_all} == {f"k{number}" for number in range(N_EPISODES)}
    for episode in stored_all:
        assert episode == episode_of(episode.key, n_turns=1 + int(episode.key[1:]) % 4)
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in ("turns", "calls", "tool_calls", "scores"):
            orphans = f"SELECT count(*) FROM {table} WHERE episode_id NOT IN (SELECT episode_id FROM episodes)"
            assert connection.execute(orphans).fetchone() == (0,)
