"""How the numbers of a facet are spread over the catalogue: what is usual, and what is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spread:
    """The quartiles of the numbers that are known."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: NDArray[np.float32]) -> Spread | None:
        """Return the quartiles of the values that are not NaN, None when all are."""
        known = values[~np.isnan(values)]
        if not known.size:
            return None
        places = (known.size // 4, (3 * known.size) // 4)
        low, high = np.partition(known, places)[list(places)]
        return cls(float(low), float(np.median(known)), float(high))
