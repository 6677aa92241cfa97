"""LaTeX as answers are written in it: what is boxed, and a text without the commands that only change its looks."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_BOX: Final = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s*")
_CHARACTERS: Final = MappingProxyType(
    str.maketrans(
        {
            "−": "-",
            "–": "-",
            "‐": "-",
            "\u2011": "-",
            "\u00a0": " ",
            "\u202f": " ",
            "\u2009": " ",
            "⁄": "/",
            "’": "'",
        }
    )
)
_MATHS_CHARACTERS: Final = MappingProxyType(
    str.maketrans(
        {
            "π": r"\pi ",
            "√": r"\sqrt ",
            "∞": r"\infty ",
            "∪": r"\cup ",
            "×": "*",
            "·": "*",
            "⋅": "*",
            "÷": "/",
            "°": r"^\circ ",
            "≤": r"\le ",
            "≥": r"\ge ",
            "±": r"\pm ",
            "θ": r"\theta ",
            "²": "^2",
            "³": "^3",
        }
    )
)
# What stands between the rows of a matrix once a text is tidy.
ROW: Final = "¶"
# What a command becomes, in this order.
_REWRITTEN: Final = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\\\\", ROW),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\(?:left|right|displaystyle|limits|big|Big|bigl|bigr|phantom)(?![A-Za-z])\.?", ""),
        (r"(?<=[0-9])(?:,\s*\\!\s*|\{,\})(?=[0-9]{3})", ""),
        (r"\\!|^\s*\\approx(?![A-Za-z])", ""),
        (r"\\[,;: ]|~|\\q?quad(?![A-Za-z])", " "),
        (r"\\(?:mbox|textnormal|textbf|textrm|mathrm|mathbf|text)\s*(?=\{)", r"\\text"),
        (r"\\[(\[)\]]", ""),
        (r"\^\s*\{?\s*\\(?:circ|degree)(?![A-Za-z])\s*\}?|\\degree(?![A-Za-z])", r"^\\circ "),
        (r"\\(?:cdot|times|ast)(?![A-Za-z])", "*"),
        (r"\\div(?![A-Za-z])", "/"),
        (r"\\leq?(?![A-Za-z])|<=", r"\\le "),
        (r"\\geq?(?![A-Za-z])|>=", r"\\ge "),
        (r"\\lt(?![A-Za-z])", "<"),
        (r"\\gt(?![A-Za-z])", ">"),
        (r"(?<![A-Za-z\\])(?:oo|inf|infinity)(?![A-Za-z])", r"\\infty "),
        (r"\\text\{\s*(?:,\s*)?(?:and|or)\s*\}|(?<=[0-9])\s+(?:and|or)\s+(?=[-0-9])", ","),
        (r",\s*,", ","),
        (r"\s+", " "),
    )
)


def boxed(text: str) -> str | None:
    r"""Return what the last \boxed{…} holds, its braces matched; None where nothing is boxed or a brace is missing."""
    start = max((found.end() for found in _BOX.finditer(text)), default=None)
    if start is None:
        return None
    if text[start : start + 1] != "{":
        return text[start : start + 1] or None
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place]
    return None


def plain_characters(text: str) -> str:
    """Return a text about a number with ASCII signs, and without LaTeX where that can be said in plain characters."""
    text = text.translate(_CHARACTERS)
    text = re.sub(r"(?<![^\s])\*\*([^*]{1,200})\*\*", r"\1", text)
    text = re.sub(r",\s*\\!\s*|\{,\}", ",", text)
    text = re.sub(r"(?<=[0-9])(?=\\[dtc]?frac)", " ", text)
    text = re.sub(r"\\[dtc]?frac\s*(?:\{([0-9]+)\}\s*\{([0-9]+)\}|([0-9])\s*([0-9]))", r"\1\3/\2\4", text)
    text = re.sub(r"\\(?:text|mbox|mathrm|textbf|mathbf)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\^\s*\{?\s*\\circ\s*\}?", "°", text)
    text = re.sub(r"\\([$%])", r"\1", text)
    return re.sub(r"\\[()\[\],;: !]|~", " ", text)


def tidy(text: str) -> str:
    """Return a mathematical answer without what does not change its meaning: sizes, spacing, fonts, dollars, a stop."""
    text = text.translate(_CHARACTERS).translate(_MATHS_CHARACTERS)
    for pattern, new in _REWRITTEN:
        text = pattern.sub(new, text)
    text = re.sub(r"(?<!\\)\$", "", text).strip()
    return text.rstrip(".,; ")
