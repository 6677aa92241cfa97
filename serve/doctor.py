"""What this machine has of what Stillroom needs: findings, each with what to do where something is missing.

Contract: `examine(cache)` looks and changes nothing. A finding is bad when commands will fail because of it.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

from stillroom.data.artefacts import ARTEFACTS
from stillroom.data.fetch import is_complete
from stillroom.data.provenance import git_revision, package_versions

_NEEDED_GB: Final = 2.0
_OLDEST_PYTHON: Final = (3, 11)


class State(StrEnum):
    """How it stands with one thing."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, how it stands, and what to do about it (nothing where it is well)."""

    name: str
    state: State
    detail: str
    advice: str = ""


def examine(cache: Path, recommended: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the findings; `recommended` names the artefacts that most commands use."""
    yield _python()
    yield from _packages()
    yield _cores()
    yield _gpu()
    yield _cache(cache)
    yield _disk(cache)
    yield from _artefacts(cache, recommended)
    yield _students()
    yield from _sandboxes()


def _python() -> Finding:
    state = State.GOOD if sys.version_info >= _OLDEST_PYTHON else State.BAD
    wanted = ".".join(map(str, _OLDEST_PYTHON))
    advice = "" if state is State.GOOD else f"install Python {wanted} or newer"
    return Finding("python", state, f"{platform.python_version()} on {platform.platform(terse=True)}", advice)


def _packages() -> Iterator[Finding]:
    versions = package_versions()
    revision = git_revision()
    own = versions.pop("stillroom", "run from a checkout")
    yield Finding("stillroom", State.GOOD, f"{own}{f', revision {revision[:10]}' if revision else ''}")
    yield Finding("packages", State.GOOD, ", ".join(f"{name} {version}" for name, version in versions.items()))


def _cores() -> Finding:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    import torch

    able = torch.cpu.get_capabilities()
    bf16 = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return Finding("cores", State.GOOD, f"{n_cores}, {'with' if bf16 else 'without'} bf16: {_PACE[bf16]}")


_PACE: Final = {True: "training runs in bf16", False: "training runs in fp32, several times slower"}


def _gpu() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding("gpu", State.NOTE, "none", "not needed: everything runs on the CPU, training takes longer")
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Finding("gpu", State.GOOD, ", ".join(names))


def _cache(cache: Path) -> Finding:
    place = next((folder for folder in (cache, *cache.parents) if folder.exists()), cache)
    if not place.is_dir() or not os.access(place, os.W_OK):
        return Finding("cache", State.BAD, f"{cache} cannot be written", "set STILLROOM_CACHE to a folder that can")
    return Finding("cache", State.GOOD, f"{cache}{'' if cache.exists() else ' (will be made)'}")


def _disk(cache: Path) -> Finding:
    place = next(folder for folder in (cache, *cache.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free / 1e9
    if free < _NEEDED_GB:
        return Finding("disk", State.BAD, f"{free:.1f} GB free at {place}", f"make room: {_NEEDED_GB:g} GB are needed")
    return Finding("disk", State.GOOD, f"{free:,.0f} GB free at {place}")


def _artefacts(cache: Path, recommended: tuple[str, ...]) -> Iterator[Finding]:
    for name, artefact in ARTEFACTS.items():
        if is_complete(cache / "artefacts" / name, artefact):
            yield Finding(name, State.GOOD, artefact.about)
        elif name in recommended:
            yield Finding(name, State.NOTE, f"not fetched ({artefact.about})", "run `stillroom fetch`")
        else:
            yield Finding(name, State.NOTE, f"not fetched ({artefact.about})", f"if wanted: `stillroom fetch {name}`")


def _students() -> Finding:
    from stillroom.agents.models.student import committed_students

    names = committed_students()
    if not names:
        return Finding("students", State.NOTE, "none come along", "make one: `stillroom demo`")
    return Finding("students", State.GOOD, ", ".join(f"student:{name}" for name in names))


def _sandboxes() -> Iterator[Finding]:
    """Yield whether each sandbox opens: cpython's checks that bubblewrap isolates a process on this machine."""
    from stillroom.tools.sandbox import SANDBOXES, SandboxError, open_sandbox

    for name in SANDBOXES:
        missing, advice = _WITHOUT[name]
        try:
            with open_sandbox(name):
                packages = ", ".join(f"{package} {metadata.version(package)}" for package in _IN_SANDBOX[name])
        except (SandboxError, ImportError) as error:
            yield Finding(f"sandbox {name}", missing, str(error), advice)
        else:
            yield Finding(f"sandbox {name}", State.GOOD, packages)


_IN_SANDBOX: Final = {"monty": ("pydantic-monty",), "cpython": ("numpy", "sympy")}
_WITHOUT: Final = {
    "monty": (State.BAD, "install pydantic-monty anew: what an agent writes runs in it"),
    "cpython": (State.NOTE, "needed for `--sandbox cpython` alone"),
}
