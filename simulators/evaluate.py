"""Evaluation: any models on the same held-out people, wordings and seeds; resumable, interruptible.

    evaluation = evaluate(stage, [ModelSpec("rules", load_rules), EXPERT], EvaluationConfig(), store=store, run_id="e1")

Two parts: `commands` (one fixed set, every model parses it) and sessions (`SR`, `MR`, `MRID`: the same cards and
seeds for every model). Only people of the evaluation fold and wordings of the evaluation split occur. Models are loaded
one after the other. With a store, every episode is there as soon as it is over, and is not run again. Sessions at once
are stored by the calling thread, and the result is the same whatever the order in which they ended.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from threadpoolctl import threadpool_limits

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.expert import Oracle
from stillroom.data.artefact import ArtefactError
from stillroom.data.catalogue import Catalogue
from stillroom.data.interactions import Fold
from stillroom.data.provenance import package_versions
from stillroom.data.store import Store
from stillroom.data.trajectory import Episode, Outcome
from stillroom.simulators.ablations import SIGN, split_name
from stillroom.simulators.bootstrap import N_RESAMPLES
from stillroom.simulators.card import Setting
from stillroom.simulators.contestant import ModelSpec, take_seat
from stillroom.simulators.evaluation import (
    Difference,
    Evaluation,
    EvaluationError,
    LeakageSummary,
    ModelResult,
    PartResult,
)
from stillroom.simulators.evaluation_commands import CommandReader, HeldOutCommand, read_commands
from stillroom.simulators.evaluation_plan import EvaluationConfig, EvaluationPlan, PlannedSession, draw_plan
from stillroom.simulators.evaluation_table import COMMANDS, PartTable, commands_table, differences_of, sessions_table
from stillroom.simulators.leakage import Leak, LeakageReport, audit, n_refused, spoken_in
from stillroom.simulators.ledger import Ledger, LedgerError
from stillroom.simulators.rivals.rival import RivalError
from stillroom.simulators.session import SessionRunner
from stillroom.simulators.stage import Stage
from stillroom.simulators.user import User
from stillroom.simulators.wording_bank import Split
from stillroom.simulators.workers import run_jobs

Progress = Callable[[str, int, int], None]
_N_EXAMPLES: Final = 20


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class _Job:
    """One episode to be had: its part, its key in the run, and what runs it."""

    part: str
    key: str
    run: Callable[[str], Episode]


def evaluate(
    stage: Stage,
    models: Sequence[ModelSpec],
    config: EvaluationConfig,
    *,
    store: Store | None = None,
    run_id: str | None = None,
    user: User | None = None,
    progress: Progress = _no_progress,
    concurrency: Mapping[str, int] = MappingProxyType({}),
    only_stored: bool = False,
) -> Evaluation:
    """Measure the models, each number with its interval; a model that cannot be had is a row with the reason.

    `user` plays the sessions (the commands are always an agenda user's); an agenda user where none is given.
    `concurrency` is how many sessions a model plays at once, by its name (one where it is not named).
    With `only_stored` nothing is run: a model's row is of what the store has of it.
    """
    settings = config.to_json(stage)
    run = store.start_run(settings, seed=config.seeds[0], run_id=run_id) if store else run_id or ""
    ledger = Ledger(store, run, only_stored=only_stored)
    progress("drawing people and commands", 0, 1)
    plan = draw_plan(stage, config)
    progress("drawing people and commands", 1, 1)
    user = user or stage.user(Split.EVALUATION)
    errors: dict[str, str] = {}
    episodes: dict[str, dict[str, Episode]] = {}
    for spec in models:
        try:
            own = plan.first(spec.share) if spec.reads_commands else plan.first(spec.share).without_commands()
            n_at_once = 1 if spec.privileged else concurrency.get(spec.name, 1)  # the expert's oracle is one mind
            episodes[spec.name] = _run_model(stage, spec, own, config, user, ledger, progress, n_at_once)
        except (ModelError, ArtefactError, RivalError, LedgerError) as error:
            errors[spec.name] = str(error)
        gc.collect()
    tables = {name: _tables(stage.catalogue, list(found.values()), config) for name, found in episodes.items()}
    return Evaluation(
        world=stage.catalogue.schema.name,
        models=tuple(
            ModelResult(
                spec.name, spec.privileged, errors.get(spec.name, ""), _results(tables.get(spec.name, {}), config)
            )
            for spec in models
        ),
        differences=_differences(stage.catalogue, episodes, config),
        leakage=_audit(stage.catalogue, (episode for found in episodes.values() for episode in found.values())),
        config=settings | ({"concurrency": max(concurrency.values())} if concurrency else {}),
        run_id=run,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        git_revision=ledger.revision,
        packages=package_versions(),
        n_episodes=sum(map(len, episodes.values())),
        stored_by=ledger.stored_by(episode for found in episodes.values() for episode in found.values()),
    )


def evaluate_file(
    path: Path,
    spec: ModelSpec,
    catalogue: Catalogue,
    part: str | None = "test",
    *,
    n_resamples: int = N_RESAMPLES,
    progress: Progress = _no_progress,
) -> PartResult:
    """Measure a model on the commands of a file with `gold` in each line; each command counts as one user."""
    if spec.build is None:
        raise EvaluationError("the expert is told what simulated users mean, so on a file it has nothing to show")
    reader = CommandReader(catalogue, spec.build(), spec.name, Oracle())
    commands = read_commands(path, catalogue, part)
    episodes = []
    for number, command in enumerate(commands):
        progress(f"{spec.name}: {path.name}", number, len(commands))
        episodes.append(reader.read(command, command.user))
    progress(f"{spec.name}: {path.name}", len(commands), len(commands))
    return commands_table(episodes).result(n_resamples)


def _run_model(
    stage: Stage,
    spec: ModelSpec,
    plan: EvaluationPlan,
    config: EvaluationConfig,
    user: User,
    ledger: Ledger,
    progress: Progress,
    n_at_once: int,
) -> dict[str, Episode]:
    """Return the model's episodes by what they are about, running those that the ledger lacks.

    A model that lacks none is not even loaded.
    """
    label = f"{spec.name}@{spec.version}" if spec.version else spec.name
    sessions = [session for block in plan.sessions for session in block]
    names = [f"{COMMANDS}/{number:05d}" for number in range(len(plan.commands))]
    names += [session.key for session in sessions]
    keys = {name: f"{label}/{name}" for name in names}
    if not any(ledger.lacks(key) for key in keys.values()):
        return _by_name(keys, ledger.of(spec.name, keys.values()))
    parts = [COMMANDS] * len(plan.commands) + ["sessions"] * len(sessions)
    jobs = [_Job(*job) for job in zip(parts, keys.values(), _runs(stage, spec, plan, config, user), strict=True)]
    missing = [job for job in jobs if ledger.lacks(job.key)]
    wanted, done = Counter(parts), Counter(job.part for job in jobs if job.key in ledger.known)
    # A turn's arrays are small: threads that wait for each other cost more than they bring.
    limits = threadpool_limits(limits=1) if n_at_once > 1 else nullcontext()
    with limits, closing(run_jobs([partial(_play, job) for job in missing], n_at_once)) as played:
        for job, episode in played:
            ledger.add(job.key, episode)
            done[job.part] += 1
            progress(f"{spec.name}: {job.part}", done[job.part], wanted[job.part])
    return _by_name(keys, ledger.of(spec.name, keys.values()))


def _by_name(keys: Mapping[str, str], episodes: Iterable[Episode]) -> dict[str, Episode]:
    found = {episode.key: episode for episode in episodes}
    return {name: found[key] for name, key in keys.items() if key in found}


def _play(job: _Job) -> tuple[_Job, Episode]:
    return job, job.run(job.key)


def _runs(
    stage: Stage, spec: ModelSpec, plan: EvaluationPlan, config: EvaluationConfig, user: User
) -> list[Callable[[str], Episode]]:
    seat, model = take_seat(stage, spec)
    reader = CommandReader(stage.catalogue, model, spec.name, seat.oracle) if model is not None else None
    runner = SessionRunner(stage.catalogue, user, seat, config.session)
    reads = [_read_job(reader, command) for command in plan.commands] if reader is not None else []
    return reads + [_session_job(runner, session) for block in plan.sessions for session in block]


def _read_job(reader: CommandReader, command: HeldOutCommand) -> Callable[[str], Episode]:
    return lambda key: reader.read(command, key)


def _session_job(runner: SessionRunner, session: PlannedSession) -> Callable[[str], Episode]:
    def run(key: str) -> Episode:
        try:
            return runner.run(session.card, session.setting, session.seed, key=key, split=Fold.EVAL.value)
        except ModelError:
            raise
        except (RuntimeError, ValueError) as error:
            return _failed(runner, session, key, error)

    return run


def _failed(runner: SessionRunner, session: PlannedSession, key: str, error: Exception) -> Episode:
    return Episode(
        key=key,
        world=runner.catalogue.schema.name,
        setting=session.setting.value,
        model=runner.seat.model,
        user=runner.user.name,
        user_id=session.card.user,
        split=Fold.EVAL.value,
        target_title=runner.catalogue.titles[session.card.target],
        seed=session.seed,
        outcome=Outcome.FAILED,
        error=f"{type(error).__name__}: {error}",
    )


def _tables(catalogue: Catalogue, episodes: Sequence[Episode], config: EvaluationConfig) -> dict[str, PartTable]:
    by_part: dict[str, list[Episode]] = {}
    for episode in episodes:
        by_part.setdefault(episode.setting, []).append(episode)
    rounds = {setting.value: config.session.n_rounds for setting in Setting} | {Setting.SINGLE_ROUND.value: 1}
    return {
        part: commands_table(found) if part == COMMANDS else sessions_table(found, catalogue, rounds[part])
        for part, found in by_part.items()
    }


def _results(tables: Mapping[str, PartTable] | None, config: EvaluationConfig) -> dict[str, PartResult]:
    return {part: table.result(config.n_resamples) for part, table in (tables or {}).items()}


def _differences(
    catalogue: Catalogue, episodes: Mapping[str, Mapping[str, Episode]], config: EvaluationConfig
) -> tuple[Difference, ...]:
    """Return every student minus all others, and every whole minus its ablations, over what both went through."""
    differences: list[Difference] = []
    for ours, theirs in _pairs(tuple(episodes)):
        common = [name for name in episodes[ours] if name in episodes[theirs]]
        mine, others = (
            _tables(catalogue, [episodes[model][name] for name in common], config) for model in (ours, theirs)
        )
        for part in mine:
            differences += differences_of(part, ours, mine[part], theirs, others[part], config.n_resamples)
    return tuple(differences)


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return which models are compared: each student with all others, and what was ablated with its ablations."""
    whole = [name for name in names if SIGN not in name]
    pairs = [(name, other) for name in whole if name.startswith("student:") for other in whole if other != name]
    return pairs + [(split_name(name)[0], name) for name in names if SIGN in name and split_name(name)[0] in whole]


def _audit(catalogue: Catalogue, episodes: Iterable[Episode]) -> LeakageSummary:
    found = list(episodes)
    report: LeakageReport = audit(spoken for episode in found for spoken in spoken_in(episode))
    examples = dict.fromkeys(f"{leak.leak.value}: {leak.spoken.title}: {leak.spoken.text}" for leak in report.found)
    common = report.count(Leak.COMMON_WORD)
    return LeakageSummary(
        report.n_utterances,
        len(report.found) - common,
        common,
        tuple(examples)[:_N_EXAMPLES],
        sum(n_refused(episode) for episode in found),
    )
