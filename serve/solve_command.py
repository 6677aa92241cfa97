"""`stillroom solve`: reads questions from JSON lines and writes answers; see solve_batch for the contract."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stillroom.serve.console import Meter, complain
from stillroom.serve.hosted import build_hosting
from stillroom.serve.loading import check_model, open_model
from stillroom.serve.options import BaseUrl, Model, Offline, Runtime, RuntimeOption, SandboxName, SearchMode
from stillroom.serve.refusals import CommandError, resumable

TaskName = Annotated[
    str,
    typer.Option(
        help="What is solved, and so which tools there are: gsm8k, svamp, gsm-hard, math, math-500, hotpotqa, "
        "hotpotqa+wikipedia, mirror[:SIZE[:SEED]] or mirror-renamed[:SIZE[:SEED]]."
    ),
]


def solve(
    model: Model,
    task: TaskName = "gsm8k",
    candidates: Annotated[int, typer.Option(min=1, max=64, help="Actions drawn at each step, which then vote.")] = 1,
    steps: Annotated[int, typer.Option(min=1, max=50, help="How many steps a question may take.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed draws the same actions.")] = 0,
    sandbox: SandboxName = "monty",
    search: SearchMode = None,
    runtime: RuntimeOption = Runtime.AUTO,
    base_url: BaseUrl = None,
    offline: Offline = False,
) -> None:
    """Read questions as JSON lines on stdin and write, line for line, the agent's answers."""
    from stillroom.agents.solver import SolverConfig, build_solver_graph
    from stillroom.data.fetch import Fetcher
    from stillroom.data.paths import cache_folder
    from stillroom.serve.solve_batch import solve_lines
    from stillroom.simulators.tasks import load_environment
    from stillroom.simulators.tasks.teachers import SCRIPTED
    from stillroom.simulators.tasks.tools import open_tools
    from stillroom.tools.sandbox import open_sandbox

    if model in (*SCRIPTED, "rules"):
        raise CommandError(
            f"the model {model} cannot solve questions of yours: name local:, student: or PROVIDER:MODEL"
        )
    with resumable("interrupted; the lines written so far are whole"), open_sandbox(sandbox) as opened:
        with Meter() as meter:
            hosting = build_hosting(base_url)
            # A wrong name is told before anything is fetched.
            check_model(model, meter, offline=offline, hosting=hosting)
            fetcher = Fetcher(cache_folder(), offline=offline, progress=meter, notify=meter.note)
            tools = open_tools(load_environment(task, fetcher), fetcher, mode=search)
            loaded = open_model(model, None, meter, runtime=runtime.value, offline=offline, hosting=hosting)
            config = SolverConfig(n_steps=steps, n_candidates=candidates, seed=seed)
            graph = build_solver_graph(model=loaded, sandbox=opened, tools=tools, config=config)
        if sys.stdin.isatty():
            complain("reading JSON lines from the keyboard; end with Ctrl-D")
        for line in solve_lines(sys.stdin.buffer, graph):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
