"""`stillroom chat`: the feed agent in the terminal; piped lines work as well.

The session is kept under its name between two starts; its turns go into the store when it ends, however it ends.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from stillroom.serve.console import Meter, SafeConsole, safe, show_next
from stillroom.serve.hosted import accounted, build_hosting, takes_hosting
from stillroom.serve.loading import open_model, open_world
from stillroom.serve.options import HOSTING, HostingOptions, Model, Offline, Runtime, RuntimeOption, World
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from stillroom.serve.chat import ChatSession, ChatTurn

EXIT_TERMINATED: Final = 143
YOU: Final = "you        "
_NAME: Final = re.compile(r"[\w.-]{1,80}")
_WAKE_S: Final = 0.2
_CHUNK: Final = 65536
HELP: Final = {
    "/undo": "take the last change back",
    "/forget c2": "forget one preference by its id",
    "/feed": "show the feed again",
    "/trace": "show the model calls and tool calls of the last turn, with times",
    "/model NAME": "go on with another model, all preferences kept",
    "/new": "start a new conversation",
    "/quit": "end (Ctrl-D does too); the session is kept",
}


@takes_hosting
def chat(
    model: Model = "student:default",
    world: World = "films",
    session: Annotated[str, typer.Option(help="The name under which the session is kept.")] = "default",
    store: Annotated[Path | None, typer.Option(help="Where finished conversations go (a DuckDB file).")] = None,
    runtime: RuntimeOption = Runtime.AUTO,
    hosted: HostingOptions = HOSTING,
    offline: Offline = False,
) -> None:
    """Steer the feed in plain language; the session is kept, so that the next start goes on with it."""
    if not _NAME.fullmatch(session):
        raise CommandError(f"a session's name is made of letters, digits, dots and dashes, not {session[:40]!r}")
    console = SafeConsole(highlight=False, markup=False)
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    from stillroom.data.paths import data_folder
    from stillroom.serve.chat import ChatSession
    from stillroom.serve.conversation import EpisodeKeeper, open_sessions

    hosting = build_hosting(hosted, [model])
    kept = EpisodeKeeper(store or data_folder() / "chats.duckdb")
    places: list[Path] = []
    with accounted(hosting), open_sessions(data_folder() / "sessions.sqlite") as saver:
        with Meter() as meter:
            catalogue = open_world(world, meter, offline=offline)
            # The encoder loads at its first text: better now than in the middle of the first turn.
            catalogue.encoder.encode([""])

        def load(name: str) -> BaseChatModel:
            with Meter() as meter, console.status(f"loading {name}"):
                return open_model(name, catalogue, meter, runtime=runtime, offline=offline, hosting=hosting)

        talk = ChatSession(
            catalogue,
            model=model,
            load=load,
            saver=saver,
            name=session,
            keep=lambda episode: places.append(kept(episode)),
        )
        try:
            ChatTerminal(talk, console).run(_lines(console))
        except KeyboardInterrupt:
            console.print()
        finally:
            talk.close()
            for place in dict.fromkeys(places):
                console.print(Text(f"The conversation is in {place}.", style="dim"), soft_wrap=True)
    show_next(
        _again(session, talk.model, world, runtime, hosted.base_url, store),
        f"stillroom traces list --store {shlex.quote(str(kept.path))}",
    )


def _again(session: str, model: str, world: str, runtime: Runtime, url: str | None, store: Path | None) -> str:
    """Return the command that goes on with a session: a session is of its world, and of the model that is there now."""
    unusual = "" if runtime is Runtime.AUTO else runtime.value
    given = {"--world": world, "--model": model, "--runtime": unusual, "--base-url": url, "--store": store}
    options = [f"{name} {shlex.quote(str(value))}" for name, value in given.items() if value]
    return " ".join(["stillroom chat --session", session, *options])


@dataclass
class ChatTerminal:
    """Takes lines, shows turns."""

    session: ChatSession
    console: Console
    last: ChatTurn | None = field(default=None, init=False)

    def run(self, lines: Iterator[str]) -> None:
        """Open the session and answer line after line, up to /quit or the end."""
        who = f"{self.session.catalogue.schema.name} · {self.session.model} · session {self.session.name}"
        self.console.print(Text(f"{who} · /help lists the commands", style="dim"))
        self._show(self.session.open())
        for line in lines:
            if line.strip() in ("/quit", "/exit", "/q"):
                return
            if line.lstrip().startswith("/"):
                self._slash(line.strip())
            else:
                self._show(self.session.turn(line))

    def _show(self, turn: ChatTurn) -> None:
        from stillroom.serve.chat_view import render_turn

        changed = self.last is None or turn.items != self.last.items
        self.last = turn
        self.console.print(render_turn(turn, with_feed=changed))
        self.console.print()

    def _slash(self, line: str) -> None:
        from stillroom.agents.models.error import ModelError

        word, _, argument = line.partition(" ")
        actions: dict[str, Callable[[str], None]] = {
            "/undo": lambda _: self._show(self.session.undo()),
            "/forget": lambda name: self._show(self.session.forget(name)),
            "/feed": lambda _: self._feed(),
            "/trace": lambda _: self._trace(),
            "/model": self._model,
            "/new": lambda _: self._show(self.session.start_over()),
            "/help": lambda _: self._help(),
        }
        if word not in actions:
            near = get_close_matches(word, [*actions, "/quit"], 1)
            hint = f"did you mean {near[0]}?" if near else "/help lists what there is."
            self._say(f"There is no command {word[:40]}; {hint}")
            return
        try:
            actions[word](argument.strip())
        except ModelError as error:
            self._say(str(error))

    def _feed(self) -> None:
        from stillroom.serve.chat_view import render_chips, render_feed

        if self.last is not None:
            if self.last.chips:
                self.console.print(render_chips(self.last.chips))
            self.console.print(render_feed(self.last.feed, self.last.items))

    def _trace(self) -> None:
        from stillroom.serve.chat_view import render_trace

        if self.last is not None:
            self.console.print(render_trace(self.last.record))

    def _model(self, name: str) -> None:
        if name:
            self.session.use_model(name)
        self._say(f"The model is {self.session.model}.")

    def _help(self) -> None:
        for name, what in HELP.items():
            self.console.print(Text.assemble((f"  {name:<12}", "bold"), what))

    def _say(self, text: str) -> None:
        self.console.print(Text(text, style="yellow"))


def _lines(console: Console) -> Iterator[str]:
    """Yield what is typed, or the lines of a pipe, which are shown as if typed."""
    if not sys.stdin.isatty():
        for line in _piped_lines():
            console.print(Text.assemble((YOU, "bold green"), safe(line[:200])))
            yield line
        return
    # Arrow keys and a history, where the platform has it.
    with suppress(ImportError):
        import readline  # noqa: F401
    while True:
        try:
            yield input(YOU)
        except EOFError:
            console.print()
            return


def _piped_lines() -> Iterator[str]:
    """Yield the lines of a pipe, never deaf to a signal for longer than a moment.

    A signal that comes just before a blocking read is not seen until the read returns, which may be never.
    """
    try:
        source = sys.stdin.fileno()
    except (OSError, ValueError):
        source = -1
    if source < 0 or sys.platform == "win32":
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    pending = b""
    while True:
        while not select.select([source], [], [], _WAKE_S)[0]:
            pass
        chunk = os.read(source, _CHUNK)
        *lines, pending = (pending + chunk).split(b"\n")
        yield from (line.rstrip(b"\r").decode(errors="replace") for line in lines)
        if not chunk:
            if pending:
                yield pending.decode(errors="replace")
            return


def _terminate(_number: int, _frame: FrameType | None) -> None:
    # As an exception, so that the turns so far are stored on the way out.
    raise SystemExit(EXIT_TERMINATED)
