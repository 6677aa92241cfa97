"""A process that collects sessions in the tiny world until it is killed; it says how many episodes it has."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from stillroom.data.store import Store
from stillroom.simulators.collect import CollectConfig, collect
from stillroom.simulators.stage import build_stage


def main(path: Path, n_episodes: int) -> None:
    """Go on with the run from where it stopped."""
    stage = build_stage(runpy.run_path(str(Path(__file__).parents[1] / "conftest.py"))["tiny_catalogue"]())
    with Store.open(path) as store:
        collect(
            stage,
            stage.expert_seat(),
            store,
            CollectConfig(n_episodes=n_episodes),
            run_id="run",
            progress=lambda done, _: print(done, flush=True),
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
