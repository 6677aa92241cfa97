"""The solver graph as a library: `python docs/examples/solve_in_ten_lines.py`. Another model is another name."""

from stillroom.agents.models.load import load_model
from stillroom.agents.solver import build_solver_graph
from stillroom.data.fetch import Fetcher
from stillroom.simulators.tasks import Part, load_environment
from stillroom.simulators.tasks.tools import open_tools
from stillroom.tools.sandbox import open_sandbox

world = load_environment("mirror-renamed")
question = world.tasks(Part.TEST)[2].question
with open_sandbox() as sandbox:
    graph = build_solver_graph(model=load_model("student:solver"), sandbox=sandbox, tools=open_tools(world, Fetcher()))
    state = graph.invoke({"question": question})
print(question, *(step.adopted.thought for step in state["steps"]), state["answer"], sep="\n")
