from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import stillroom
from stillroom.data.fetch import Fetcher
from stillroom.data.store import Store
from stillroom.serve import reword_command, simulate_command
from stillroom.serve.cli import build_app, run_command
from stillroom.serve.refusals import BOUNDARIES, refusal_of

Run = Callable[..., tuple[int, str, str]]
COMMANDS = (
    ("demo",), ("fetch",), ("simulate",), ("chat",), ("parse",), ("solve",), ("evaluate",),
    ("report",), ("export",), ("doctor",), ("situations",),
    ("distill", "prepare"), ("distill", "reword"), ("distill", "train"), ("distill", "average"),
    ("distill", "export"), ("traces", "list"), ("traces", "show"), ("traces", "merge"),
)  # fmt: skip
# Raised and caught inside one folder; none of them reaches a command.
INTERNAL = {
    "stillroom.agents.solver.action.ActionError",
    "stillroom.agents.wire.edit.WireError",
    "stillroom.agents.wire.plan.PlanError",
    "stillroom.data.sources.SourceError",
    "stillroom.serve.refusals.InterruptionError",
    "stillroom.simulators.ledger.LedgerError",
    "stillroom.simulators.rivals.tool_plan.ToolPlanError",
    "stillroom.simulators.tasks.calculator.UnreadableError",
    "stillroom.tools.call.ToolError",
    "stillroom.tools.sandbox.cpython_dialogue.ChildGoneError",
    "stillroom.tools.sandbox.cpython_dialogue._StoppedError",
}


def refused(result: tuple[int, str, str]) -> str:
    """Return the one sentence of a refusal."""
    code, _, err = result
    assert code == 2, err
    assert err.startswith("stillroom: ") and err.count("\n") == 1, err
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: tuple[str, ...], run: Run) -> None:
    code, out, _ = run(*command, "--help")
    assert code == 0
    assert f"Example: stillroom {' '.join(command)}" in " ".join(out.split())


def test_every_registered_command_is_tested_above() -> None:
    app = build_app()
    top = {(info.name or info.callback.__name__,) for info in app.registered_commands if info.callback}
    grouped = {
        (str(group.name), info.name or info.callback.__name__)
        for group in app.registered_groups
        if group.typer_instance
        for info in group.typer_instance.registered_commands
        if info.callback
    }
    assert top | grouped == set(COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; from stillroom.serve.cli import run_command; run_command(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"torch", "transformers", "openvino", "pandas", "numpy", "duckdb", "scipy", "langgraph", "matplotlib"}
    assert not heavy & set(done.stdout.split())


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"stillroom {stillroom.__version__}\n", "")


def test_every_exception_type_is_a_boundary_or_internal() -> None:
    found = set()
    for module in pkgutil.walk_packages(stillroom.__path__, "stillroom."):
        if module.name.endswith("__main__"):
            continue
        for name, thing in vars(importlib.import_module(module.name)).items():
            if isinstance(thing, type) and issubclass(thing, Exception) and thing.__module__ == module.name:
                found.add(f"{module.name}.{name}")
    assert found >= BOUNDARIES
    unknown = found - INTERNAL - BOUNDARIES
    kinds = [getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in unknown]
    assert [kind for kind in kinds if refusal_of(kind("x")) is None] == []


def test_a_programmers_error_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of(ZeroDivisionError("x")) is None
    assert refusal_of(ValueError("x")) is None
    monkeypatch.setattr(simulate_command, "check_store", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_command(["simulate"])


def test_a_full_disk_is_a_sentence() -> None:
    assert refusal_of(OSError(28, "No space left on device", "/x/y")) == "/x/y: No space left on device"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulat",), "simulate"),
        (("simulate", "--episodes", "many"), "--episodes"),
        (("simulate", "--episodes", "0"), "--episodes"),
        (("simulate", "--split", "test"), "--split"),
        (("fetch", "no-such-thing"), "no-such-thing"),
        (("evaluate", "--models", " , "), "--models"),
        (("evaluate", "--models", "rulez"), "did you mean rules"),
        (("evaluate", "--settings", "MR,XR"), "--settings names XR"),
        (("evaluate", "--user", "nosy"), "there is no user 'nosy'"),
        (("evaluate", "--user", "llm:local:some"), "the expert is told"),
        (("simulate", "--user", "noisy:loud"), "mild, medium, strong"),
        (("simulate", "--model", "rules", "--user", "llm:rules"), "names no model that can speak"),
        (("simulate", "--model", "rules", "--user", "llm:local:none"), "no weights 'none'"),
        (("simulate", "--setting", "XR"), "--setting"),
        (("distill", "reword", "rules", "--run", "x"), "writes no prose"),
        (("distill", "reword", "local:none", "--run", "x"), "no weights 'none'"),
        (("parse", "--model", "student:nobody"), "nobody"),
        (("simulate", "--model", "rulez"), "did you mean rules"),
        (("traces", "show", "x", "--store", "none.duckdb"), "no such store"),
        (("traces", "merge", "none.duckdb"), "no such store"),
        (("traces", "merge", "a.duckdb", "./s.duckdb", "--store", "s.duckdb"), "named twice"),
        (("distill", "prepare", "none.toml"), "none.toml"),
        (("distill", "prepare", "nobody"), "no recipe 'nobody'"),
        (("distill", "train", "nowhere"), "no training folder"),
        (("distill", "export", "nobody", "--out", "x.gguf"), "nobody"),
        (("report", "--json", "none.json"), "stillroom evaluate"),
        (("parse", "--model", "rules", "--world", "mars"), "films-renamed"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    arguments: tuple[str, ...], words: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Fetcher, "_fetch_into", lambda *_: pytest.fail("nothing is fetched for a wrong name"))
    assert words in refused(run(*arguments))
    assert list(tmp_path.iterdir()) == []


def test_offline_with_an_empty_cache_says_what_to_fetch(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLROOM_CACHE", str(tmp_path / "cache"))
    assert "run `stillroom fetch" in refused(run("fetch", "--offline"))
    assert "run `stillroom fetch" in refused(run("parse", "--model", "rules", "--offline"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("i2,", "i1,", "'i1'"),
        ("id,title", "id,name", "no column 'title'"),
        (",1975,", ",19x5,", "'19x5'"),
    ],
)
def test_a_bad_catalogue_is_refused(old: str, new: str, words: str, run: Run, toy_world: str) -> None:
    table = Path(toy_world).with_name("items.csv")
    table.write_text(table.read_text().replace(old, new, 1))
    sentence = refused(run("parse", "--model", "rules", "--world", toy_world))
    assert words in sentence and "items.csv" in sentence


def test_a_recipe_with_an_unknown_key_names_the_nearest(run: Run, tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('name = "mine"\n[optimiser]\nlearning_rat = 1e-3\n')
    sentence = refused(run("distill", "prepare", recipe, "--out", tmp_path / "out"))
    assert "'optimiser.learning_rat'" in sentence and "'optimiser.learning_rate'" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def make_store(path: Path) -> None:
    with Store.open(path) as store:
        store.start_run({"kind": "collect"}, run_id="one")


def test_a_truncated_store_is_refused_and_left_as_it_was(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    make_store(path)
    path.write_bytes(path.read_bytes()[:20_000])
    before = path.read_bytes()
    for command in (("traces", "list"), ("export", "--out", tmp_path / "out"), ("simulate",), ("evaluate",)):
        assert "damaged" in refused(run(*command, "--store", path))
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["s.duckdb"]


def test_a_store_of_a_newer_schema_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    make_store(path)
    with duckdb.connect(str(path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        table = next(name for name in tables if "migration" in name or "version" in name)
        columns = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
        number = next(name for name in columns if name in ("number", "version"))
        connection.execute(f"UPDATE {table} SET {number} = 999 WHERE {number} = 1")
    assert "newer Stillroom" in refused(run("traces", "list", "--store", path))


def test_a_student_without_its_base_is_refused(run: Run, tmp_path: Path, toy_world: str) -> None:
    folder = tmp_path / "student"
    folder.mkdir()
    for name in ("adapter_model.safetensors", "tokenizer.json"):
        (folder / name).write_bytes(b"")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "no-such-base"}))
    assert "no-such-base" in refused(run("parse", "--model", f"student:{folder}", "--world", toy_world))
    (folder / "adapter_config.json").write_text("{}")
    assert "base model" in refused(run("parse", "--model", f"student:{folder}", "--world", toy_world))


@pytest.mark.parametrize("command", [("distill", "prepare", "demo"), ("distill", "train", "x")])
def test_a_folder_of_something_else_is_never_written_over(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert "choose another place" in refused(run(*command, "--out", tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_simulate_goes_on_where_it_was_interrupted(
    run: Run, toy_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "s.duckdb"
    simulate = ("simulate", "--world", toy_world, "--store", path, "--episodes")
    add = Store.add_episode

    def interrupted(self: Store, run_id: str, episode: object) -> bool:
        if len(self.finished_episodes(run_id)) == 2:
            raise KeyboardInterrupt
        return add(self, run_id, episode)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add_episode", interrupted)
        code, _, err = run(*simulate, 4)
    assert code == 130 and "run the same command again" in err
    assert run(*simulate, 4)[0] == 0
    code, out, _ = run(*simulate, 4)
    assert code == 0 and "4 sessions" in out and "stillroom distill prepare" in out
    with Store.open(path, read_only=True) as store:
        assert store.finished_episodes("toy-expert-train-0") == {f"{number:06d}" for number in range(4)}


def test_a_world_without_people_leaves_no_store(run: Run, toy_world: str, tmp_path: Path) -> None:
    schema = Path(toy_world)
    schema.write_text(schema.read_text().partition("[interactions]")[0])
    assert "no interactions" in refused(run("simulate", "--world", toy_world, "--store", tmp_path / "s.duckdb"))
    assert not (tmp_path / "s.duckdb").exists()


def test_traces_and_export_read_what_simulate_wrote(run: Run, toy_world: str, tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    assert run("simulate", "--world", toy_world, "--store", path, "--episodes", 2, "--run", "r")[0] == 0
    code, out, _ = run("traces", "list", "--store", path)
    assert code == 0 and "r/000000" in out and "r/000001" in out
    code, out, _ = run("traces", "show", "r/000001", "--store", path)
    assert code == 0 and "scores" in out
    assert "no run 'q'" in refused(run("traces", "list", "--run", "q", "--store", path))
    code, out, _ = run("export", "--format", "episodes", "--out", tmp_path / "out", "--store", path)
    assert code == 0
    assert len((tmp_path / "out" / "episodes.jsonl").read_text().splitlines()) == 2


def test_what_two_machines_measured_is_one_table(run: Run, toy_world: str, tmp_path: Path) -> None:
    asked = ("--world", toy_world, "--users", 2, "--commands", 4, "--run", "r")
    for model in ("rules", "expert"):
        store = tmp_path / f"{model}.duckdb"
        assert run("evaluate", "--models", model, *asked, "--store", store, "--json", tmp_path / "e.json")[0] == 0
    both = ("--store", tmp_path / "rules.duckdb")
    code, out, err = run("traces", "merge", tmp_path / "expert.duckdb", *both)
    assert code == 0 and "10 new, 0 there already" in out, out + err
    again = ("evaluate", "--models", "rules,expert", *asked, *both, "--json", tmp_path / "both.json", "--stored")
    assert run(*again)[0] == 0
    measured = json.loads((tmp_path / "both.json").read_text())
    assert [model["parts"]["MR"]["n"] for model in measured["models"]] == [2, 2]
    assert "no run 'q'" in refused(run(*again, "--run", "q"))
    with Store.open(both[1], read_only=True) as store:
        episodes = store.list_episodes("r")
    assert len(episodes) == len({episode.key for episode in episodes}) == 20
    code, out, _ = run("traces", "merge", tmp_path / "expert.duckdb", *both)
    assert code == 0 and "0 new, 10 there already" in out


def test_evaluate_writes_json_and_report_a_page(run: Run, toy_world: str, tmp_path: Path) -> None:
    store, numbers = tmp_path / "s.duckdb", tmp_path / "e.json"
    where = ("--store", store, "--json", numbers)
    code, out, err = run(
        "evaluate", "--models", "rules,expert", "--world", toy_world, "--users", 2, "--commands", 4, *where
    )
    assert code == 0, err
    assert "rules" in out and "expert" in out
    assert {model["name"] for model in json.loads(numbers.read_text())["models"]} == {"rules", "expert"}
    assert run("report", *where, "--out", tmp_path / "r.html")[0] == 0
    assert "<html" in (tmp_path / "r.html").read_text()
    numbers.write_text("{}")
    refused(run("report", *where, "--out", tmp_path / "s.html"))
    assert not (tmp_path / "s.html").exists()


def test_rivals_and_ablations_stand_in_one_table_of_a_results_file(run: Run, toy_world: str, tmp_path: Path) -> None:
    where = ("--store", tmp_path / "s.duckdb", "--json", tmp_path / "e.json", "--results", tmp_path / "R.md")
    sizes = ("--users", 2, "--seeds", 2, "--commands", 2, "--settings", "MR")
    code, out, err = run("evaluate", "--models", "bm25,expert,expert~no-memory", "--world", toy_world, *sizes, *where)
    assert code == 0, err
    table = (tmp_path / "R.md").read_text(encoding="utf-8")
    assert "| bm25 | 4 |" in table and "| expert~no-memory (privileged) | 4 |" in table
    assert "expert − expert~no-memory" in table and "seeds 0, 1" in table


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("--models", "expert~no-memry"), "did you mean no-memory"),
        (("--models", "interecagent:rulez"), "did you mean rules"),
        (("--suite", "feeds"), "known are feed"),
    ],
)
def test_a_contestant_that_nobody_knows_is_refused(run: Run, tmp_path: Path, names: Any, sentence: str) -> None:
    said = refused(run("evaluate", *names, "--store", tmp_path / "s.duckdb"))
    assert sentence in said and not (tmp_path / "s.duckdb").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--task", "mirror", "--seeds", 3), "--seeds is about people and their feeds"),
        (("--suite", "solver", "--world", "books"), "--world is about people and their feeds"),
        (("--models", "rules", "--search", "bm25"), "--search is about tasks"),
        (("--models", "rules", "--held-out", "validation"), "--held-out is about tasks"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(run: Run, tmp_path: Path, options: Any, sentence: str) -> None:
    said = refused(run("evaluate", *options, "--store", tmp_path / "s.duckdb"))
    assert sentence in said and not (tmp_path / "s.duckdb").exists()


def test_other_users_and_settings_are_simulated_and_measured(run: Run, toy_world: str, tmp_path: Path) -> None:
    store, numbers = tmp_path / "s.duckdb", tmp_path / "e.json"
    where = ("--world", toy_world, "--user", "noisy:mild", "--store", store)
    code, out, err = run("simulate", "--episodes", 2, "--setting", "MRID", *where)
    assert code == 0, err
    assert "noisy-mild-mrid" in out
    with Store.open(store, read_only=True) as opened:
        (summary,) = opened.list_runs()
        assert {(e.user, e.setting) for e in opened.episodes(summary.run_id)} == {("noisy:mild", "MRID")}
        assert summary.config["user"] == "noisy:mild" and summary.config["setting"] == "MRID"
    measured = ("--models", "rules", "--users", 1, "--commands", 1, "--settings", "mrid", "--json", numbers)
    code, out, err = run("evaluate", *measured, *where)
    assert code == 0, err
    (model,) = json.loads(numbers.read_text())["models"]
    assert set(model["parts"]) == {"commands", "MRID"}
    assert {"stale", "forgotten"} <= set(model["parts"]["MRID"]["metrics"])


def test_reword_stores_what_is_kept_and_counts_what_is_not(
    run: Run, toy_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: Any
) -> None:
    store = tmp_path / "s.duckdb"
    assert run("simulate", "--world", toy_world, "--episodes", 2, "--store", store, "--run", "src")[0] == 0
    monkeypatch.setattr(reword_command, "check_model", lambda *_, **__: None)
    monkeypatch.setattr(reword_command, "open_model", lambda *_, **__: scripted("", "?"))
    options = ("--world", toy_world, "--store", store, "--check", "words", "--commands", 2)
    code, out, err = run("distill", "reword", "local:some", "--run", "src", *options)
    assert code == 0, err
    assert "0 of 2 wordings were kept (refused: 2 empty)" in out
    assert "no run 'q'" in refused(run("distill", "reword", "local:some", "--run", "q", *options))


def test_native_chatter_is_hidden_and_ours_is_not() -> None:
    script = (
        "import os, sys\n"
        "from stillroom.serve.console import native_output_hidden\n"
        "with native_output_hidden():\n"
        "    os.write(1, b'native'); os.write(2, b'native')\n"
        "    print('ours'); print('ours too', file=sys.stderr)\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "ours\nafter\n"
    assert done.stderr == "ours too\n"


def test_a_reader_that_leaves_is_no_traceback(toy_world: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "stillroom", "fetch", "--list"], stdout=stdout, stderr=subprocess.PIPE, text=True
        )
    assert done.stderr == ""
