"""Where a run came from: the source's git revision and the versions of the packages that shape its results."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

PACKAGES: Final = (
    "stillroom", "duckdb", "faiss-cpu", "langchain-core", "langgraph", "llguidance", "numpy", "openvino-genai",
    "peft", "scipy", "sentence-transformers", "torch", "transformers",
)  # fmt: skip


def package_versions() -> dict[str, str]:
    """Return the installed version of each package that matters; those that are absent are left out."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def git_revision(folder: Path | None = None) -> str:
    """Return the revision of the source that runs, with `+` when it was changed since; empty outside a checkout."""
    folder = folder or Path(__file__).resolve().parent
    try:
        revision = _git(folder, "rev-parse", "HEAD")
        return revision + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
