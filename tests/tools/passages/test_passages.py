"""Passages are found by meaning, by words and by both; what is found is cut to a budget; an index is built once."""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stillroom.data.fetch import fetch
from stillroom.data.vectors import MiniLmEncoder
from stillroom.tools.call import ToolError
from stillroom.tools.passages import (
    MODES,
    Hit,
    Passage,
    PassageEncoder,
    PassageError,
    PassageIndex,
    SearchTool,
    build_passage_index,
)
from stillroom.tools.passages.search_tool import cut

CORPUS = (
    Passage("p1", "Lyon", "Lyon is a city in France, where the Rhône meets the Saône."),
    Passage("p2", "Rhône", "The Rhône is a river that rises in Switzerland and flows through Geneva."),
    Passage("p3", "Marie Curie", "Marie Curie was a physicist. She was born in Warsaw. She discovered polonium."),
    Passage("p4", "Warsaw", "Warsaw is the capital of Poland."),
    Passage("p5", "", "A passage without a title speaks of zebras."),
)


class LetterEncoder:
    """Counts letters: enough to tell texts apart, and to be wrong in a known way."""

    def __init__(self) -> None:
        self.n_texts = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.n_texts += len(texts)
        rows = np.array(
            [[text.lower().count(letter) for letter in string.ascii_lowercase] for text in texts], np.float32
        )
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(norms, 1e-9), np.float32)


@pytest.fixture
def letters() -> LetterEncoder:
    return LetterEncoder()


def index_of(cache: Path, letters: LetterEncoder, mode: str = "hybrid") -> PassageIndex:
    return build_passage_index(CORPUS, cache, PassageEncoder.symmetric("letters", letters), mode)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_finds_a_passage_by_its_own_words(tmp_path: Path, letters: LetterEncoder, mode: str) -> None:
    index = index_of(tmp_path, letters, mode)
    for passage in CORPUS:
        hits = index.search(passage.whole, 3)
        assert hits[0].passage == passage
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert list(index.search(passage.whole, 3)) == list(hits)


@pytest.mark.parametrize("mode", MODES)
def test_an_index_is_built_once(tmp_path: Path, letters: LetterEncoder, mode: str) -> None:
    index_of(tmp_path, letters, mode)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"}
    n_texts = letters.n_texts
    again = index_of(tmp_path, letters, mode)
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert letters.n_texts == n_texts
    assert again.search("the capital of Poland", 1)[0].passage.id == "p4"


def test_another_corpus_has_another_index(tmp_path: Path, letters: LetterEncoder) -> None:
    index_of(tmp_path, letters)
    other = build_passage_index((Passage("x", "Lyon", "A lion."),), tmp_path, mode="bm25")
    assert [hit.passage.id for hit in other.search("Lyon", 5)] == ["x"]


def test_bm25_finds_nothing_where_no_word_is_shared(tmp_path: Path) -> None:
    index = build_passage_index(CORPUS, tmp_path, mode="bm25")
    assert index.search("quixotic", 3) == [] and index.search("", 3) == []
    assert [hit.passage.id for hit in index.search("zebras", 3)] == ["p5"]
    assert len(index.search("Rhône Warsaw", 99)) == 4


def test_hybrid_adds_reciprocal_ranks(tmp_path: Path, letters: LetterEncoder) -> None:
    query = "Which river flows through Geneva?"
    dense, sparse = (index_of(tmp_path, letters, mode).search(query, 99) for mode in ("dense", "bm25"))
    ranks: dict[str, list[int]] = {}
    for hits in (dense, sparse):
        for rank, hit in enumerate(hits, start=1):
            ranks.setdefault(hit.passage.id, []).append(rank)
    wanted = {name: sum(1 / (60 + rank) for rank in found) for name, found in ranks.items()}
    merged = index_of(tmp_path, letters).search(query, 99)
    assert {hit.passage.id: pytest.approx(hit.score) for hit in merged} == wanted
    assert len(index_of(tmp_path, letters).search(query, 2)) == 2


@pytest.mark.parametrize(
    ("passages", "mode", "words"),
    [
        (CORPUS, "magic", "there is no search mode 'magic'; known are dense, bm25, hybrid"),
        ((), "bm25", "a corpus needs passages"),
        ((CORPUS[0], CORPUS[0]), "bm25", "an id of its own"),
        (CORPUS, "hybrid", "needs an encoder"),
    ],
)
def test_what_cannot_be_indexed_is_refused(
    tmp_path: Path, passages: tuple[Passage, ...], mode: str, words: str
) -> None:
    with pytest.raises(PassageError, match=words):
        build_passage_index(passages, tmp_path, mode=mode)
    assert not list(tmp_path.iterdir())


class Fixed:
    """An index that finds what it is told to."""

    def __init__(self, *hits: Hit) -> None:
        self.hits, self.asked = hits, list[str]()

    def search(self, query: str, k: int) -> Sequence[Hit]:
        self.asked.append(query)
        return self.hits[:k]


def test_the_tool_says_ids_titles_texts_and_scores() -> None:
    tool = SearchTool(Fixed(Hit(CORPUS[3], 0.87654321), Hit(CORPUS[0], 0.5)), top_k=1)
    assert tool("  capital\nof Poland ") == [
        {"id": "p4", "title": "Warsaw", "text": "Warsaw is the capital of Poland.", "score": 0.8765}
    ]


def test_texts_share_a_budget() -> None:
    tool = SearchTool(Fixed(*(Hit(passage, 1.0) for passage in CORPUS)), top_k=5, budget=100)
    found = tool("anything")
    assert isinstance(found, list)
    texts = [row["text"] for row in found if isinstance(row, dict)]
    assert texts[0] == CORPUS[0].text
    assert sum(len(str(text)) for text in texts) <= 100
    assert all(texts)


@pytest.mark.parametrize("query", [None, 3, ["Lyon"], {"q": "Lyon"}, "", "  ", "?!", True])
def test_what_is_no_query_is_told_so(query: object) -> None:
    tool = SearchTool(Fixed(Hit(CORPUS[0], 1.0)))
    with pytest.raises(ToolError, match="^search "):
        tool(query)  # type: ignore[arg-type]
    assert tool("x" * 10_000) and len(tool.index.asked[-1]) == 300  # type: ignore[attr-defined]


@given(st.text(max_size=200), st.integers(-5, 220))
@settings(max_examples=300)
def test_a_cut_text_is_a_beginning_within_the_budget(text: str, n_characters: int) -> None:
    found = cut(text, n_characters)
    assert len(found) <= max(0, n_characters)
    assert text.startswith(found.removesuffix(" …"))


def test_whole_sentences_are_kept_where_one_fits() -> None:
    text = CORPUS[2].text
    assert cut(text, 60) == "Marie Curie was a physicist. She was born in Warsaw."
    assert cut(text, 20) == "Marie Curie was a …"
    assert cut(text, 4) == ""
    assert cut(text, len(text)) == text


@pytest.mark.weights
def test_minilm_finds_by_meaning_what_shares_no_word(tmp_path: Path) -> None:
    encoder = MiniLmEncoder(lambda: fetch("all-minilm-l6-v2"))
    index = build_passage_index(CORPUS, tmp_path, PassageEncoder.symmetric("minilm", encoder), "dense")
    assert index.search("female scientist who found a radioactive element", 1)[0].passage.id == "p3"
