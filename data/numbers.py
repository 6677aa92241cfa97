"""The numbers of a facet: how they are spread over the catalogue, and how one of them is written exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spread:
    """The quartiles of the numbers that are known, and the largest of them."""

    low: float
    middle: float
    high: float
    largest: float

    @classmethod
    def of(cls, values: NDArray[np.float32]) -> Spread | None:
        """Return how the values that are not NaN are spread, None when all are."""
        known = values[~np.isnan(values)]
        if not known.size:
            return None
        places = (known.size // 4, (3 * known.size) // 4)
        low, high = np.partition(known, places)[list(places)]
        return cls(float(low), float(np.median(known)), float(high), float(known.max()))


def exact_number(value: float) -> str:
    """Return a facet's number in the fewest digits that mean just this one: catalogues keep four bytes of each."""
    return str(np.format_float_positional(np.float32(value), unique=True, trim="-"))
