"""What trains never evaluates: the bank's splits share no wording, and sessions of one split speak only that split."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.data.interactions import Fold
from stillroom.data.store import Store
from stillroom.simulators.collect import CollectConfig, collect
from stillroom.simulators.stage import Stage
from stillroom.simulators.wording_bank import Split


def test_the_splits_share_no_wording(stage: Stage) -> None:
    ids = {split: {p.id for p in stage.bank.patterns if p.split is split} for split in Split}
    words = {split: {p.skeleton for p in stage.bank.patterns if p.split is split} for split in Split}
    assert all(ids.values())
    assert ids[Split.TRAIN] & ids[Split.EVALUATION] == set()
    assert words[Split.TRAIN] & words[Split.EVALUATION] == set()


@pytest.mark.parametrize(("split", "fold"), [(Split.TRAIN, Fold.TRAIN), (Split.EVALUATION, Fold.EVAL)])
def test_sessions_speak_only_their_split(stage: Stage, tmp_path: Path, split: Split, fold: Fold) -> None:
    mine = {pattern.id for pattern in stage.bank.patterns if pattern.split is split}
    with Store.open(tmp_path / "s.duckdb") as store:
        run = collect(stage, stage.expert_seat(), store, CollectConfig(n_episodes=6, fold=fold, split=split))
        said = {name for episode in store.episodes(run) for turn in episode.turns for name in turn.wording_ids}
    # A voice (`voice:typos`) is a way of typing, not a wording, and belongs to both sides.
    patterns = {name for name in said if not name.startswith("voice:")}
    assert len(patterns) > 8
    assert patterns <= mine
