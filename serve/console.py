"""What the terminal shows: results on stdout, progress and notes on stderr, and nothing that libraries print.

Contract: text of a catalogue, a person or a model goes through `safe` before a terminal gets it, in `show` and
`Meter` whatever they are given, in a view that may be printed elsewhere by itself. `Meter` is the progress of any
long command, with the time left; away from a terminal it writes a plain line now and then. `hush_libraries` is called
once, before anything heavy is imported.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.segment import Segment

from stillroom.distill.run import KERNEL_CACHE

_PLAIN_EVERY_S: Final = 10.0
_WIDTH_OF_FILES: Final = 160
# What a terminal obeys instead of showing: control characters (C0 but for tab and new line, DEL, C1), marks that turn
# the direction of the text after them; and lone surrogates, which no stream can write.
_OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Read by the libraries when they are imported or first used.
_ENVIRONMENT: Final = {
    **KERNEL_CACHE,
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


def safe(text: str) -> str:
    """Return the text with a visible mark for everything that a terminal would obey instead of showing it."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


class SafeConsole(Console):
    """A console on which no text is obeyed; only what rich itself puts out moves cursors and sets colours."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the renderable's segments, their text made safe."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(safe(segment.text), segment.style)


def show(*renderables: RenderableType) -> None:
    """Print a result on stdout; text is text, never markup."""
    console = SafeConsole(highlight=False, markup=False)
    if not console.is_terminal:
        console = SafeConsole(highlight=False, markup=False, width=_WIDTH_OF_FILES)
    for renderable in renderables:
        console.print(renderable, soft_wrap=isinstance(renderable, str))


def show_next(*commands: str) -> None:
    """Print what to run next."""
    show("Next:", *(f"    {command}" for command in commands))


def complain(sentence: str) -> None:
    """Print one sentence on stderr."""
    print(f"stillroom: {safe(sentence)}", file=sys.stderr, flush=True)


class Meter:
    """Progress of named things on stderr: `meter(what, done, total)`; use it in a `with` block."""

    def __init__(self) -> None:
        """Look where stderr goes; nothing is drawn before the first report."""
        self._console = SafeConsole(stderr=True, highlight=False, markup=False)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[note]}", markup=False),
        )
        self._bars = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Report that `done` of `total` are there; the first report of a name opens its bar."""
        if self._bars.disable:
            self._say(what, done, total, note)
            return
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total, note=note)
        self._bars.update(self._tasks[what], completed=done, total=total, note=note)

    def note(self, sentence: str) -> None:
        """Print a sentence above the bars."""
        self._console.print(sentence, soft_wrap=True)

    def _say(self, what: str, done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if done < total and now - self._said.setdefault(what, now) < _PLAIN_EVERY_S:
            return
        if self._said.get(what) == float("inf"):
            return
        self._said[what] = float("inf") if done >= total else now
        self._console.print(f"{what}: {done:,} of {total:,}{f' · {note}' if note else ''}", soft_wrap=True)


def hush_libraries() -> None:
    """Set up other people's code: no warnings, bars or reports on the terminal (`python -W` still shows warnings)."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Without a handler at the root, Python prints every library's warnings to stderr.
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Send to nowhere what native code writes to file descriptors 1 and 2; Python's own streams go on as before."""
    kept = sys.stdout, sys.stderr
    sys.stdout.flush()
    sys.stderr.flush()
    sys.stdout, sys.stderr = _apart(sys.stdout, 1), _apart(sys.stderr, 2)
    saved = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        for descriptor, copy in zip((1, 2), saved, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(nowhere)
        sys.stdout, sys.stderr = kept


def _apart(stream: TextIO, descriptor: int) -> TextIO:
    """Return a stream to the same place that does not go through the descriptor."""
    try:
        if stream.fileno() != descriptor:
            return stream
    except (OSError, ValueError):
        return stream
    buffering = 1 if stream.isatty() else -1
    return os.fdopen(os.dup(descriptor), "w", buffering, encoding=stream.encoding, errors=stream.errors)


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
