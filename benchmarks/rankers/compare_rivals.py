"""Rivals and agents on the same people, wordings and seeds: Pass Rate and ranking, with intervals over people.

    python benchmarks/rankers/compare_rivals.py [--names popularity,bm25,…] [--fold validation] [--users 300] [--seed 0]

On the validation fold people speak in the wordings of training, on the evaluation fold in held-out ones. `rules` and
`expert` (privileged) may be among the names. Sessions that failed count as not passed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stillroom.agents.models.load import load_model
from stillroom.data.interactions import Fold
from stillroom.data.trajectory import Episode
from stillroom.data.worlds import load_world
from stillroom.simulators.card import Setting, UserCard
from stillroom.simulators.evaluation_table import PartTable, differences_of, sessions_table
from stillroom.simulators.rivals.load import is_rival, rival_seat
from stillroom.simulators.session import Seat, SessionConfig, SessionRunner
from stillroom.simulators.stage import Stage, build_stage
from stillroom.simulators.wording_bank import Split

NAMES = "popularity,bm25,dense:minilm,dense:bge-small,sasrec,bert4rec,rules,expert"
METRICS = ("pass_rate", "rounds", "recall_at_10", "ndcg_at_10", "csr_at_10", "would_do")


def seat_of(name: str, stage: Stage) -> Seat:
    """Return the seat of a rival or of a model."""
    if is_rival(name):
        return rival_seat(name, stage)
    return stage.expert_seat() if name == "expert" else stage.seat(name, load_model(name, stage.catalogue))


def run(stage: Stage, name: str, cards: Sequence[UserCard], fold: Fold, setting: Setting, seed: int) -> list[Episode]:
    """Return the sessions of one name in one setting."""
    split = Split.EVALUATION if fold is Fold.EVAL else Split.TRAIN
    runner = SessionRunner(stage.catalogue, stage.user(split), seat_of(name, stage))
    return [runner.run(card, setting, seed) for card in cards]


def row(table: PartTable) -> tuple[dict[str, Any], str]:
    """Return a table's numbers, and the same in words."""
    result = table.result(2000)
    numbers = {metric: asdict(result.metrics[metric]) for metric in METRICS}
    words = []
    for metric in METRICS:
        found = result.metrics[metric]
        interval = "" if found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
        words.append(f"{'-' if found.value is None else f'{found.value:.3f}'}{interval}")
    p50, p95 = (result.metrics[name].value or 0.0 for name in ("latency_p50", "latency_p95"))
    numbers |= {"latency_p50": p50, "latency_p95": p95, "n": len(table.users), "n_users": len(set(table.users))}
    return numbers, " | ".join([*words, f"{p50:.0f} / {p95:.0f} ms"])


def main() -> None:
    """Read the arguments, run, print the tables and write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", default=NAMES)
    parser.add_argument("--fold", type=Fold, default=Fold.VALIDATION, choices=(Fold.VALIDATION, Fold.EVAL))
    parser.add_argument("--users", type=int, default=300, help="sessions in each setting")
    parser.add_argument("--settings", default="SR,MR")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", default="rules", help="paired differences from this one, if it is among the names")
    parser.add_argument("--json", type=Path, default=Path("runs/rivals.json"))
    options = parser.parse_args()
    stage = build_stage(load_world("films"))
    cards = stage.cards(options.fold, options.users, options.seed)
    numbers: dict[str, Any] = {"fold": options.fold.value, "users": options.users, "seed": options.seed}
    for setting in map(Setting, options.settings.split(",")):
        n_rounds = 1 if setting is Setting.SINGLE_ROUND else SessionConfig().n_rounds
        tables: dict[str, PartTable] = {}
        print(f"\n{setting.value}, {options.fold.value}, {len(cards)} sessions, seed {options.seed}")
        print(f"| name | {' | '.join(METRICS)} | p50 / p95 |", flush=True)
        for name in options.names.split(","):
            start = time.time()
            episodes = run(stage, name, cards, options.fold, setting, options.seed)
            tables[name] = sessions_table(episodes, stage.catalogue, n_rounds)
            found, words = row(tables[name])
            numbers.setdefault(setting.value, {})[name] = found
            print(f"| {name} | {words} |   ({time.time() - start:.0f} s)", flush=True)
        other = tables.get(options.against)
        for name in tables if other is not None else ():
            paired = {d.metric: d.estimate for d in differences_of("", name, tables[name], "", other, 2000)}
            words = " ".join(
                f"{metric} {paired[metric].value:+.3f} [{paired[metric].low:+.3f}, {paired[metric].high:+.3f}]"
                for metric in ("pass_rate", "ndcg_at_10")
            )
            print(f"  {name} minus {options.against}: {words}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
