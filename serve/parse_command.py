"""`stillroom parse`: reads commands from JSON lines and writes what each changes; see parse_batch for the contract."""

from __future__ import annotations

import sys

from stillroom.serve.console import Meter, complain
from stillroom.serve.hosted import LINES_LEFT, accounted, build_hosting, check_ceiling, takes_hosting
from stillroom.serve.loading import check_model, open_model, open_world
from stillroom.serve.options import HOSTING, HostingOptions, Model, Offline, Runtime, RuntimeOption, World
from stillroom.serve.refusals import resumable


@takes_hosting
def parse(
    model: Model = "student:default",
    world: World = "films",
    runtime: RuntimeOption = Runtime.AUTO,
    hosted: HostingOptions = HOSTING,
    offline: Offline = False,
) -> None:
    """Read commands as JSON lines on stdin and write, line for line, what each one changes."""
    from stillroom.agents.parser import Parser
    from stillroom.serve.parse_batch import parse_lines

    hosting = build_hosting(hosted, [model])
    # Counters go where they are in nobody's way: stdout is the batch.
    with resumable("interrupted; the lines written so far are whole"), accounted(hosting, tell=complain):
        with Meter() as meter:
            check_model(model, meter, offline=offline, hosting=hosting)  # a wrong name is told before a world is loaded
            catalogue = open_world(world, meter, offline=offline)
            opened = open_model(model, catalogue, meter, runtime=runtime.value, offline=offline, hosting=hosting)
            parser = Parser(opened, catalogue)
        if sys.stdin.isatty():
            complain("reading JSON lines from the keyboard; end with Ctrl-D")
        for line in parse_lines(sys.stdin.buffer, parser):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        check_ceiling(hosting, LINES_LEFT)
