"""Item vectors of rankers without order (PureSVD, ALS, BPR, EASE), hyperparameters chosen on validation people.

    python benchmarks/rankers/export_likes.py
    python -m venv runs/rankers/venv && runs/rankers/venv/bin/pip install -r benchmarks/rankers/requirements.txt
    runs/rankers/venv/bin/python benchmarks/rankers/train_vectors.py [--likes …] [--out runs/rankers]

Prints every setting's NDCG@10 of the later likes of validation people, and writes `vectors-NAME.npy`, (n_items, k),
unit rows, zero for items that nobody liked.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from likes import Floats, Likes, ndcg, read_likes, taste_scores, unit_rows
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import eigsh, svds

Make = Callable[[csr_matrix], Floats]
SEED = 0


def puresvd(likes: csr_matrix, k: int) -> Floats:
    """Return the item factors of PureSVD (Cremonesi, Koren, Turrin, RecSys 2010)."""
    _, strength, right = svds(likes.astype(np.float64), k=k, v0=np.ones(min(likes.shape)))
    return np.asarray((right * strength[:, None]).T, np.float32)


def als(likes: csr_matrix, k: int, regularization: float, alpha: float) -> Floats:
    """Return the item factors of implicit ALS (Hu, Koren, Volinsky, ICDM 2008)."""
    model = AlternatingLeastSquares(
        k, regularization=regularization, alpha=alpha, iterations=20, num_threads=2, random_state=SEED
    )
    model.fit(likes, show_progress=False)
    return np.asarray(model.item_factors, np.float32)


def bpr(likes: csr_matrix, k: int, regularization: float, iterations: int) -> Floats:
    """Return the item factors of BPR (Rendle et al., UAI 2009), without the popularity bias that it puts last."""
    model = BayesianPersonalizedRanking(
        k, learning_rate=0.02, regularization=regularization, iterations=iterations, num_threads=1, random_state=SEED
    )
    model.fit(likes, show_progress=False)
    return np.asarray(model.item_factors[:, :-1], np.float32)


def ease(likes: csr_matrix, k: int, regularization: float) -> Floats:
    """Return factors of EASE's item-item weights (Steck, WWW 2019): the symmetric part's largest eigenvectors."""
    gram = (likes.T @ likes).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += regularization
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0
    values, vectors = eigsh((weights + weights.T) / 2, k=k, v0=np.ones(len(weights)), which="LA")
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)), np.float32)


def settings() -> Iterator[tuple[str, str, Make]]:
    """Yield every setting: the ranker's name, the hyperparameters in words, and what makes the factors."""
    for k in (16, 32, 64, 128):
        yield "puresvd", f"k={k}", partial(puresvd, k=k)
    for k in (32, 64, 128):
        for regularization in (10.0, 30.0, 100.0):
            for alpha in (10.0, 40.0, 100.0):
                words = f"k={k} regularization={regularization} alpha={alpha}"
                yield "als", words, partial(als, k=k, regularization=regularization, alpha=alpha)
    for k in (32, 64):
        for iterations in (20, 60):
            for regularization in (0.01, 0.1):
                words = f"k={k} regularization={regularization} iterations={iterations}"
                yield "bpr", words, partial(bpr, k=k, regularization=regularization, iterations=iterations)
    for k in (64, 256):
        for regularization in (50.0, 400.0, 1600.0):
            yield "ease", f"k={k} regularization={regularization}", partial(ease, k=k, regularization=regularization)


def vectors_of(likes: Likes, make: Make) -> Floats:
    """Return unit item vectors of the whole catalogue; items that nobody liked are left out of training, and zero."""
    matrix = likes.matrix()
    liked = np.flatnonzero(np.asarray(matrix.sum(axis=0)).ravel())
    factors = make(matrix[:, liked])
    vectors = np.zeros((likes.n_items, factors.shape[1]), np.float32)
    vectors[liked] = factors
    return unit_rows(vectors)


def main() -> None:
    """Try every setting, and write the best of each ranker."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--likes", type=Path, default=Path("runs/rankers/likes.npz"))
    parser.add_argument("--out", type=Path, default=Path("runs/rankers"))
    options = parser.parse_args()
    likes = read_likes(options.likes)
    best: dict[str, float] = {}
    for name, words, make in settings():
        vectors = vectors_of(likes, make)
        found = ndcg(likes, taste_scores(likes, vectors))
        mark = ""
        if found > best.get(name, -1.0):
            best[name], mark = found, " *"
            np.save(options.out / f"vectors-{name}.npy", vectors)
        print(f"{name:8} {words:40} NDCG@10 {found:.4f}{mark}", flush=True)


if __name__ == "__main__":
    main()
