"""Fetching artefacts: sources in order, hash checked, whole or not at all, once into the cache.

Contract: `Fetcher.fetch(name)` returns the artefact's folder or raises ArtefactError; a killed or failed fetch leaves
nothing that a later one would take for complete. Use one Fetcher for several artefacts: it remembers refusals.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stillroom.data.artefact import Artefact, ArtefactError, Links, NpmTarball, Source, Wheels
from stillroom.data.artefacts import ARTEFACTS
from stillroom.data.paths import cache_folder
from stillroom.data.sources import SourceError, Target, serve_links, serve_npm, serve_wheels

Progress = Callable[[str, int, int], None]
Notify = Callable[[str], None]
_MARKER = "artefact.json"
_STALE_S = 6 * 3600.0


def silent(*_: object) -> None:
    """Report nothing: the default progress and notice."""


@dataclass
class Fetcher:
    """Fetches artefacts into a cache folder; `progress(name, done, total)` counts bytes, `notify` takes sentences."""

    cache: Path = field(default_factory=cache_folder)
    offline: bool = False
    progress: Progress = silent
    notify: Notify = silent
    table: Mapping[str, Artefact] = field(default_factory=lambda: ARTEFACTS)
    refused: set[str] = field(default_factory=set)

    def fetch(self, name: str) -> Path:
        """Return the artefact's folder, fetching it when the cache lacks it; raise ArtefactError."""
        artefact = self.table.get(name)
        if artefact is None:
            raise ArtefactError(f"There is no artefact {name!r}; known are {', '.join(sorted(self.table))}.")
        folder = self.cache / "artefacts" / name
        if is_complete(folder, artefact):
            return folder
        if self.offline:
            raise ArtefactError(
                f"{name} is not in the cache {self.cache}, and offline nothing is fetched: "
                f"run `stillroom fetch {name}` once with a network."
            )
        try:
            self._fetch_into(folder, artefact)
        except OSError as error:
            raise ArtefactError(_disk_sentence(name, self.cache, error)) from error
        return folder

    def _fetch_into(self, folder: Path, artefact: Artefact) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(folder.parent)
        reasons = []
        for source in artefact.sources:
            with _scratch(folder.parent) as scratch:
                try:
                    self._serve(source, artefact, scratch)
                except SourceError as error:
                    reasons.append(f"{_label(source)}: {error}")
                    continue
                _write_marker(scratch / "files", artefact, source)
                _put(scratch / "files", folder, artefact)
            self.notify(f"{artefact.name} came from {_label(source)}.")
            self._show_licence(artefact)
            return
        raise ArtefactError(f"{artefact.name} could not be fetched ({'; '.join(reasons)}).")

    def _serve(self, source: Source, artefact: Artefact, scratch: Path) -> None:
        target = Target(artefact, scratch, lambda done: self.progress(artefact.name, done, artefact.size))
        target.files.mkdir()
        match source:
            case Links():
                serve_links(source, target, self.refused)
            case Wheels():
                serve_wheels(source, target)
            case NpmTarball():
                serve_npm(source, target)
        target.check()

    def _show_licence(self, artefact: Artefact) -> None:
        marker = self.cache / "licences" / f"{artefact.name}.txt"
        if not marker.exists():
            self.notify(f"{artefact.name} is used under: {artefact.licence}.")
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.write_text(artefact.licence + "\n", encoding="utf-8")


def fetch(
    name: str,
    cache: Path | None = None,
    *,
    offline: bool = False,
    progress: Progress = silent,
    notify: Notify = silent,
) -> Path:
    """Return one artefact's folder; see Fetcher.fetch."""
    return Fetcher(cache_folder(cache), offline, progress, notify).fetch(name)


def is_complete(folder: Path, artefact: Artefact) -> bool:
    """Say whether the folder holds this edition of the artefact, every file with its size."""
    try:
        marker = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
        sizes = {pin.path: (folder / pin.path).stat().st_size for pin in artefact.pins}
    except (OSError, ValueError):
        return False
    wanted = {pin.path: pin.sha256 for pin in artefact.pins}
    return (
        isinstance(marker, dict)
        and marker.get("sha256") == wanted
        and all(sizes[pin.path] == pin.size for pin in artefact.pins)
    )


def damaged_files(folder: Path, artefact: Artefact) -> tuple[str, ...]:
    """Return the files that are missing or whose hash is wrong; reads every byte."""
    return tuple(pin.path for pin in artefact.pins if sha256_of(folder / pin.path) != pin.sha256)


def sha256_of(path: Path) -> str | None:
    """Return a file's SHA-256, None when it is missing."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def source_of(folder: Path) -> str:
    """Say which source served the artefact in this folder."""
    try:
        return str(json.loads((folder / _MARKER).read_text(encoding="utf-8"))["source"])
    except (OSError, ValueError, KeyError):
        return "unknown"


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    # Beside the target, so that the final rename stays on one file system.
    folder = Path(tempfile.mkdtemp(prefix=".fetching-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(parent: Path) -> None:
    """Remove what killed fetches left; a young folder may belong to a fetch that is still running."""
    for folder in parent.glob(".fetching-*"):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def _write_marker(files: Path, artefact: Artefact, source: Source) -> None:
    marker = {"source": _label(source), "sha256": {pin.path: pin.sha256 for pin in artefact.pins}}
    (files / _MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")


def _put(files: Path, folder: Path, artefact: Artefact) -> None:
    if folder.exists():
        if is_complete(folder, artefact):
            return
        shutil.rmtree(folder)
    try:
        os.replace(files, folder)
    except OSError:
        # Another process put the same artefact there first: theirs is as good as ours.
        if not is_complete(folder, artefact):
            raise


def _label(source: Source) -> str:
    match source:
        case Links():
            return source.host
        case Wheels():
            more = f" and {len(source.requirements) - 1} more" if len(source.requirements) > 1 else ""
            return f"PyPI {source.requirements[0]}{more}"
        case NpmTarball():
            return f"npm {source.package}"


def _disk_sentence(name: str, cache: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{name} does not fit on the disk of {cache}: make room or set STILLROOM_CACHE to another disk."
    return f"{name} cannot be written below {cache} ({error.strerror or error})."
