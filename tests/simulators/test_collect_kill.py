"""SIGKILL in the middle of a collection, several times: what is there in the end is what one unbroken run makes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from stillroom.data.store import Store
from stillroom.data.trajectory import Episode
from stillroom.simulators.collect import CollectConfig, collect
from stillroom.simulators.stage import Stage

N_EPISODES = 40
N_KILLS = 3


def start(path: Path) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("collector.py")
    return subprocess.Popen(
        [sys.executable, str(script), str(path), str(N_EPISODES)], stdout=subprocess.PIPE, text=True
    )


def said(episodes: list[Episode]) -> dict[str, list[tuple[str | None, object]]]:
    return {e.key: [(turn.command, [item["id"] for item in turn.feed]) for turn in e.turns] for e in episodes}


@pytest.mark.slow
def test_a_killed_collection_ends_with_the_very_same_episodes(tmp_path: Path, tiny_stage: Stage) -> None:
    path, chance, reached = tmp_path / "killed.duckdb", Random(20261123), 0
    for _ in range(N_KILLS):
        child = start(path)
        assert child.stdout is not None
        goal = reached + chance.randrange(3, 9)
        for line in child.stdout:
            if int(line) >= goal:
                break
        time.sleep(chance.random() * 0.05)
        child.kill()
        child.communicate()
        with Store.open(path, read_only=True) as store:
            keys = [episode.key for episode in store.episodes("run")]
        assert len(keys) == len(set(keys)), "nothing twice"
        assert keys == sorted(keys) and len(keys) >= goal, "nothing lost that was said to be done"
        reached = len(keys)
    assert reached < N_EPISODES, "the run ended before it was killed: the test shows nothing"
    start(path).communicate(timeout=240)
    with Store.open(path, read_only=True) as store:
        killed = list(store.episodes("run"))
        assert len(store.list_runs()) == 1
    with Store.open(tmp_path / "whole.duckdb") as store:
        collect(tiny_stage, tiny_stage.expert_seat(), store, CollectConfig(n_episodes=N_EPISODES), run_id="run")
        whole = list(store.episodes("run"))
    assert len(whole) == N_EPISODES
    assert said(killed) == said(whole)
