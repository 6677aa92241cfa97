"""Retrieval over passages: dense (FAISS over MiniLM or bge-small), BM25, and both merged by reciprocal rank.

Enter at `build_passage_index(passages, …)` (cached, memory-mapped) and `SearchTool`, which an agent calls with a query.
Nothing here knows which questions are asked of it.
"""

from stillroom.tools.passages.build import MODES, PassageEncoder, PassageError, build_passage_index
from stillroom.tools.passages.passage import Hit, Passage, PassageIndex
from stillroom.tools.passages.search_tool import SearchTool

__all__ = [
    "MODES",
    "Hit",
    "Passage",
    "PassageEncoder",
    "PassageError",
    "PassageIndex",
    "SearchTool",
    "build_passage_index",
]
