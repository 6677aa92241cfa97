"""`stillroom distill reword`: a model finds other words for what simulated users meant; what passes a check is kept."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.hosted import accounted, build_hosting, takes_hosting
from stillroom.serve.loading import check_model, open_model, open_world
from stillroom.serve.options import DEFAULT_STORE, HostingOptions, Offline, Seed, StorePath, World
from stillroom.serve.refusals import CommandError, resumable
from stillroom.serve.simulate_command import recipe_for

if TYPE_CHECKING:
    from stillroom.data.catalogue import Catalogue
    from stillroom.simulators.reword import Summary
    from stillroom.simulators.wording_check import WordingCheck

PARSERS: Final = ("rules", "student:default")
_HOSTING: Final = HostingOptions(temperature=0.8, cache=True)


class Strictness(StrEnum):
    """What has to agree before a wording is kept."""

    WORDS = "words"
    ONE = "one"
    BOTH = "both"


@takes_hosting
def reword(
    model: Annotated[str, typer.Argument(help="The model that writes: local:NAME_OR_PATH or PROVIDER:MODEL.")],
    source: Annotated[str, typer.Option("--run", help="The run of simulated sessions whose commands are reworded.")],
    store: StorePath = DEFAULT_STORE,
    into: Annotated[str | None, typer.Option(help="The new run's id; one that exists is gone on with.")] = None,
    world: World = "films",
    commands: Annotated[int, typer.Option(min=1, help="How many wordings are asked for in the end.")] = 200,
    voices: Annotated[int, typer.Option(min=1, max=8, help="In how many voices each command is put.")] = 2,
    check: Annotated[
        Strictness | None,
        typer.Option(
            help="What must agree: the rules of words (which polarity and bounds have to pass), one of two parsers "
            "besides, or both. By default both; where the student cannot be loaded, the rules' parser, and it is said.",
            show_default="both",
        ),
    ] = None,
    seed: Seed = 0,
    hosted: HostingOptions = _HOSTING,
    offline: Offline = False,
) -> None:
    """Have a model put known edits into other words, check every one, and store what is kept with its maker."""
    from stillroom.data.store import Store
    from stillroom.simulators.reword import RewordConfig, Reworder
    from stillroom.simulators.reword import reword as put

    if model in ("expert", "rules") or model.startswith("student:"):
        raise CommandError(f"{model} writes no prose: name a model that does, as local:qwen2.5-coder-1.5b-instruct")
    hosting = build_hosting(hosted, [model])
    again = "interrupted; run the same command again to go on, what is finished is stored"
    with resumable(again), accounted(hosting), Meter() as meter:
        check_model(model, meter, offline=offline, hosting=hosting)
        Store.open(store, read_only=True).close()
        catalogue = open_world(world, meter, offline=offline)
        checked = _build_check(check, catalogue, meter, offline)
        writer = open_model(model, catalogue, meter, offline=offline, hosting=hosting)
        run_id = into or f"{source}-reworded"
        config = RewordConfig(commands, voices, hosted.temperature, seed)
        with Store.open(store) as opened:
            reworder = Reworder(writer, checked, catalogue.schema.noun)
            summary = put(opened, source, run_id, reworder, config, partial(meter, "wordings"))
    show(f"Wrote run {run_id} to {store}: {describe_summary(summary)}.")
    show_next(
        f"stillroom traces list --run {run_id} --store {store}",
        f"stillroom distill prepare {recipe_for(world)} --store {store}",
    )


def describe_summary(summary: Summary) -> str:
    """Return one phrase about what was kept, and why the rest was not."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in summary.refused.items())
    kept = f"{summary.n_kept} of {summary.n_asked} wordings were kept"
    return f"{kept} (refused: {reasons})" if reasons else kept


def _build_check(strictness: Strictness | None, catalogue: Catalogue, meter: Meter, offline: bool) -> WordingCheck:
    from stillroom.agents.models.error import ModelError
    from stillroom.agents.parser import Parser
    from stillroom.agents.rules.vocabulary import Vocabulary
    from stillroom.data.artefact import ArtefactError
    from stillroom.simulators.lexicon import load_lexicon
    from stillroom.simulators.wording_check import Check, WordingCheck

    check = Check.BOTH if strictness is None else Check(strictness.value)
    parsers: list[Parser] = []
    for name in PARSERS if check is not Check.WORDS else ():
        try:
            parsers.append(Parser(open_model(name, catalogue, meter, offline=offline), catalogue))
        except (ModelError, ArtefactError) as error:
            if strictness is not None or not parsers:
                raise
            meter.note(f"{name} cannot be loaded ({error}), so {PARSERS[0]} alone has to read every wording.")
            check = Check.ONE
    return WordingCheck(load_lexicon(catalogue.schema), Vocabulary.of_catalogue(catalogue), parsers, check)
