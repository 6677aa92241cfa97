"""`stillroom simulate --task`: the expert's trajectories on a real world, resumed, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.data.store import Store
from stillroom.serve.cli import run_command


def test_the_expert_solves_tasks_into_the_store_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    store = tmp_path / "tasks.duckdb"
    command = ["simulate", "--task", "mirror:60", "--model", "expert", "--search", "bm25", "--store", str(store)]
    assert run_command([*command, "--episodes", "6"]) == 0
    assert "6 sessions (6 answered), 6 right" in " ".join(capsys.readouterr().out.split())
    assert run_command([*command, "--episodes", "9"]) == 0
    with Store.open(store, read_only=True) as opened:
        (run,) = opened.list_runs()
        episodes = list(opened.episodes(run.run_id))
    assert run.config["kind"] == "solve" and run.config["part"] == "train"
    assert len(episodes) == 9 and {episode.split for episode in episodes} == {"train"}
    assert all(episode.turns[0].calls and episode.score("correct") == 1 for episode in episodes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "expert", "--samples", "2"], "the expert solves a task in one way"),
        (["--model", "rules"], "reads commands about feeds and solves no tasks"),
        (["--model", "student:default", "--samples", "2"], "give --temperature, as in 0.7"),
        (["--model", "expert", "--search", "magic"], "there is no search mode 'magic'"),
        (["--model", "expert", "--sandbox", "docker"], "there is no sandbox 'docker'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    store = tmp_path / "tasks.duckdb"
    assert run_command(["simulate", "--task", "mirror:60", "--store", str(store), *arguments]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not store.exists()
