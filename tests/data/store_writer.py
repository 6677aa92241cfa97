"""A process that writes episodes until it is killed; it acknowledges each on standard output."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from stillroom.data.store import Store


def main(path: Path, n_episodes: int) -> None:
    """Go on with the run from where it stopped."""
    spec = importlib.util.spec_from_file_location("episodes", Path(__file__).with_name("conftest.py"))
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    with Store.open(path) as store:
        run = store.start_run({"kind": "kill test"}, seed=1, run_id="run")
        done = store.finished_episodes(run)
        for number in range(n_episodes):
            key = f"k{number}"
            if key not in done:
                store.add_episode(run, maker.make_episode(key, n_turns=1 + number % 4))
                print(key, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
