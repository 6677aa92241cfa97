"""`stillroom simulate`: sessions of simulated people with a model, into the store; run again, it goes on."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.contestants import version_of
from stillroom.serve.hosted import accounted, address_of, build_hosting, is_hosted, sessions_at_once, takes_hosting
from stillroom.serve.loading import check_model, check_store, open_model, open_world
from stillroom.serve.options import (
    DEFAULT_STORE,
    HOSTING_KEPT,
    FormOption,
    HostingOptions,
    Model,
    Offline,
    Runtime,
    RuntimeOption,
    SandboxName,
    SearchMode,
    Seed,
    SolverForm,
    StorePath,
    User,
    World,
)
from stillroom.serve.refusals import CommandError, resumable

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

    from stillroom.agents.models.hosted import Hosting
    from stillroom.data.store import EpisodeSummary
    from stillroom.simulators.collect import AgentSettings, CollectConfig
    from stillroom.simulators.session import Seat
    from stillroom.simulators.stage import Stage


class Settings(StrEnum):
    """Which settings the sessions of a run are of; `mixed` is MR and, for one in four, SR."""

    MIXED = "mixed"
    SINGLE_ROUND = "SR"
    MULTI_ROUND = "MR"
    DRIFT = "MRID"


class Side(StrEnum):
    """Whose people and whose wordings; `validation` is other people who speak like those of training."""

    TRAIN = "train"
    VALIDATION = "validation"
    EVALUATION = "evaluation"


@takes_hosting
def simulate(
    model: Model = "expert",
    world: World = "films",
    task: Annotated[
        str | None, typer.Option(help="Solve tasks instead: gsm8k, hotpotqa, mirror … (all: `stillroom solve --help`).")
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, help="How many sessions (or tasks) the run has in the end.")] = 400,
    samples: Annotated[int, typer.Option(min=1, help="With --task: how often each task is solved.")] = 1,
    form: FormOption = SolverForm.AGENT,
    first_thought: Annotated[
        bool, typer.Option(help="With --task: the first action goes on from the first sentence of a chain of thought.")
    ] = False,
    run: Annotated[str | None, typer.Option(help="The run's id; one that exists is gone on with.")] = None,
    store: StorePath = DEFAULT_STORE,
    alternatives: Annotated[
        int | None, typer.Option(min=0, help="How many further commands are noted at every turn (default: 8).")
    ] = None,
    user: User = "agenda",
    setting: Annotated[
        Settings, typer.Option(help="SR (one command), MR (several), MRID (a mind changes) or mixed (MR, some SR).")
    ] = Settings.MIXED,
    seed: Seed = 0,
    split: Annotated[Side, typer.Option(help="Which people and wordings.")] = Side.TRAIN,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="Sessions or tasks at once, of a hosted model (default: 4) or by transformers (32)."),
    ] = None,
    runtime: RuntimeOption = Runtime.AUTO,
    hosted: HostingOptions = HOSTING_KEPT,
    sandbox: SandboxName = "monty",
    search: SearchMode = None,
    offline: Offline = False,
) -> None:
    """Run simulated sessions, or solve tasks, and store every one of them, turn by turn."""
    from stillroom.data.store import Store
    from stillroom.simulators.cast import cast_user
    from stillroom.simulators.collect import collect
    from stillroom.simulators.stage import build_stage

    check_store(store)
    check_cast(user, (model,))
    n_at_once = sessions_at_once(model, runtime, concurrency)
    hosting = build_hosting(hosted, (model, *speakers(user)), n_at_once)
    if task is not None:
        from stillroom.serve.simulate_tasks import TaskRun, simulate_tasks
        from stillroom.simulators.tasks import Part

        part = {Side.TRAIN: Part.TRAIN, Side.VALIDATION: Part.VALIDATION, Side.EVALUATION: Part.TEST}[split]
        about_people = {
            "--world": world != "films",
            "--user": user != "agenda",
            "--setting": setting is not Settings.MIXED,
            "--alternatives": alternatives is not None,
        }
        asked = TaskRun(
            task, model, part, episodes, samples, hosted.temperature, form, first_thought, seed, sandbox, search,
            runtime.value, n_at_once, offline, about_people,
        )  # fmt: skip
        simulate_tasks(asked, store, run, hosting)
        return
    again = "interrupted; run the same command again to go on, what is finished is stored"
    with resumable(again), accounted(hosting), Meter() as meter:
        for name in (model, *speakers(user)):  # a wrong name is told before a world is loaded
            check_model(name, meter, offline=offline, hosting=hosting)
        stage = build_stage(open_world(world, meter, offline=offline))
        speaks = partial(
            open_model,
            catalogue=stage.catalogue,
            meter=meter,
            runtime=runtime.value,
            offline=offline,
            hosting=hosting,
        )
        new_seat, profile = _seats(stage, model, speaks)
        config = _configure(split, episodes, alternatives, seed, user, setting)
        config = replace(config, agent=_agent((model, *speakers(user)), runtime, hosting, profile))
        run_id = run or name_run(stage.catalogue.schema.name, model, _kind_of(split, user, setting), seed)
        player = cast_user(user, stage, config.split, speaks, config.agenda)
        # Drawn before there is a store: a world without people leaves no empty run behind.
        stage.cards(config.fold, 1, seed)
        store.parent.mkdir(parents=True, exist_ok=True)
        with Store.open(store) as opened:
            collect(
                stage,
                new_seat(),
                opened,
                config,
                run_id=run_id,
                user=player,
                progress=partial(meter, "sessions"),
                concurrency=n_at_once,
                new_seat=new_seat,
            )
            summaries = opened.list_episodes(run_id)
    show(f"Wrote run {run_id} to {store}: {describe(summaries)}.")
    learnable = split is Side.TRAIN and model == "expert" and not user.startswith("llm:")
    rows = [f"stillroom distill prepare {recipe_for(world)} --store {store} --out runs/training"] if learnable else []
    show_next(f"stillroom traces list --run {run_id} --store {store}", *rows)


def recipe_for(world: str) -> str:
    """Return the recipe that comes along for sessions of a world: one of films alone, or one of several worlds."""
    return "demo" if world.startswith("films") else "mixed-smollm2"


def name_run(world: str, model: str, split: str, seed: int) -> str:
    """Return the id of a run that was given none: the same settings, the same run, so that it is gone on with."""
    return re.sub(r"[^a-z0-9.]+", "-", f"{world} {model} {split} {seed}".lower()).strip("-")


def _kind_of(split: str, user: str, setting: Settings) -> str:
    """Return what tells a run apart beside its world, model and seed: whatever is not as usual."""
    unusual = [*([user] if user != "agenda" else []), *([setting.value] if setting is not Settings.MIXED else [])]
    return " ".join([*unusual, split])


def check_cast(user: str, models: tuple[str, ...]) -> None:
    """Refuse a user that does not exist, or that cannot play with these agents."""
    from stillroom.simulators.cast import check_user

    check_user(user)
    if user.startswith("llm:") and "expert" in models:
        raise CommandError("the expert is told what the user means, and nobody knows what a model that plays one means")


def speakers(user: str) -> tuple[str, ...]:
    """Return the names of the models that a user stands on."""
    return (user.removeprefix("llm:"),) if user.startswith("llm:") else ()


def describe(summaries: tuple[EpisodeSummary, ...]) -> str:
    """Return one phrase about how sessions ended."""
    ends = [summary.outcome.value for summary in summaries]
    counts = ", ".join(f"{ends.count(end)} {end.replace('_', ' ')}" for end in dict.fromkeys(ends))
    return f"{len(ends)} sessions ({counts})" if ends else "no sessions"


def _seats(
    stage: Stage, model: str, open_named: Callable[[str], BaseChatModel]
) -> tuple[Callable[[], Seat], str | None]:
    """Return what gives seats of the model, which is loaded once, and the prompt profile that it is asked by."""
    if model == "expert":
        return stage.expert_seat, None
    opened = open_named(model)
    return lambda: stage.seat(model, opened), str(getattr(opened, "prompt_profile", "teacher"))


def _agent(names: tuple[str, ...], runtime: Runtime, hosting: Hosting, profile: str | None) -> AgentSettings:
    """Return what the models of a run, agent and user, are set to beside their names."""
    from stillroom.simulators.collect import AgentSettings

    versions = [version for name in names if (version := version_of(name, runtime.value))]
    heat = (hosting.temperature or 0.0) if any(map(is_hosted, names)) else 0.0
    return AgentSettings(" ".join(versions), heat, address_of(names, hosting), profile)


def _configure(
    side: Side, n_episodes: int, n_alternatives: int | None, seed: int, user: str, setting: Settings
) -> CollectConfig:
    from stillroom.data.interactions import Fold
    from stillroom.simulators.card import Setting
    from stillroom.simulators.collect import CollectConfig
    from stillroom.simulators.wording_bank import Split

    fold = {Side.TRAIN: Fold.TRAIN, Side.VALIDATION: Fold.VALIDATION, Side.EVALUATION: Fold.EVAL}[side]
    split = Split.EVALUATION if side is Side.EVALUATION else Split.TRAIN
    only = None if setting is Settings.MIXED else Setting(setting.value)
    config = CollectConfig(n_episodes=n_episodes, fold=fold, split=split, seed=seed, setting=only, user=user)
    if user.startswith("llm:"):
        n_alternatives = 0  # what a model might have said besides has no known meaning, so it teaches nothing
    if n_alternatives is None:
        return config
    return replace(config, session=replace(config.session, n_alternatives=n_alternatives))
