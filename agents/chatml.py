"""ChatML, written out literally, so that trainer, transformers and openvino see the same token ids.

Contract: `render_chat` gives the prompt up to the opening of the assistant's turn; no default system text is added.
Whatever comes from outside (commands, titles, values) passes through `neutralise`, after which no text of it can
become a special token or a line of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

MAX_COMMAND: Final = 1000
TURN_END: Final = "<|im_end|>"
# Every special token of the families served here opens with one of these: <|im_end|>, <repo_name>, </s>.
_SPECIAL = re.compile(r"<(?=[|\w/])")
_ROLES: Final = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant"}


def neutralise(text: str, limit: int = MAX_COMMAND) -> str:
    """Return untrusted text as one harmless line of at most `limit` characters, its middle left out when too long."""
    line = " ".join("".join(" " if unicodedata.category(mark) in _UNPRINTABLE else mark for mark in text).split())
    line = _SPECIAL.sub("< ", line)
    if len(line) <= limit:
        return line
    head = (limit - 3) * 2 // 3
    return f"{line[:head]} … {line[len(line) - (limit - 3 - head) :]}"


# Control characters, line separators, and lone surrogates, which no tokenizer can encode.
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def render_chat(messages: Sequence[BaseMessage]) -> str:
    """Return the messages as one prompt that ends where the assistant begins to write."""
    turns = [f"<|im_start|>{_role(message)}\n{message.text}{TURN_END}\n" for message in messages]
    return "".join(turns) + "<|im_start|>assistant\n"


def _role(message: BaseMessage) -> str:
    for kind, role in _ROLES.items():
        if isinstance(message, kind):
            return role
    raise TypeError(f"a prompt holds system, user and assistant turns, not {type(message).__name__}")
