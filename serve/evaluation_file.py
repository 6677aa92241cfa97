"""An evaluation as a JSON file: what `stillroom evaluate` writes, and `stillroom report` reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from stillroom.simulators.evaluation import Evaluation

DEFAULT_JSON: Final = Path("runs/evaluation.json")
# Part of a checkout, not of the package: the commands are kept away from whoever trains.
NATURAL_FOLDER: Final = Path(__file__).resolve().parents[1] / "benchmarks" / "natural"
NATURAL: Final = {
    "natural": NATURAL_FOLDER / "films.jsonl",
    "natural_second": NATURAL_FOLDER / "films-second.jsonl",
    "natural_third": NATURAL_FOLDER / "films-third.jsonl",
}


def read_evaluation(path: Path) -> Evaluation:
    """Read what `evaluate` wrote; raise CommandError or EvaluationError with one sentence."""
    from stillroom.simulators.evaluation import Evaluation

    if not path.is_file():
        raise CommandError(f"{path} is not there: run `stillroom evaluate --json {path}` first")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path} is not what `stillroom evaluate` writes ({error})") from error
    if isinstance(data, dict):
        for key in NATURAL:
            data.pop(key, None)
    return Evaluation.from_json(data)


def write_whole(path: Path, value: object) -> None:
    """Write a JSON file, whole or not at all."""
    from stillroom.data.building import building_file

    with building_file(path) as scratch:
        scratch.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
