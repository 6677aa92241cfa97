"""Where Stillroom keeps what it fetches and builds: the one place that reads the environment for paths."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder(given: Path | None = None) -> Path:
    """Return the cache folder: the one given, else STILLROOM_CACHE, else the platform's; it may not exist yet."""
    if given is not None:
        return given.expanduser()
    named = os.environ.get("STILLROOM_CACHE")
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_cache_dir("stillroom", appauthor=False))


def data_folder(given: Path | None = None) -> Path:
    """Return the folder of what a person made and keeps (chats): given, else STILLROOM_DATA, else the platform's."""
    if given is not None:
        return given.expanduser()
    named = os.environ.get("STILLROOM_DATA")
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_data_dir("stillroom", appauthor=False))
