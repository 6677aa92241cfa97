"""What a step looks like to the model afterwards: its outcome as a bounded number of harmless lines, its reply as said.

Contract: nothing that is shown holds a special token, whoever wrote it.
"""

from __future__ import annotations

import re
from typing import Final

from stillroom.agents.chatml import neutralise

NOTHING: Final = "(nothing was printed: print what you want to see)"
_LEFT_OUT: Final = "\n… {n} characters left out …\n"
# The special tokens of the families served here: <|im_end|> and its like, and those that are words in brackets.
_TOKEN: Final = re.compile(
    r"<(?=[|\uff5c][^\s<>]{1,40}[|\uff5c]>"
    r"|/?(?:s|unk|pad|bos|eos)>"
    r"|(?:repo_?name|file_sep|filename|gh_stars|issue_\w{1,20}|jupyter_\w{1,20}|empty_output)>)"
)


def said(reply: str) -> str:
    """Return a model's reply as a later prompt may hold it: special tokens broken up, all else as it was written.

    Code must stay as it is, so that only what is a special token is touched (`a <b` is none).
    """
    return _TOKEN.sub("< ", reply).encode("utf-8", "replace").decode()


def harmless(text: str) -> str:
    """Return a text as a model may read it: no control characters, and no special tokens."""
    return "\n".join(neutralise(line, 2 * len(line)) for line in text.splitlines()).strip()


def shown(text: str, budget: int) -> str:
    """Return a text of at most about `budget` characters: its beginning and its end; nothing gets a hint instead."""
    whole = harmless(text)
    if not whole:
        return NOTHING
    if len(whole) <= budget:
        return whole
    head = budget * 2 // 3
    tail = budget - head
    return f"{whole[:head]}{_LEFT_OUT.format(n=len(whole) - budget)}{whole[len(whole) - tail :]}"
