"""What stands in for long tuples and arrays behaves like them: text columns, long names, codebooks, shared cells."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stillroom.data.codebook import Codebook
from stillroom.data.names import LongNames, NameIndex, index_names
from stillroom.data.schema import Facet, FacetKind
from stillroom.data.set_column import set_column
from stillroom.data.text_column import TextColumn

NAMES = ("Star Wars: Episode V - The Empire Strikes Back", "Star Wars", "Starman", "Léon", "Em", "M", "Star Wars")
FAME = np.array([0.8, 0.5, 0.1, 0.3, 0.2, 0.1, 0.9], dtype=np.float32)


@pytest.mark.parametrize("coded", [False, True])
def test_a_text_column_is_a_sequence_of_strings(coded: bool) -> None:
    """Plain or dictionary-encoded: the same strings, and the first row that holds one."""
    array = pa.array(NAMES)
    column = TextColumn(array.dictionary_encode() if coded else array)
    assert list(column) == list(NAMES) and len(column) == 7 and column[3] == "Léon" and column[-1] == "Star Wars"
    assert column[1:3] == NAMES[1:3]
    if not coded:
        assert column.find("Star Wars") == 1 and column.find("nothing") is None


@pytest.mark.parametrize(
    "said", ["empire strikes back", "star wars", "STARMAN!", "leon", "M", "Em", "star", "wars", "", "Star Wrs", "xyzzy"]
)
def test_long_names_resolve_as_short_ones_do(said: str) -> None:
    """Exact, begun, within, misspelt (with a word right), not at all."""
    long = index_names(TextColumn(pa.array(NAMES)), FAME)
    assert isinstance(long, LongNames)
    assert long.resolve(said) == NameIndex.of(NAMES, FAME).resolve(said)


def test_a_codebook_is_the_array_that_it_stands_for() -> None:
    """Rows, products and the array itself."""
    random = np.random.default_rng(0)
    book, codes = random.normal(size=(5, 4)).astype(np.float32), random.integers(0, 5, 30)
    vectors, array = Codebook(codes, book), book[codes]
    other = random.normal(size=(4, 3)).astype(np.float32)
    assert vectors.shape == array.shape and len(vectors) == 30
    np.testing.assert_array_equal(np.asarray(vectors), array)
    np.testing.assert_array_equal(vectors[7], array[7])
    np.testing.assert_array_equal(vectors[[3, 9]], array[[3, 9]])
    np.testing.assert_allclose(vectors @ other, array @ other, rtol=1e-5)


def test_shared_cells_say_what_the_matrix_says() -> None:
    """A column of few distinct cells over two table columns: masks and counts agree with the items' own values."""
    first, second = pa.array(["a|B", "b", "", "a"] * 5), pa.array(["c", "", "", "A "] * 5)
    column = set_column([first, second], Facet(name="tag", kind=FacetKind.TAG))
    assert column.cells is not None and column.values == ("a", "B", "c")
    assert [column.of(row) for row in range(4)] == [("a", "B", "c"), ("B",), (), ("a",)]
    for value in column.values:
        assert column.mask(value).tolist() == [value in column.of(row) for row in range(20)]
    assert column.counts.tolist() == [10, 10, 5] and column.known.tolist() == [True, True, False, True] * 5
