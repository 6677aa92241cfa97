"""A folder of the cache that is made whole or not at all: it is built beside its place and then put there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give a scratch folder to fill, which takes the place of `folder` unless an error leaves nothing of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the final rename stays on one file system.
    scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        yield scratch
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
