"""`stillroom evaluate` and `stillroom report`: models measured on the same held-out people, and a page about it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.loading import check_model, check_store, open_model, open_world
from stillroom.serve.options import DEFAULT_STORE, Offline, Runtime, RuntimeOption, Seed, StorePath, User, World
from stillroom.serve.refusals import CommandError, resumable
from stillroom.serve.simulate_command import check_cast, name_run, speakers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stillroom.data.catalogue import Catalogue
    from stillroom.data.store import Store
    from stillroom.data.trajectory import Episode
    from stillroom.simulators.evaluate import EvaluationConfig, ModelSpec
    from stillroom.simulators.evaluation import Evaluation, PartResult

SETTINGS: Final = ("SR", "MR", "MRID")
DEFAULT_JSON: Final = Path("runs/evaluation.json")
# Part of a checkout, not of the package: the commands are kept away from whoever trains.
_NATURAL: Final = Path(__file__).resolve().parents[1] / "benchmarks" / "natural"
NATURAL: Final = {"natural": _NATURAL / "films.jsonl", "natural_second": _NATURAL / "films-second.jsonl"}


def evaluate(
    models: Annotated[str, typer.Option(help="Names separated by commas.")] = "rules,student:default,expert",
    world: World = "films",
    users: Annotated[int, typer.Option(min=1, help="Simulated people in each setting.")] = 100,
    settings: Annotated[str, typer.Option(help="Of SR, MR and MRID those to measure in.")] = "SR,MR,MRID",
    user: User = "agenda",
    commands: Annotated[int, typer.Option(min=1, help="Held-out commands that every model reads.")] = 300,
    seed: Seed = 0,
    store: StorePath = DEFAULT_STORE,
    run: Annotated[str | None, typer.Option(help="The run's id; one that exists is gone on with.")] = None,
    out: Annotated[Path, typer.Option("--json", help="Where every number goes.")] = DEFAULT_JSON,
    natural: Annotated[bool, typer.Option("--natural", help="Measure on commands that people typed, too.")] = False,
    runtime: RuntimeOption = Runtime.OPENVINO,
    offline: Offline = False,
) -> None:
    """Measure models on the same held-out people, wordings and seeds; prints the table with its intervals."""
    from stillroom.data.store import Store
    from stillroom.serve.evaluation_view import render_evaluation
    from stillroom.simulators.cast import cast_user
    from stillroom.simulators.evaluate import EvaluationConfig
    from stillroom.simulators.evaluate import evaluate as measure
    from stillroom.simulators.stage import build_stage
    from stillroom.simulators.wording_bank import Split

    names = _names(models)
    counts = [users if setting in _settings(settings) else 0 for setting in SETTINGS]
    check_cast(user, tuple(names))
    if natural and not _NATURAL.is_dir():
        raise CommandError(f"{_NATURAL}: the typed commands come with a checkout of the source, not with the package")
    check_store(store)
    with resumable("interrupted; run the same command again to go on, what is measured is stored"), Meter() as meter:
        for name in (*names, *speakers(user)):
            check_model(name, meter, offline=offline)
        catalogue = open_world(world, meter, offline=offline)
        stage = build_stage(catalogue)
        specs = [_spec(name, catalogue, meter, runtime, offline) for name in names]
        config = EvaluationConfig(commands, counts[1], counts[0], (seed,), n_drift=counts[2], user=user)
        run_id = run or name_run(catalogue.schema.name, _label(config, users), "", seed)
        speaks = partial(open_model, catalogue=catalogue, meter=meter, runtime=runtime.value, offline=offline)
        player = cast_user(user, stage, Split.EVALUATION, speaks)
        store.parent.mkdir(parents=True, exist_ok=True)
        with Store.open(store) as opened:
            evaluation = measure(stage, specs, config, store=opened, run_id=run_id, user=player, progress=meter)
        files = NATURAL if natural else {}
        typed = {key: _measure_typed(path, specs, catalogue, meter) for key, path in files.items()}
    write_whole(out, evaluation.to_json() | typed)
    show(render_evaluation(evaluation))
    for key, texts in typed.items():
        show(*(f"{name} on {NATURAL[key].name}: {text}" for name, text in texts.items()))
    show(f"Wrote {out} and run {run_id} in {store}.")
    show_next(f"stillroom report --json {out} --store {store}", f"stillroom traces list --run {run_id} --store {store}")


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
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_file = path.with_name(path.name + ".partial")
    partial_file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial_file.replace(path)


def _names(models: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in models.split(",") if name.strip()))
    if not names:
        raise CommandError("--models names no model: say which, as in --models rules,student:default,expert")
    return names


def _settings(text: str) -> list[str]:
    found = [name.strip().upper() for name in text.split(",") if name.strip()]
    unknown = [name for name in found if name not in SETTINGS]
    if unknown or not found:
        raise CommandError(f"--settings names {' and '.join(unknown) or 'none'}; known are {', '.join(SETTINGS)}")
    return found


def _label(config: EvaluationConfig, users: int) -> str:
    """Return what tells an evaluation apart: its size, and whatever of it is not as usual."""
    counts = (config.n_single_round, config.n_sessions, config.n_drift)
    measured = [name for name, count in zip(SETTINGS, counts, strict=True) if count]
    unusual = [*([config.user] if config.user != "agenda" else []), *(measured if len(measured) < 3 else [])]
    return " ".join(["evaluate", *unusual, str(users), str(config.n_commands)])


def _spec(name: str, catalogue: Catalogue, meter: Meter, runtime: Runtime, offline: bool) -> ModelSpec:
    from stillroom.agents.models.student import find_student
    from stillroom.simulators.evaluate import EXPERT, ModelSpec

    if name == "expert":
        return EXPERT
    kind, _, rest = name.partition(":")
    version = find_student(rest).hash if kind == "student" else ""
    if kind in ("local", "student") and runtime is not Runtime.OPENVINO:
        version = f"{version} {runtime.value}".strip()
    build = partial(open_model, name, catalogue, meter, runtime=runtime.value, offline=offline)
    return ModelSpec(name, build, version)


def _measure_typed(path: Path, specs: Sequence[ModelSpec], catalogue: Catalogue, meter: Meter) -> dict[str, str]:
    from stillroom.simulators.evaluate import evaluate_file

    return {
        spec.name: _in_words(evaluate_file(path, spec, catalogue, progress=meter))
        for spec in specs
        if not spec.privileged
    }


def _in_words(result: PartResult) -> str:
    from stillroom.simulators.evaluation import METRICS

    parts = []
    for metric in ("f1_with_retractions", "exact_match_keys", "verdict"):
        found = result.metrics.get(metric)
        if found is None or found.value is None:
            continue
        interval = "" if found.low is None or found.high is None else f" [{found.low:.2f}, {found.high:.2f}]"
        parts.append(f"{METRICS[metric].label} {found.value:.3f}{interval}")
    return f"{', '.join(parts)} ({result.n} commands)"


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
