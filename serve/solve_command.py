"""`stillroom solve`: reads questions from JSON lines and writes answers; see solve_batch for the contract."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stillroom.serve.console import Meter, complain
from stillroom.serve.hosted import LINES_LEFT, accounted, build_hosting, check_ceiling, takes_hosting
from stillroom.serve.loading import check_model, open_model
from stillroom.serve.options import (
    HOSTING,
    HostingOptions,
    Offline,
    Runtime,
    RuntimeOption,
    SandboxName,
    SearchMode,
    SolverForm,
)
from stillroom.serve.refusals import CommandError, refuse_given, resumable

Solver = Annotated[
    str,
    typer.Option(help="local:NAME_OR_PATH, student:NAME_OR_PATH or PROVIDER:MODEL (not expert, annotations or rules)."),
]
TaskName = Annotated[
    str,
    typer.Option(
        help="What is solved, and so which tools there are: gsm8k, svamp, gsm-hard, math, math-500, hotpotqa, "
        "hotpotqa+wikipedia, mirror[:SIZE[:SEED]] or mirror-renamed[:SIZE[:SEED]]."
    ),
]
StudentForm = Annotated[
    SolverForm | None,
    typer.Option(
        "--form",
        help="agent (thoughts and Python, step by step) or cot (words alone). Default: as a student was trained, else "
        "agent.",
    ),
]


@takes_hosting
def solve(
    model: Solver,
    task: TaskName = "gsm8k",
    form: StudentForm = None,
    first_thought: Annotated[
        bool, typer.Option(help="The first action goes on from the first sentence of a chain of thought.")
    ] = False,
    candidates: Annotated[int, typer.Option(min=1, max=64, help="Actions drawn at each step, which then vote.")] = 1,
    steps: Annotated[int, typer.Option(min=1, max=50, help="How many steps a question may take.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed draws the same actions.")] = 0,
    sandbox: SandboxName = "monty",
    search: SearchMode = None,
    runtime: RuntimeOption = Runtime.AUTO,
    hosted: HostingOptions = HOSTING,
    offline: Offline = False,
) -> None:
    """Read questions as JSON lines on stdin and write, line for line, the agent's answers."""
    from stillroom.agents.solver import SolverConfig, build_solver_graph
    from stillroom.data.fetch import Fetcher
    from stillroom.data.paths import cache_folder
    from stillroom.data.trajectory import Form
    from stillroom.serve.solve_batch import solve_lines
    from stillroom.simulators.tasks import load_environment
    from stillroom.simulators.tasks.contestant import usual_form
    from stillroom.simulators.tasks.teachers import SCRIPTED
    from stillroom.simulators.tasks.tools import open_tools
    from stillroom.tools.sandbox import open_sandbox

    if model in (*SCRIPTED, "rules"):
        raise CommandError(
            f"the model {model} cannot solve questions of yours: name local:, student: or PROVIDER:MODEL"
        )
    chosen = Form(form) if form is not None else usual_form(model)
    if chosen is Form.COT:
        why = "is about an agent's actions, and a chain of thought has none"
        refuse_given(why, {"--first-thought": first_thought, "--search": search})
    hosting = build_hosting(hosted, [model])
    again = "interrupted; the lines written so far are whole"
    # Counters go where they are in nobody's way: stdout is the batch.
    with resumable(again), accounted(hosting, tell=complain), open_sandbox(sandbox) as opened:
        with Meter() as meter:
            # A wrong name is told before anything is fetched.
            check_model(model, meter, offline=offline, hosting=hosting)
            fetcher = Fetcher(cache_folder(), offline=offline, progress=meter, notify=meter.note)
            environment = load_environment(task, fetcher)
            # A chain of thought calls nothing, so nothing is indexed for it.
            tools = open_tools(environment, fetcher, mode=search) if chosen is Form.AGENT else ()
            loaded = open_model(model, None, meter, runtime=runtime.value, offline=offline, hosting=hosting)
            # A temperature of 0, the default, is the graph's own, which draws several candidates at 0.4.
            config = SolverConfig(chosen, first_thought, steps, candidates, hosted.temperature or None, seed)
            graph = build_solver_graph(model=loaded, sandbox=opened, tools=tools, config=config)
        if sys.stdin.isatty():
            complain("reading JSON lines from the keyboard; end with Ctrl-D")
        for line in solve_lines(sys.stdin.buffer, graph):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        check_ceiling(hosting, LINES_LEFT)
