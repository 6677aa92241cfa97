"""Render the README's picture from a real chat: `python docs/render_picture.py [MODEL]` writes docs/images/chat.svg."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from langgraph.checkpoint.memory import InMemorySaver
from rich.console import Console
from rich.text import Text

from stillroom.agents.models.load import load_model
from stillroom.data.worlds import load_world
from stillroom.serve.chat import ChatSession
from stillroom.serve.chat_view import render_turn
from stillroom.serve.conversation import StateSerializer

COMMANDS = (
    "no horror, something slow-burn from the seventies",
    "under two hours please, and less violent",
)
PICTURE = Path(__file__).parent / "images" / "chat.svg"


def main(model: str) -> None:
    """Hold the conversation and write what the terminal showed."""
    console = Console(record=True, width=112, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    films = load_world("films")
    session = ChatSession(
        films,
        model=model,
        load=lambda name: load_model(name, films),
        saver=InMemorySaver(serde=StateSerializer()),
    )
    session.open()
    console.print(Text(f"$ stillroom chat --model {model}\n", style="dim"))
    for command in COMMANDS:
        console.print(Text.assemble(("you        ", "bold green"), command))
        console.print(render_turn(session.turn(command)))
        console.print()
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(console.export_svg(title="stillroom chat"), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "student:default")
