"""An action: a short thought and a block of Python, and how both are written.

    Thought: The mayor of Lyon is needed first.
    ```py
    print(search("mayor of Lyon"))
    ```

Contract: `read_action` takes any text; what is no action raises ActionError, whose message helps the model.
`ACTION_GRAMMAR` is the same as a regular expression, for a model that can be held to one, and `action_grammar` the one
whose thought begins with given words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_THOUGHT: Final = 400
_FENCE: Final = re.compile(
    r"```[ \t]*(?:py|python|Python|tool_code)?[ \t]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE
)
_THOUGHT: Final = re.compile(r"\A\s*(?:Thought\s*:)?\s*", re.IGNORECASE)
# A block ends at the first fence that begins a line, so no line of code may begin with a backtick.
_CODE_LINE: Final = r"(?:[^`\n][^\n]*)?"


def action_grammar(beginning: str = "") -> str:
    """Return an action as a regular expression; its thought begins with the given words, and may go on after them."""
    room = MAX_THOUGHT - len(beginning)
    more = f"{re.escape(beginning)}(?: [^`\\n]{{1,{room - 1}}})?" if room > 1 else re.escape(beginning)
    thought = more if beginning else f"[^`\\n]{{1,{MAX_THOUGHT}}}"
    return f"Thought: {thought}\\n```py\\n{_CODE_LINE}(?:\\n{_CODE_LINE}){{0,60}}\\n```"


ACTION_GRAMMAR: Final = action_grammar()


class ActionError(ValueError):
    """A reply that holds no action; the message is shown to the model."""


@dataclass(frozen=True)
class Action:
    """What the model thought, and the code that it wrote."""

    thought: str
    code: str

    @property
    def text(self) -> str:
        """Return the action as it is written."""
        return f"Thought: {self.thought}\n```py\n{self.code}\n```"


def read_action(text: str) -> Action:
    """Return the first action in a text, closed or cut off at the end; raise ActionError where there is none."""
    found = _FENCE.search(text)
    if found is None:
        raise ActionError("there is no code: write a short thought, then Python between ```py and ```")
    code = found[1].strip("\n")
    if not code.strip():
        raise ActionError("the block of Python is empty: write code that searches, computes or answers")
    return Action(_THOUGHT.sub("", text[: found.start()]).strip(), code)
