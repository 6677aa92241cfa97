"""`stillroom evaluate`: models measured on the same held-out people, or on the same held-out tasks."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stillroom.serve.console import Meter, complain, show, show_next
from stillroom.serve.contestants import Roster, model_behind, split_names
from stillroom.serve.evaluation_file import DEFAULT_JSON, NATURAL, NATURAL_FOLDER, write_whole
from stillroom.serve.hosted import GO_ON, accounted, build_hosting, each_at_once, takes_hosting
from stillroom.serve.loading import check_run, check_store, open_model, open_world
from stillroom.serve.options import (
    DEFAULT_STORE,
    HOSTING,
    HostingOptions,
    Offline,
    Runtime,
    RuntimeOption,
    SandboxName,
    SearchMode,
    Seed,
    StorePath,
    User,
    World,
)
from stillroom.serve.refusals import CommandError, refuse_given, resumable
from stillroom.serve.simulate_command import check_cast, name_run, speakers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stillroom.agents.models.hosted import Hosting
    from stillroom.data.catalogue import Catalogue
    from stillroom.simulators.contestant import ModelSpec
    from stillroom.simulators.evaluation import Evaluation, PartResult
    from stillroom.simulators.evaluation_plan import EvaluationConfig
    from stillroom.simulators.suite import Suite

_DEFAULT_MODELS: Final = ("rules", "student:default", "expert")
SETTINGS: Final = ("SR", "MR", "MRID")


class HeldOut(StrEnum):
    """The parts of an environment's tasks that nobody is trained on."""

    VALIDATION = "validation"
    TEST = "test"


@takes_hosting
def evaluate(
    models: Annotated[
        str | None,
        typer.Option(
            help="Names separated by commas: models, rivals (bm25, sasrec …), ablations (expert~no-memory). "
            "Default: rules,student:default,expert."
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            help="feed: every agent, rival and ablation, 300 people, 3 seeds. solver: agents and chains of thought on "
            "tasks. One table."
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="Measure on tasks instead: names separated by commas, as in gsm8k,mirror. A model may say how it "
            "solves: NAME+cot, NAME+sag8, NAME+first-thought."
        ),
    ] = None,
    world: World = "films",
    users: Annotated[
        int | None, typer.Option(min=1, help="Simulated people in each setting (100), or tasks (200).")
    ] = None,
    slow_users: Annotated[
        int | None, typer.Option(min=1, help="How many of them a large language model meets (default: all; suite: 12).")
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="How many seeds, from --seed on (default: 1).")] = None,
    settings: Annotated[str, typer.Option(help="Of SR, MR and MRID those to measure in.")] = "SR,MR,MRID",
    user: User = "agenda",
    commands: Annotated[int, typer.Option(min=1, help="Held-out commands that every model reads.")] = 300,
    seed: Seed = 0,
    store: StorePath = DEFAULT_STORE,
    run: Annotated[str | None, typer.Option(help="The run's id; one that exists is gone on with.")] = None,
    out: Annotated[Path, typer.Option("--json", help="Where every number goes.")] = DEFAULT_JSON,
    results: Annotated[
        Path | None, typer.Option(help="A Markdown file that the suite's table is put into.", dir_okay=False)
    ] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Run nothing: show what the run has, however much of it there is.")
    ] = False,
    natural: Annotated[bool, typer.Option("--natural", help="Measure on commands that people typed, too.")] = False,
    runtime: RuntimeOption = Runtime.AUTO,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Sessions or tasks at once, of a hosted model or by transformers (default: 1, for latencies that are "
            "those of a turn alone).",
        ),
    ] = None,
    hosted: HostingOptions = HOSTING,  # no replies are kept: one that was kept has no latency to measure
    held_out: Annotated[
        HeldOut, typer.Option(help="With --task: the part that is measured on; validation is worded as training is.")
    ] = HeldOut.TEST,
    sandbox: SandboxName = "monty",
    search: SearchMode = None,
    offline: Offline = False,
) -> None:
    """Measure models on the same held-out people, wordings and seeds; prints the table with its intervals."""
    from stillroom.data.store import Store
    from stillroom.simulators.cast import cast_user
    from stillroom.simulators.evaluate import evaluate as measure
    from stillroom.simulators.evaluation_plan import EvaluationConfig
    from stillroom.simulators.stage import build_stage
    from stillroom.simulators.wording_bank import Split

    tasks = _tasks(suite, task)
    if tasks:
        refuse_given(
            "is about people and their feeds, which tasks have none of",
            {"--seeds": seeds, "--natural": natural, "--world": world != "films", "--user": user != "agenda"},
        )
    else:
        refuse_given(
            "is about tasks: name some by --task, as in --task gsm8k",
            {"--search": search, "--sandbox": sandbox != "monty", "--held-out": held_out is not HeldOut.TEST},
        )
    plan = _suite(suite, models, users, slow_users, seeds, usual_users=200 if tasks else 100)
    names, users = list(plan.names), plan.n_users
    counts = [users if setting in _settings(settings) else 0 for setting in SETTINGS]
    if natural and not NATURAL_FOLDER.is_dir():
        raise CommandError(
            f"{NATURAL_FOLDER}: the typed commands come with a checkout of the source, not with the package"
        )
    check_store(store)
    behind = {name: model_behind(name) for name in names}
    at_once = each_at_once(behind, runtime.value, concurrency)
    hosting = build_hosting(hosted, (*behind.values(), *speakers(user)), concurrency or 1)
    if tasks:
        from stillroom.serve.evaluate_tasks import TaskEvaluation, evaluate_on_tasks
        from stillroom.simulators.tasks import Part

        asked = TaskEvaluation(
            plan.names,
            suite is not None and models is None,
            tasks,
            users,
            plan.n_slow_users,
            Part(held_out.value),
            seed,
            search,
            sandbox,
            runtime.value,
            offline,
            at_once,
            stored,
        )
        _tell(evaluate_on_tasks(asked, store, run, hosting), out, store, suite, results, {}, hosting)
        return
    check_cast(user, tuple(names))
    again = "interrupted; run the same command again to go on, what is measured is stored"
    with resumable(again), accounted(hosting), Meter() as meter:
        roster = Roster(meter, runtime, hosting, offline, min(1.0, plan.n_slow_users / users))
        for name in (*names, *speakers(user)):
            roster.check(name)
        catalogue = open_world(world, meter, offline=offline)
        stage = build_stage(catalogue)
        specs = [roster.spec(name, stage) for name in names]
        all_seeds = tuple(range(seed, seed + plan.n_seeds))
        config = EvaluationConfig(commands, counts[1], counts[0], all_seeds, n_drift=counts[2], user=user)
        run_id = run or name_run(catalogue.schema.name, _label(config, users), "", seed)
        speaks = partial(
            open_model, catalogue=catalogue, meter=meter, runtime=runtime.value, offline=offline, hosting=hosting
        )
        player = cast_user(user, stage, Split.EVALUATION, speaks)
        check_run(store, run_id, stored)
        store.parent.mkdir(parents=True, exist_ok=True)
        with Store.open(store) as opened:
            evaluation = measure(
                stage,
                specs,
                config,
                store=opened,
                run_id=run_id,
                user=player,
                progress=meter,
                concurrency=at_once,
                only_stored=stored,
            )
        files = NATURAL if natural else {}
        typed = {key: _measure_typed(path, specs, catalogue, meter) for key, path in files.items()}
    _tell(evaluation, out, store, suite, results, typed, hosting)


def _tell(
    evaluation: Evaluation,
    out: Path,
    store: Path,
    suite: str | None,
    results: Path | None,
    typed: dict[str, dict[str, str]],
    hosting: Hosting,
) -> None:
    """Write and show what was measured."""
    from stillroom.serve.evaluation_view import render_evaluation
    from stillroom.serve.suite_view import write_suite

    write_whole(out, evaluation.to_json() | typed)
    show(render_evaluation(evaluation))
    if results is not None:
        write_suite(results, suite or "models", evaluation, f"stillroom {' '.join(sys.argv[1:])}")
    for key, texts in typed.items():
        show(*(f"{name} on {NATURAL[key].name}: {text}" for name, text in texts.items()))
    if hosting.account.reached:
        complain(f"{hosting.account.reached}; {GO_ON}")
    run_id = evaluation.run_id
    show(f"Wrote {out} and run {run_id} in {store}.")
    show_next(f"stillroom report --json {out} --store {store}", f"stillroom traces list --run {run_id} --store {store}")


def _tasks(suite: str | None, task: str | None) -> tuple[str, ...]:
    """Return the environments to measure on; none where people and their feeds are asked for."""
    from stillroom.simulators.suite import SOLVER_TASKS

    if task is None:
        return SOLVER_TASKS if suite == "solver" else ()
    return tuple(split_names(task, "--task gsm8k,mirror"))


def _suite(
    suite: str | None,
    models: str | None,
    users: int | None,
    slow_users: int | None,
    seeds: int | None,
    usual_users: int,
) -> Suite:
    """Return what is measured: a suite by name, or the models named, with whatever else was asked for."""
    from stillroom.simulators.suite import SUITES, Suite

    if suite is not None and suite not in SUITES:
        raise CommandError(f"there is no suite {suite!r}; known are {', '.join(SUITES)}")
    plan = SUITES[suite] if suite is not None else Suite(_DEFAULT_MODELS, usual_users, 1, usual_users)
    n_users = users or plan.n_users
    n_slow = slow_users or (plan.n_slow_users if suite is not None else n_users)
    names = tuple(split_names(models, "--models rules,student:default,expert")) if models is not None else plan.names
    return Suite(names, n_users, seeds or plan.n_seeds, n_slow)


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


def _measure_typed(path: Path, specs: Sequence[ModelSpec], catalogue: Catalogue, meter: Meter) -> dict[str, str]:
    from stillroom.simulators.evaluate import evaluate_file

    return {
        spec.name: _in_words(evaluate_file(path, spec, catalogue, progress=meter))
        for spec in specs
        if spec.build is not None and spec.reads_commands
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
