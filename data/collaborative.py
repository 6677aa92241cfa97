"""Collaborative item vectors: PureSVD (Cremonesi, Koren, Turrin, RecSys 2010) over the likes before the split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

from stillroom.data.interactions import Interactions, before_split

N_FACTORS = 64


def collaborative_vectors(
    interactions: Interactions | None, n_items: int, n_factors: int = N_FACTORS
) -> NDArray[np.float32]:
    """Return unit item factors, shape (n_items, k); rows of items that nobody liked are zero; k is 0 without likes."""
    if interactions is None:
        return np.zeros((n_items, 0), dtype=np.float32)
    use = before_split(interactions) & interactions.liked
    shape = (len(interactions.user_ids), n_items)
    likes = csr_matrix(
        (np.ones(int(use.sum()), dtype=np.float64), (interactions.users[use], interactions.items[use])), shape=shape
    )
    likes.data[:] = 1.0
    k = min(n_factors, min(shape) - 1)
    if k < 1 or likes.nnz == 0:
        return np.zeros((n_items, 0), dtype=np.float32)
    # A fixed start vector: ARPACK's own is random, and the same data must give the same vectors.
    _, strength, right = svds(likes, k=k, v0=np.ones(min(shape)), random_state=0)
    factors = (right * strength[:, None]).T
    factors[np.asarray(likes.sum(axis=0)).ravel() == 0] = 0.0
    norms = np.linalg.norm(factors, axis=1, keepdims=True)
    unit = np.divide(factors, norms, out=np.zeros_like(factors), where=norms > 1e-9)
    return np.asarray(unit, dtype=np.float32)
