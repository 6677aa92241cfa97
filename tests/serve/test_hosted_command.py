"""The commands with a hosted model, against a real server: counters, ceilings and how to go on, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.byte_model import write_byte_model

from stillroom.data.store import Store
from stillroom.serve.refusals import InterruptionError, resumable

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "STILLROOM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def simulate(run: Run, world: str, url: str, *more: object) -> tuple[int, str, str]:
    return run("simulate", "--model", "openai:tiny", "--world", world, "--base-url", url, "--store", "s.duckdb", *more)


def n_stored() -> int:
    with Store.open(Path("s.duckdb"), read_only=True) as store:
        return len(store.list_episodes())


def test_a_collection_stops_at_a_ceiling_says_how_to_go_on_and_goes_on(
    run: Run, toy_world: str, hosted_server: Any
) -> None:
    ask = (toy_world, hosted_server.url, "--episodes", 4, "--concurrency", 3)
    code, out, err = simulate(run, *ask, "--max-tokens", 150)
    assert code == 2 and err.count("stillroom: ") == 1
    assert "the ceiling of 150 tokens is reached (150 used)" in err and "run the same command again" in err
    assert "openai:tiny: 10 calls, 0 retries, 0 cache hits, 100 tokens in, 50 out" in out
    assert hosted_server.n_requests == 10 and n_stored() < 4
    code, out, err = simulate(run, *ask)
    assert code == 0 and n_stored() == 4
    assert hosted_server.most_at_once <= 3
    questions = [str(body["messages"]) for body in hosted_server.bodies]
    assert not set(questions[:10]) & set(questions[10:]), "what was paid for before the ceiling is not asked again"


def test_a_cost_is_shown_and_a_second_run_pays_nothing(run: Run, toy_world: str, hosted_server: Any) -> None:
    ask = (toy_world, hosted_server.url, "--episodes", 1, "--price-in", 10, "--price-out", 20)
    hosted_server.script(["429:0"])
    code, out, _ = simulate(run, *ask, "--concurrency", 1)
    assert "1 retries (failed: 1 rate limit)" in out
    assert code == 0 and "cost 0.00" in out
    n_requests = hosted_server.n_requests
    code, out, _ = simulate(run, *ask, "--run", "again")
    assert code == 0 and hosted_server.n_requests == n_requests
    assert "openai:tiny: 0 calls" in out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--model", "openai:m"), "set OPENAI_API_KEY"),
        (("--model", "mistralai:m"), "pip install 'stillroom[mistral]'"),
        (("--model", "openai:m", "--base-url", "localhost"), "is no base URL"),
        (("--model", "openai:m", "--base-url", "http://127.0.0.1:9/v1", "--max-cost", "1"), "needs the prices"),
        (("--model", "openai:m", "--price-in", "1"), "--price-in and --price-out go together"),
        (("--model", "openai:m", "--prices", "none.toml"), "none.toml"),
        (("--model", "rules", "--concurrency", "4"), "--concurrency is for hosted models"),
    ],
)
def test_what_cannot_be_reached_is_refused_before_anything_is_loaded(
    options: tuple[str, ...], says: str, run: Run, tmp_path: Path
) -> None:
    code, out, err = run("simulate", *options)
    assert code == 2 and err.startswith("stillroom: ") and err.count("\n") == 1
    assert says in err and out == "" and list(tmp_path.iterdir()) == []


def test_nobody_at_the_address_is_one_sentence(run: Run, toy_world: str) -> None:
    code, _, err = simulate(run, toy_world, "http://127.0.0.1:9/v1", "--episodes", 1)
    assert code == 2 and "cannot be reached" in err and "Traceback" not in err


def test_an_evaluation_with_a_hosted_model(run: Run, toy_world: str, hosted_server: Any) -> None:
    ask = ("evaluate", "--models", "openai:tiny", "--world", toy_world, "--users", 1, "--commands", 3)
    place = ("--base-url", hosted_server.url, "--store", "e.duckdb", "--json", "e.json")
    code, out, err = run(*ask, *place, "--max-tokens", 30)
    assert code == 0 and "the ceiling of 30 tokens is reached (30 used)" in err and "run the same command again" in err
    assert hosted_server.n_requests == 2
    code, out, err = run(*ask, *place)
    assert code == 0 and "openai:tiny:" in out and "ceiling" not in err
    questions = [str(body["messages"]) for body in hosted_server.bodies[:3]]
    assert questions[2] not in questions[:2], "two commands were stored before the ceiling"


def test_parse_and_chat_take_an_address(
    run: Run, toy_world: str, hosted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_BASE_URL", hosted_server.url)
    from stillroom.agents.models.load import load_model

    assert load_model("openai:tiny").invoke("> comedies").content == "must genre = Comedy"
    code, out, _ = run("chat", "--help")
    assert code == 0 and "--base-url" in out
    code, out, _ = run("parse", "--help")
    assert code == 0 and "--base-url" in out


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_an_interruption_is_told_as_one_wherever_it_falls(error: BaseException) -> None:
    with pytest.raises(InterruptionError, match="run it again"), resumable("run it again"):
        raise error


def test_another_error_of_a_query_is_none() -> None:
    with pytest.raises(RuntimeError, match="broken"), resumable("run it again"):
        raise RuntimeError("broken")


def test_sessions_of_local_weights_are_answered_together_and_are_what_they_are_alone(
    run: Run, toy_world: str, tmp_path: Path
) -> None:
    model = f"local:{write_byte_model(tmp_path / 'bytes')}"
    ask = ("--model", model, "--world", toy_world, "--runtime", "transformers", "--setting", "SR", "--episodes", 3)
    turns = []
    for n_at_once in (1, 3):
        code, _, _ = run("simulate", *ask, "--concurrency", n_at_once, "--store", f"{n_at_once}.duckdb")
        assert code == 0
        with Store.open(Path(f"{n_at_once}.duckdb"), read_only=True) as store:
            run_id = store.list_runs()[0].run_id
            episodes = sorted(store.episodes(run_id), key=lambda episode: episode.key)
        turns.append([[call.reply for turn in episode.turns for call in turn.calls] for episode in episodes])
    assert len(turns[0]) == 3 and turns[0] == turns[1]
    assert any(turns[0])
