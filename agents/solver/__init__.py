"""The solver: an agent that thinks, writes Python that may search, sees what came of it, and answers.

Enter at `build_solver_graph(model=…, tools=…, sandbox=…)`. Model-written code runs in a sandbox, never here; nothing
here knows the right answer.
"""

from stillroom.agents.solver.graph import SolverConfig, build_solver_graph
from stillroom.agents.solver.state import SolverState
from stillroom.agents.solver.step import Step, StopReason
from stillroom.agents.solver.tool import Tool

__all__ = ["SolverConfig", "SolverState", "Step", "StopReason", "Tool", "build_solver_graph"]
