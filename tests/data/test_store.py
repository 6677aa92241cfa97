"""The store keeps episodes whole, once, and refuses files that it cannot use without touching them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from stillroom.data.export import ExportForm, export_store
from stillroom.data.migrate import Migration, migrate, migrations, version
from stillroom.data.store import Store, StoreError
from stillroom.data.trajectory import Episode, Outcome

EpisodeOf = Callable[..., Episode]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "traces.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path) as opened:
        yield opened


def test_an_episode_comes_back_as_it_went_in(store: Store, episode_of: EpisodeOf) -> None:
    run = store.start_run({"setting": "MR"}, seed=3)
    assert store.add_episode(run, episode_of("a"))
    assert store.read_episode(f"{run}/a") == episode_of("a")


def test_an_empty_episode_comes_back(store: Store) -> None:
    bare = Episode("bare", "films", "SR", "rules", outcome=Outcome.FAILED, error="ModelError")
    run = store.start_run({})
    store.add_episode(run, bare)
    assert list(store.episodes()) == [bare]


def test_an_episode_is_written_once(store: Store, episode_of: EpisodeOf) -> None:
    run, other = store.start_run({}, run_id="one"), store.start_run({}, run_id="two")
    assert store.add_episode(run, episode_of("a"))
    assert not store.add_episode(run, episode_of("a", n_turns=2))
    assert store.add_episode(other, episode_of("a", n_turns=2))
    assert store.read_episode("one/a").n_rounds == 5
    assert store.finished_episodes("one") == {"a"}
    assert [summary.episode_id for summary in store.list_episodes()] == ["one/a", "two/a"]
    assert [summary.episode_id for summary in store.list_episodes("two")] == ["two/a"]
    assert len(store.list_episodes(limit=1)) == 1


def test_a_write_that_fails_leaves_nothing(store: Store, episode_of: EpisodeOf) -> None:
    run = store.start_run({})
    turn = replace(episode_of("a").turns[0], calls=(replace(episode_of("a").turns[0].calls[0], n_tokens_in=2**40),))
    with pytest.raises(StoreError, match="could not be written"):
        store.add_episode(run, replace(episode_of("a"), turns=(turn,)))
    assert store.list_episodes() == ()
    assert store.add_episode(run, episode_of("a"))
    assert list(store.episodes()) == [episode_of("a")]


def test_a_number_that_json_lacks_is_refused(store: Store, episode_of: EpisodeOf) -> None:
    run = store.start_run({})
    with pytest.raises(ValueError, match="JSON"):
        store.add_episode(run, replace(episode_of("a"), state={"score": float("nan")}))
    assert store.list_episodes() == ()


def test_an_episode_needs_its_run(store: Store, episode_of: EpisodeOf) -> None:
    with pytest.raises(StoreError, match="there is no run 'nobody'"):
        store.add_episode("nobody", episode_of("a"))


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a\u2028b", '"\\', "😀", "'; DROP TABLE runs; --"])
def test_strange_text_is_kept(store: Store, episode_of: EpisodeOf, text: str) -> None:
    run = store.start_run({})
    turn = replace(episode_of("a").turns[0], command=text, state={"said": text})
    store.add_episode(run, replace(episode_of("a"), turns=(turn,)))
    again = store.read_episode(f"{run}/a").turns[0]
    kept = text.replace("\ud800", "?")
    assert (again.command, again.state) == (kept, {"said": kept})


def test_an_older_run_that_does_not_say_a_setting_had_the_usual_one(store: Store) -> None:
    run = store.start_run({"n": 1}, run_id="old")
    usual = {"search": "bm25"}
    assert store.start_run({"n": 1, "search": "bm25"}, run_id="old", unrecorded=usual) == run
    with pytest.raises(StoreError, match="run 'old' was started with another search; give a new run id"):
        store.start_run({"n": 1, "search": "dense"}, run_id="old", unrecorded=usual)


def test_a_run_goes_on_only_with_the_same_settings(store: Store) -> None:
    config: dict[str, object] = {"setting": "MR", "n_users": 10}
    run = store.start_run({"setting": "MR", "n_users": 10}, seed=1, run_id="mine")
    assert store.start_run({"n_users": 10, "setting": "MR"}, seed=1, run_id="mine") == run
    with pytest.raises(StoreError, match="n_users and seed"):
        store.start_run({"setting": "MR", "n_users": 11}, seed=2, run_id="mine")
    (stored,) = store.list_runs()
    assert (stored.config, stored.seed, stored.n_episodes) == (config, 1, 0)
    assert stored.packages["duckdb"] == duckdb.__version__


def test_episodes_are_found_by_the_end_of_their_id(store: Store, episode_of: EpisodeOf) -> None:
    for run in ("one", "two"):
        store.start_run({}, run_id=run)
        store.add_episode(run, episode_of("user-1"))
    store.add_episode("two", episode_of("user-2"))
    assert store.read_episode("user-2").key == "user-2"
    with pytest.raises(StoreError, match="2 episodes end in 'user-1'"):
        store.read_episode("user-1")
    with pytest.raises(StoreError, match="no episode ends in 'user-9'"):
        store.read_episode("user-9")


def test_many_episodes_come_back_in_order(store: Store, episode_of: EpisodeOf) -> None:
    run = store.start_run({})
    keys = [f"k{number}" for number in range(205)]
    for key in keys:
        store.add_episode(run, Episode(key, "films", "SR", "rules"))
    assert [episode.key for episode in store.episodes(run)] == keys


def test_read_only_reads_and_cannot_write(path: Path, episode_of: EpisodeOf) -> None:
    with pytest.raises(StoreError, match="no such store"):
        Store.open(path, read_only=True)
    with Store.open(path) as store:
        store.add_episode(store.start_run({}, run_id="one"), episode_of("a"))
    with Store.open(path, read_only=True) as store:
        assert store.finished_episodes("one") == {"a"}
        with pytest.raises(StoreError):
            store.add_episode("one", episode_of("b"))


def test_a_second_writer_is_told(path: Path, store: Store) -> None:
    code = "import sys, pathlib; from stillroom.data.store import Store; Store.open(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode != 0
    assert "another process is using this store" in done.stderr.splitlines()[-1]


def write_foreign(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE things (a INTEGER)")


def write_newer(path: Path) -> None:
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO migrations VALUES (999, 'future', now()::TIMESTAMP)")


def write_truncated(path: Path) -> None:
    Store.open(path).close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def write_flipped(path: Path) -> None:
    Store.open(path).close()
    data = bytearray(path.read_bytes())
    data[9000:9200] = bytes(255 - byte for byte in data[9000:9200])
    path.write_bytes(data)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "is damaged or is not"),
        (lambda path: path.write_text("item,title\n" * 2000), "is damaged or is not"),
        (write_truncated, "the end of the file is missing"),
        (write_flipped, "is damaged or is not"),
        (write_foreign, "not a Stillroom store"),
        (write_newer, r"newer Stillroom \(layout 999"),
    ],
)
def test_a_file_that_is_refused_stays_as_it_was(
    path: Path, write: Callable[[Path], object], sentence: str, read_only: bool
) -> None:
    write(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=sentence) as caught:
        Store.open(path, read_only=read_only)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_store_that_shrank_is_whole(path: Path) -> None:
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE filler AS SELECT md5(range::VARCHAR) AS a FROM range(100000)")
    large = path.stat().st_size
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE filler")
    assert path.stat().st_size < large
    for read_only in (True, False):
        Store.open(path, read_only=read_only).close()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made or opened"):
        Store.open(tmp_path / "nowhere" / "traces.duckdb")
    with pytest.raises(StoreError, match="cannot be made or opened|is damaged"):
        Store.open(tmp_path)


def test_an_older_layout_is_brought_up_to_date(path: Path) -> None:
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        newest = migrations()[-1].number
        assert version(connection) == newest
        migrate(connection, (*migrations(), Migration(newest + 1, "wishes", "CREATE TABLE wishes (a INTEGER)")))
        assert version(connection) == newest + 1
        with pytest.raises(duckdb.Error):
            migrate(connection, (Migration(newest + 2, "bad", "CREATE TABLE half (a INTEGER); SELECT nothing"),))
        assert version(connection) == newest + 1
        assert not connection.execute("SELECT * FROM duckdb_tables() WHERE table_name = 'half'").fetchall()


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_exports_hold_what_the_store_holds(store: Store, tmp_path: Path, episode_of: EpisodeOf) -> None:
    for run in ("one", "two"):
        store.start_run({}, run_id=run)
        store.add_episode(run, episode_of("a"))
    folder = tmp_path / "it's out"
    (whole,) = export_store(store, folder, ExportForm.EPISODES, run_id="two")
    assert [Episode.from_json(json.loads(line)) for line in whole.read_text().splitlines()] == [episode_of("a")]
    for form in (ExportForm.PARQUET, ExportForm.JSONL):
        files = {file.stem: file for file in export_store(store, folder, form)}
        with duckdb.connect() as connection:
            reader = "read_parquet" if form is ExportForm.PARQUET else "read_json"
            rows = connection.execute(f"SELECT count(*) FROM {reader}(?)", [str(files["tool_calls"])]).fetchone()
        assert rows == (50,)
    assert not list(folder.glob("*.part"))
    with pytest.raises(StoreError, match="episodes"):
        export_store(store, folder, ExportForm.PARQUET, run_id="two")
