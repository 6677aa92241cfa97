"""Self-consistent actions: what eight candidates cost, and how much of a step the sandbox has.

    python benchmarks/bench_solver.py [--model student:solver] [--tasks 10] [--candidates 8]

The same tasks are solved with one action a step and with several candidates, in one run. Printed are the milliseconds
of a step, which share of it was spent in the sandbox (running all candidates' code, without the searches, which every
step has), and the price of a step of several in steps of one. Exit 1 when the sandbox's share is above the limit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from stillroom.agents.models.load import load_model
from stillroom.agents.solver import SolverConfig, Step, build_solver_graph
from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks import Part, load_environment
from stillroom.simulators.tasks.tools import open_tools
from stillroom.tools.sandbox import open_sandbox

LIMIT = 0.05


@dataclass(frozen=True)
class Cost:
    """What steps took: in the sandbox, in tools that code called, and in the model, in milliseconds."""

    n_steps: int
    sandbox_ms: float
    tools_ms: float
    model_ms: float

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Cost:
        """Add up steps."""
        trials = [trial for step in steps for trial in step.trials]
        return cls(
            len(steps),
            sum(trial.ms - trial.host_ms for trial in trials),
            sum(trial.host_ms for trial in trials),
            sum(call.latency_ms for step in steps for call in step.calls),
        )

    @property
    def step_ms(self) -> float:
        """Return the milliseconds of a step."""
        return (self.sandbox_ms + self.tools_ms + self.model_ms) / self.n_steps

    @property
    def sandbox_share(self) -> float:
        """Return the share of a step that is spent in the sandbox."""
        return self.sandbox_ms / (self.sandbox_ms + self.tools_ms + self.model_ms)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default="student:solver", help="the solver's model")
    parser.add_argument("--environment", default="mirror")
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--candidates", type=int, default=8)
    options = parser.parse_args(arguments)
    world = load_environment(options.environment)
    questions = [task.question for task in world.tasks(Part.VALIDATION)[: options.tasks]]
    model, tools = load_model(options.model), open_tools(world, Fetcher())
    costs = {}
    with open_sandbox() as sandbox:
        for n_candidates in (1, options.candidates):
            config = SolverConfig(n_candidates=n_candidates)
            graph = build_solver_graph(model=model, sandbox=sandbox, tools=tools, config=config)
            graph.invoke({"question": questions[0]})  # the first inference of each kind lays out the weights
            steps = [step for question in questions for step in graph.invoke({"question": question})["steps"]]
            costs[n_candidates] = Cost.of(steps)
    for n_candidates, cost in costs.items():
        print(
            f"{n_candidates} a step: {cost.step_ms:6.0f} ms a step ({cost.n_steps} steps), "
            f"{cost.sandbox_share:.2%} of it in the sandbox, {cost.sandbox_ms / cost.n_steps:.1f} ms"
        )
    one, several = costs[1], costs[options.candidates]
    print(f"a step of {options.candidates} costs {several.step_ms / one.step_ms:.1f} steps of one")
    return 0 if several.sandbox_share < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
