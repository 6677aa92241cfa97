"""The feed graph as a library: `python docs/examples/chat_in_ten_lines.py`. Another model is another name."""

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from stillroom.agents.feed_graph import build_feed_graph
from stillroom.agents.models.load import load_model
from stillroom.data.worlds import load_world
from stillroom.serve.conversation import StateSerializer

films = load_world("films")
saver = InMemorySaver(serde=StateSerializer())
graph = build_feed_graph(films, model=load_model("student:default", films), checkpointer=saver)
me: RunnableConfig = {"configurable": {"thread_id": "me"}}
graph.invoke({"command": None}, me)  # the first feed
state = graph.invoke({"command": "no horror, something slow-burn from the seventies"}, me)
print(state["reply"], *(f"{item.position}. {item.title}: {item.reason}" for item in state["feed"]), sep="\n")
