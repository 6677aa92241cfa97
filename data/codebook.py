"""A codebook: the vectors of many rows of which most are the same, each distinct vector kept and multiplied once.

Contract: row r is `book[codes[r]]`. It indexes and multiplies like the array of shape (n, d) that it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Codebook:
    """Vectors of shape (n, d): `codes` (n,) point into the distinct rows of `book` (m, d).

    Codes have the machine's own width, for numpy turns narrower ones into it at every use.
    """

    codes: NDArray[np.intp]
    book: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of the array that this stands for."""
        return len(self.codes), int(self.book.shape[1])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return one row or several, as the array would."""
        return np.asarray(self.book[self.codes[rows]])

    def __matmul__(self, other: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the product with a matrix or a vector, multiplied once per distinct row."""
        return np.asarray((self.book @ other).take(self.codes, axis=0))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the whole array: for small catalogues and for tools that know arrays only."""
        return np.asarray(self.book.take(self.codes, axis=0), dtype)


Vectors = NDArray[np.float32] | Codebook
