"""Every command that may ask a hosted model: the same options, counters, ceilings, and an address of openai: alone."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stillroom.data.store import Store

Run = Callable[..., tuple[int, str, str]]
ASKING = (
    ("chat",), ("parse",), ("solve",), ("simulate",), ("evaluate",), ("situations",), ("distill", "reword"),
)  # fmt: skip
OPTIONS = (
    "--base-url", "--max-cost", "--max-tokens", "--price-in", "--price-out", "--prices", "--temperature", "--timeout",
    "--cache",
)  # fmt: skip
TIMES = ("latency_p50", "latency_p95", "outside_model")
SITUATIONS = """
[[situation]]
id = "a"
kind = "k"
command = "comedies please"
feed = "changes"

[[situation]]
id = "b"
kind = "k"
command = "more comedies"
before = ["no horror"]
unchanged_memory = true
"""


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "STILLROOM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STILLROOM_DATA", str(tmp_path / "kept"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def terminated_as_before() -> Iterator[None]:
    """Give the signal back that a chat takes."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def typed(monkeypatch: pytest.MonkeyPatch, *lines: object) -> None:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.mark.parametrize("command", ASKING)
def test_every_command_takes_the_same_options(command: tuple[str, ...], run: Run) -> None:
    code, out, _ = run(*command, "--help")
    assert code == 0 and [name for name in OPTIONS if name not in out] == []


@pytest.mark.parametrize(
    "command",
    [
        ("chat", "--model", "anthropic:m"),
        ("parse", "--model", "rules"),
        ("solve", "--model", "anthropic:m"),
        ("simulate", "--model", "anthropic:m", "--user", "llm:mistralai:m"),
        ("evaluate", "--models", "rules,interecagent:anthropic:m,expert~no-memory"),
        ("evaluate", "--task", "mirror", "--models", "anthropic:m+cot"),
        ("situations", "s.toml", "--models", "rules"),
        ("distill", "reword", "anthropic:m", "--run", "r"),
    ],
)
def test_an_address_that_is_of_no_model_named_is_refused(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SITUATIONS, encoding="utf-8")
    code, out, err = run(*command, "--base-url", "http://127.0.0.1:9/v1")
    assert code == 2 and "--base-url is the address of openai: models" in err and err.count("\n") == 1


def test_a_batch_of_commands_counts_on_stderr_and_ends_at_a_ceiling(
    run: Run, toy_world: str, hosted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ("parse", "--model", "openai:tiny", "--world", toy_world, "--base-url", hosted_server.url)
    lines = [{"id": number, "command": f"comedies, the {number}th time"} for number in range(4)]
    typed(monkeypatch, *lines)
    code, out, err = run(*ask)
    assert code == 0 and [json.loads(line)["id"] for line in out.splitlines()] == [0, 1, 2, 3]
    assert "stillroom: openai:tiny: 4 calls, 0 retries, 0 cache hits, 40 tokens in, 20 out" in err
    typed(monkeypatch, *lines)
    code, out, err = run(*ask, "--max-tokens", 30)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 2 and ["error" in answer for answer in answers] == [False, False, True, True]
    assert "the ceiling of 30 tokens is reached (30 used)" in answers[2]["error"]
    assert hosted_server.n_requests == 6
    assert "openai:tiny: 2 calls" in err and "the lines that were not asked any more say so" in err


def test_a_batch_of_questions_counts_on_stderr_and_ends_at_a_ceiling(
    run: Run, hosted_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    hosted_server.answer = lambda _: "Thought: It is 2.\n```py\nfinal_answer(2)\n```"
    typed(monkeypatch, *({"id": number, "question": "How many?"} for number in range(3)))
    ask = ("solve", "--model", "openai:tiny", "--task", "mirror:60", "--search", "bm25")
    code, out, err = run(*ask, "--base-url", hosted_server.url, "--max-tokens", 30)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 2 and [answer.get("answer") for answer in answers] == [2, 2, None]
    assert hosted_server.n_requests == 2 and "openai:tiny: 2 calls" in err and "openai:tiny" not in out


@pytest.mark.usefixtures("terminated_as_before")
def test_a_chat_at_its_ceiling_says_so_and_goes_on(
    run: Run, toy_world: str, hosted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ("chat", "--model", "openai:tiny", "--world", toy_world, "--base-url", hosted_server.url, "--session", "z2")
    typed(monkeypatch, "comedies please", "only comedies from now on", "/feed", "/quit")
    code, out, err = run(*ask, "--max-tokens", 15)
    assert code == 0 and err == "" and hosted_server.n_requests == 1
    assert "the ceiling of 15 tokens is reached (15 used)" in out and "Traceback" not in out
    assert "openai:tiny: 1 calls, 0 retries, 0 cache hits, 10 tokens in, 5 out" in out
    again = f"stillroom chat --session z2 --world {toy_world} --model openai:tiny --base-url {hosted_server.url}\n"
    assert again in out
    typed(monkeypatch, "comedies please", "/model rules", "/quit")
    code, out, _ = run(*ask)
    assert code == 0 and "Here is where we left off." in out and hosted_server.n_requests > 1
    assert f"stillroom chat --session z2 --world {toy_world} --model rules --base-url" in out


def test_situations_that_a_ceiling_cut_short_are_no_failures(
    run: Run, toy_world: str, hosted_server: Any, tmp_path: Path
) -> None:
    (tmp_path / "s.toml").write_text(SITUATIONS, encoding="utf-8")
    ask = ("situations", "s.toml", "--models", "openai:tiny", "--world", toy_world, "--base-url", hosted_server.url)
    code, out, err = run(*ask, "--json", "o.json", "--max-tokens", 30)
    assert code == 2 and "the ceiling of 30 tokens is reached" in err and "nothing was written" in err
    assert "openai:tiny: 2 calls" in out and not Path("o.json").exists()
    code, out, err = run(*ask, "--json", "o.json")
    assert code == 0 and len(json.loads(Path("o.json").read_text())["openai:tiny"]) == 2
    assert f"--models openai:tiny --world {toy_world} --failures" in out and f"chat --world {toy_world}" in out


def test_other_words_are_asked_at_an_address_and_under_a_ceiling(run: Run, toy_world: str, hosted_server: Any) -> None:
    place = ("--world", toy_world, "--store", "s.duckdb")
    assert run("simulate", "--episodes", 2, "--run", "src", *place)[0] == 0
    ask = ("distill", "reword", "openai:tiny", "--run", "src", "--check", "words", "--commands", 4, *place)
    code, out, err = run(*ask, "--base-url", hosted_server.url, "--max-tokens", 15)
    assert code == 2 and "the ceiling of 15 tokens is reached" in err and "openai:tiny: 1 calls" in out
    code, out, _ = run(*ask, "--base-url", hosted_server.url)
    assert code == 0 and "openai:tiny: " in out and "wordings were kept" in out
    assert "stillroom distill prepare mixed-smollm2 --store s.duckdb" in out
    assert [body["temperature"] for body in hosted_server.bodies] == [0.8] * hosted_server.n_requests


def test_a_rival_asks_its_model_at_the_address_and_under_the_ceiling(
    run: Run, toy_world: str, hosted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-real-one")
    ask = ("evaluate", "--models", "interecagent:openai:tiny", "--world", toy_world, "--settings", "SR", "--users", 3)
    place = ("--base-url", hosted_server.url, "--store", "e.duckdb", "--json", "e.json", "--temperature", 0.5)
    prices = ("--price-in", 10, "--price-out", 20)
    code, out, err = run(*ask, *place, *prices, "--max-cost", 0.0005)
    assert code == 0 and "the ceiling of 0.0005 on cost is reached" in err and hosted_server.n_requests == 3
    assert "openai:tiny: 3 calls, 0 retries, 0 cache hits, 30 tokens in, 15 out, cost 0.0006" in out
    code, out, err = run(*ask, *place)
    assert code == 0 and "ceiling" not in err
    with Store.open(Path("e.duckdb"), read_only=True) as store:
        calls = [call for episode in store.episodes() for turn in episode.turns for call in turn.calls]
    assert len(calls) == 6 and {call.sampling["temperature"] for call in calls} == {0.5}


def told(hosted_server: Any) -> list[str]:
    return [str(body["messages"][-1]["content"]) for body in hosted_server.bodies]


def without_times(path: str) -> Any:
    models = json.loads(Path(path).read_text())["models"]
    for model in models:
        for part in model["parts"].values():
            part["metrics"] = {name: value for name, value in part["metrics"].items() if name not in TIMES}
    return models


@pytest.mark.parametrize("name", ["openai:tiny", "interecagent:openai:tiny"])
def test_sessions_at_once_are_measured_as_they_are_alone(
    name: str, run: Run, toy_world: str, hosted_server: Any
) -> None:
    hosted_server.delay_s = 0.02
    ask = ("evaluate", "--models", f"rules,{name}", "--world", toy_world, "--users", 3, "--commands", 6)
    place = ("--base-url", hosted_server.url)
    assert run(*ask, *place, "--store", "1.duckdb", "--json", "1.json")[0] == 0
    assert hosted_server.most_at_once == 1
    alone = sorted(told(hosted_server))
    hosted_server.bodies.clear()
    at_once = ("--store", "3.duckdb", "--json", "3.json", "--concurrency", 3)
    code, out, err = run(*ask, *place, *at_once, "--max-tokens", 100)
    assert code == 0 and "the ceiling of 100 tokens" in err and 1 < hosted_server.most_at_once <= 3
    with Store.open(Path("3.duckdb"), read_only=True) as store:
        assert any(episode.model == name for episode in store.episodes())
    code, out, _ = run(*ask, *place, *at_once)
    assert code == 0 and "Latencies are of sessions at once: 3" in out
    assert without_times("3.json") == without_times("1.json")
    assert set(told(hosted_server)) == set(alone), "what is measured is asked as it is alone"


def test_tasks_at_once_are_measured_as_they_are_alone(
    run: Run, hosted_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    hosted_server.answer = lambda messages: (
        f"Thought: It is so.\n```py\nfinal_answer({len(str(messages[-1]['content']))})\n```"
    )
    hosted_server.delay_s = 0.02
    ask = ("evaluate", "--task", "mirror:60", "--search", "bm25", "--models", "openai:tiny", "--users", 5)
    place = ("--base-url", hosted_server.url)
    for n_at_once in (1, 3):
        where = ("--store", f"{n_at_once}.duckdb", "--json", f"{n_at_once}.json", "--concurrency", n_at_once)
        code, _, err = run(*ask, *place, *where)
        assert code == 0, err
        assert (hosted_server.most_at_once > 1) is (n_at_once > 1) and hosted_server.most_at_once <= n_at_once
    assert without_times("3.json") == without_times("1.json")
    n_requests = hosted_server.n_requests
    assert run(*ask, *place, "--store", "3.duckdb", "--json", "3.json", "--concurrency", 3)[0] == 0
    assert hosted_server.n_requests == n_requests


def test_whoever_would_only_wait_in_line_is_refused(run: Run) -> None:
    code, _, err = run("evaluate", "--models", "rules,expert,bm25", "--concurrency", 4)
    assert code == 2 and "--concurrency is for hosted models" in err and "rules, expert, bm25 plays one" in err


def test_a_run_is_not_gone_on_with_at_another_temperature_or_address(
    run: Run, toy_world: str, hosted_server: Any
) -> None:
    ask = ("simulate", "--model", "openai:tiny", "--world", toy_world, "--store", "s.duckdb", "--episodes", 1)
    assert run(*ask, "--base-url", hosted_server.url)[0] == 0
    for other, name in (
        (("--base-url", hosted_server.url, "--temperature", 1.5), "temperature"),
        (("--base-url", f"{hosted_server.url}/"), "base_url"),
    ):
        code, out, err = run(*ask, *other)
        assert code == 2 and f"was started with another {name};" in err and "Wrote" not in out
    assert run(*ask, "--base-url", hosted_server.url.replace("//", "//user:secret@"))[0] == 0
    with Store.open(Path("s.duckdb"), read_only=True) as store:
        (found,) = store.list_runs()
    assert found.config["prompt_profile"] == "teacher" and found.config["base_url"] == hosted_server.url


def test_a_run_of_tasks_is_not_gone_on_with_at_another_address(
    run: Run, hosted_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    hosted_server.answer = lambda _: "Thought: It is 2.\n```py\nfinal_answer(2)\n```"
    ask = ("simulate", "--task", "mirror:60", "--model", "openai:tiny", "--search", "bm25", "--store", "t.duckdb")
    ask = (*ask, "--episodes", 1)
    assert run(*ask, "--base-url", hosted_server.url)[0] == 0
    code, out, err = run(*ask, "--base-url", f"{hosted_server.url}/")
    assert code == 2 and "was started with another base_url;" in err and "Wrote" not in out


@pytest.mark.parametrize(
    ("more", "recipe"),
    [(("--split", "validation"), None), (("--model", "rules"), None), ((), "mixed-smollm2")],
)
def test_what_is_run_next_fits_what_was_simulated(
    more: tuple[str, ...], recipe: str | None, run: Run, toy_world: str
) -> None:
    code, out, _ = run("simulate", "--world", toy_world, "--store", "s.duckdb", "--episodes", 1, "--run", "r", *more)
    assert code == 0 and "stillroom traces list --run r --store s.duckdb" in out
    assert "distill prepare demo" not in out
    assert ("distill prepare" in out) is bool(recipe) and f"distill prepare {recipe or ''}" in f"{out}distill prepare "
