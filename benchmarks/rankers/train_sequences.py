"""SASRec and BERT4Rec of RecTools: a ranking for every held-out person's history, and SASRec's item vectors.

    runs/rankers/venv/bin/python benchmarks/rankers/train_sequences.py [--models sasrec,bert4rec] [--out runs/rankers]

(`train_vectors.py` says how the environment is made.) Trained on everybody's likes before the split. Settings and
number of epochs are chosen by NDCG@10 of the later likes of validation people. Writes `NAME.npz`, which the rival NAME
reads from the cache (`--cache` puts it there): `histories` (a digest of each history), `item_ids`, and `scores`,
(n_people, n_items) in half precision, NaN for items that the model does not know; and `vectors-sasrec.npy`.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from likes import Floats, Likes, ndcg, read_likes, unit_rows
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, SASRecModel

SEED = 0
STEP = 10


@dataclass(frozen=True)
class Setting:
    """A model's hyperparameters, and the most epochs that it may take."""

    name: str
    most_epochs: int
    options: dict[str, Any]


def settings() -> Iterator[Setting]:
    """Yield what is tried."""
    for n_factors, dropout in ((64, 0.2), (64, 0.5), (128, 0.5)):
        yield Setting("sasrec", 100, {"n_factors": n_factors, "dropout_rate": dropout})
    for n_factors, mask in ((64, 0.4), (64, 0.2), (128, 0.4)):
        yield Setting("bert4rec", 200, {"n_factors": n_factors, "mask_prob": mask, "dropout_rate": 0.3})


def quiet_trainer() -> Trainer:
    """Return a trainer that writes nothing."""
    return Trainer(
        max_epochs=STEP,
        min_epochs=STEP,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )


def build(setting: Setting) -> Any:
    """Return the untrained model."""
    kind: Callable[..., Any] = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}[setting.name]
    return kind(
        n_blocks=2,
        n_heads=2,
        session_max_len=50,
        lr=3e-3,
        batch_size=64,
        loss="softmax",
        get_trainer_func=quiet_trainer,
        recommend_torch_device="cpu",
        **setting.options,
    )


def dataset_of(likes: Likes) -> Dataset:
    """Return the likes as RecTools takes them; seconds stand for the order, which breaks ties of time."""
    when = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(len(likes.users)), unit="s")
    frame = pd.DataFrame(
        {Columns.User: likes.users, Columns.Item: likes.items, Columns.Weight: 1.0, Columns.Datetime: when}
    )
    return Dataset.construct(frame)


def scores_of(model: Any, dataset: Dataset, likes: Likes) -> Floats:
    """Return each held-out person's score of every item, (n_people, n_items); NaN for items that nobody liked."""
    table = model.recommend(users=likes.people, dataset=dataset, k=likes.n_items, filter_viewed=False)
    scores = np.full((len(likes.people), likes.n_items), np.nan, np.float32)
    place = {int(user): number for number, user in enumerate(likes.people)}
    rows = table[Columns.User].map(place).to_numpy()
    scores[rows, table[Columns.Item].to_numpy()] = table[Columns.Score].to_numpy()
    return scores


def item_vectors(model: Any, dataset: Dataset, likes: Likes) -> Floats:
    """Return the model's item embeddings as unit rows of the catalogue; zero for items that it does not know."""
    with torch.inference_mode():
        embeddings = model.torch_model.item_model.get_all_embeddings().numpy()
    known = model.data_preparator.item_id_map.external_ids
    vectors = np.zeros((likes.n_items, embeddings.shape[1]), np.float32)
    for place, item in enumerate(known):
        if not isinstance(item, str):
            vectors[int(item)] = embeddings[place]
    return unit_rows(vectors)


def train(setting: Setting, likes: Likes, dataset: Dataset) -> Iterator[tuple[int, float, Floats, Any]]:
    """Train in steps, yielding (epochs, NDCG@10, scores, model), until three steps brought nothing."""
    seed_everything(SEED, verbose=False)
    model = build(setting)
    best, stale, epochs = 0.0, 0, 0
    while epochs < setting.most_epochs and stale < 3:
        if epochs:
            model.fit_partial(dataset, min_epochs=STEP, max_epochs=STEP)
        else:
            model.fit(dataset)
        epochs += STEP
        scores = scores_of(model, dataset, likes)
        found = ndcg(likes, np.nan_to_num(scores, nan=-1e9))
        stale = 0 if found > best else stale + 1
        best = max(best, found)
        yield epochs, found, scores, model


def digest_of(item_ids: Sequence[str]) -> str:
    """Return what names a history: the same as `simulators/rivals/ranked.py` makes of it."""
    return hashlib.sha256("\0".join(item_ids).encode()).hexdigest()[:24]


def write(path: Path, likes: Likes, scores: Floats) -> None:
    """Write a model's rankings."""
    digests = [digest_of([str(likes.item_ids[item]) for item in history]) for history in likes.histories]
    np.savez_compressed(path, histories=np.array(digests), item_ids=likes.item_ids, scores=scores.astype(np.float16))


def main() -> None:
    """Try every setting of the models asked for, and write the best of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--likes", type=Path, default=Path("runs/rankers/likes.npz"))
    parser.add_argument("--out", type=Path, default=Path("runs/rankers"))
    parser.add_argument("--models", default="sasrec,bert4rec")
    parser.add_argument("--first", action="store_true", help="try only the first setting of each model")
    parser.add_argument("--cache", type=Path, help="Stillroom's cache folder; the rankings are put into it, too.")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    likes = read_likes(options.likes)
    dataset = dataset_of(likes)
    best: dict[str, float] = {}
    tried: set[str] = set()
    start = time.time()
    for setting in settings():
        if setting.name not in options.models.split(",") or (options.first and setting.name in tried):
            continue
        tried.add(setting.name)
        for epochs, found, scores, model in train(setting, likes, dataset):
            mark = ""
            if found > best.get(setting.name, 0.0):
                best[setting.name], mark = found, " *"
                write(options.out / f"{setting.name}.npz", likes, scores)
                if options.cache:
                    folder = options.cache / "rankers" / likes.world
                    folder.mkdir(parents=True, exist_ok=True)
                    shutil.copy(options.out / f"{setting.name}.npz", folder)
                if setting.name == "sasrec":
                    np.save(options.out / "vectors-sasrec.npy", item_vectors(model, dataset, likes))
            words = " ".join(f"{name}={value}" for name, value in setting.options.items())
            print(
                f"{setting.name} {words} epochs={epochs} NDCG@10 {found:.4f} ({time.time() - start:.0f} s){mark}",
                flush=True,
            )


if __name__ == "__main__":
    main()
