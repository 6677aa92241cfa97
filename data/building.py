"""A folder or a file that is made whole or not at all: it is built beside its place and then put there.

Contract: each builder has a scratch place of its own, so that several may build the same thing at once, in threads or
in processes; all succeed, what the last of them made stays, and an error leaves nothing of what it began.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = ".building-"


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give a scratch folder to fill, which takes the place of `folder` unless an error leaves nothing of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the final rename stays on one file system.
    scratch = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder.parent))
    try:
        yield scratch
        _put(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def building_file(path: Path) -> Iterator[Path]:
    """Give a scratch file's name to write to; it takes the place of `path` unless an error leaves nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        yield scratch
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def _put(scratch: Path, folder: Path) -> None:
    """Rename a folder to its place; whatever is there, or is put there meanwhile, is taken away first."""
    while True:
        try:
            os.replace(scratch, folder)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        old = tempfile.mkdtemp(prefix=_PREFIX, dir=folder.parent)
        with suppress(FileNotFoundError):
            os.replace(folder, old)
        shutil.rmtree(old, ignore_errors=True)
