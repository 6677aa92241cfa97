"""The repair round: what a model is told when its reply cannot be used, once, with the reason."""

from __future__ import annotations

from typing import Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from stillroom.agents.chatml import neutralise

_MAX_REPLY: Final = 600


def repair_messages(reply: str, problem: str) -> list[BaseMessage]:
    """Return the turns that follow a reply which cannot be used: the reply itself, and what is wrong with it."""
    lines = [neutralise(line, _MAX_REPLY) for line in reply[:_MAX_REPLY].split("\n")]
    asked = (
        f"That cannot be used: {neutralise(problem, 200)}. Write the lines again, in the format above, nothing else."
    )
    return [AIMessage("\n".join(lines)), HumanMessage(asked)]
