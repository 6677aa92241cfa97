"""`stillroom report`: one page about an evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stillroom.serve.console import show
from stillroom.serve.evaluation_file import DEFAULT_JSON, read_evaluation
from stillroom.serve.options import DEFAULT_STORE, StorePath
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from stillroom.data.store import Store
    from stillroom.data.trajectory import Episode


def report(
    source: Annotated[Path, typer.Option("--json", help="What `stillroom evaluate` wrote.")] = DEFAULT_JSON,
    store: StorePath = DEFAULT_STORE,
    student: Annotated[
        str | None, typer.Option(help="The student whose training is shown (default: the first one evaluated).")
    ] = None,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("runs/report.html"),
) -> None:
    """Write one self-contained HTML page about an evaluation: table, plots, a conversation, the leakage audit."""
    from stillroom.data.store import Store
    from stillroom.distill.report import write_report

    evaluation = read_evaluation(source)
    name = student or next((model.name for model in evaluation.models if model.name.startswith("student:")), "")
    training = _training_of(name.removeprefix("student:")) if name else {}
    with Store.open(store, read_only=True) as opened:
        conversation = _conversation(opened.episodes(evaluation.run_id), name)
        collection = _collection(opened)
    out.parent.mkdir(parents=True, exist_ok=True)
    written = write_report(out, evaluation, training, collection, conversation, command="stillroom evaluate")
    show(f"Wrote {written}: open it in a browser.")


def _training_of(name: str) -> dict[str, Any]:
    from stillroom.agents.models.student import find_student

    path = find_student(name).path / "training.json"
    if not path.is_file():
        return {}
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path} cannot be read ({error})") from error
    return record


def _collection(store: Store) -> dict[str, int]:
    """Return how many simulated sessions there are to learn from."""
    runs = [run.run_id for run in store.list_runs() if run.config.get("kind") == "collect"]
    found = [episode for run in runs for episode in store.list_episodes(run)]
    return {
        "episodes": len(found),
        "commands": sum(episode.n_rounds for episode in found),
        "satisfied": sum(episode.outcome.value == "satisfied" for episode in found),
    }


def _conversation(episodes: Iterable[Episode], name: str) -> Episode | None:
    """Return a session to show: several rounds, the student's own and one that went well where there is such a one."""
    best: tuple[int, Episode] | None = None
    for episode in episodes:
        if episode.setting != "MR":
            continue
        rank = 2 * (episode.model == name) + (episode.outcome.value == "satisfied" and episode.n_rounds > 1)
        if best is None or rank > best[0]:
            best = (rank, episode)
    return best[1] if best else None
