"""`search(query)`, as an agent calls it: the best passages with their ids and scores, cut to a budget.

Contract: a query is a text of some letters; what is no query raises ToolError with a sentence that helps. The result is
a list of `{"id", "title", "text", "score"}` whose texts have at most `budget` characters together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from stillroom.tools.call import ToolError
from stillroom.tools.passages.passage import Hit, PassageIndex

MAX_QUERY: Final = 300


@dataclass(frozen=True)
class SearchTool:
    """Finds `top_k` passages in an index; their texts share `budget` characters, the best being cut last."""

    index: PassageIndex
    top_k: int = 3
    budget: int = 1500
    name: str = "search"

    def __call__(self, query: JsonValue) -> JsonValue:
        """Return what is found."""
        if not isinstance(query, str):
            raise ToolError("search takes one text: search('the question in a few words')")
        text = " ".join(query.split())[:MAX_QUERY]
        if not any(letter.isalnum() for letter in text):
            raise ToolError("search needs some words to look for")
        return self._shown(list(self.index.search(text, self.top_k)))

    def _shown(self, hits: list[Hit]) -> JsonValue:
        shown: list[JsonValue] = []
        left = self.budget
        for hit in hits:
            text = cut(hit.passage.text, left)
            left -= len(text)
            if text:
                passage = hit.passage
                shown.append({"id": passage.id, "title": passage.title, "text": text, "score": round(hit.score, 4)})
        return shown


def cut(text: str, n_characters: int) -> str:
    """Return a text of at most so many characters: whole sentences where one fits, else whole words."""
    if len(text) <= n_characters:
        return text
    head = text[: max(0, n_characters - 2)]
    end = head.rfind(". ") + 1
    if end:
        return head[:end]
    end = head.rfind(" ")
    return f"{head[:end]} …" if end > 0 else ""
