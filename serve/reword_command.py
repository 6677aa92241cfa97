"""`stillroom distill reword`: a model finds other words for what simulated users meant; what passes a check is kept."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.loading import check_model, open_model, open_world
from stillroom.serve.options import DEFAULT_STORE, Offline, Seed, StorePath, World
from stillroom.serve.refusals import CommandError, resumable

if TYPE_CHECKING:
    from stillroom.data.catalogue import Catalogue
    from stillroom.simulators.reword import Summary
    from stillroom.simulators.wording_check import WordingCheck

PARSERS: Final = ("rules", "student:default")


class Strictness(StrEnum):
    """What has to agree before a wording is kept."""

    WORDS = "words"
    ONE = "one"
    BOTH = "both"


def reword(
    model: Annotated[str, typer.Argument(help="The model that writes: local:NAME_OR_PATH or PROVIDER:MODEL.")],
    source: Annotated[str, typer.Option("--run", help="The run of simulated sessions whose commands are reworded.")],
    store: StorePath = DEFAULT_STORE,
    into: Annotated[str | None, typer.Option(help="The new run's id; one that exists is gone on with.")] = None,
    world: World = "films",
    commands: Annotated[int, typer.Option(min=1, help="How many wordings are asked for in the end.")] = 200,
    voices: Annotated[int, typer.Option(min=1, max=8, help="In how many voices each command is put.")] = 2,
    check: Annotated[
        Strictness, typer.Option(help="What must agree: the rules of words, one of two parsers besides, or both.")
    ] = Strictness.ONE,
    seed: Seed = 0,
    offline: Offline = False,
) -> None:
    """Have a model put known edits into other words, check every one, and store what is kept with its maker."""
    from stillroom.data.store import Store
    from stillroom.simulators.reword import RewordConfig, Reworder
    from stillroom.simulators.reword import reword as put

    if model in ("expert", "rules") or model.startswith("student:"):
        raise CommandError(f"{model} writes no prose: name a model that does, as local:qwen2.5-coder-1.5b-instruct")
    with resumable("interrupted; run the same command again to go on, what is finished is stored"), Meter() as meter:
        check_model(model, meter, offline=offline)
        Store.open(store, read_only=True).close()
        catalogue = open_world(world, meter, offline=offline)
        checked = _build_check(check, catalogue, meter, offline)
        writer = open_model(model, catalogue, meter, offline=offline)
        run_id = into or f"{source}-reworded"
        config = RewordConfig(commands, voices, seed=seed)
        with Store.open(store) as opened:
            reworder = Reworder(writer, checked, catalogue.schema.noun)
            summary = put(opened, source, run_id, reworder, config, partial(meter, "wordings"))
    show(f"Wrote run {run_id} to {store}: {describe_summary(summary)}.")
    show_next(
        f"stillroom traces list --run {run_id} --store {store}", f"stillroom distill prepare demo --store {store}"
    )


def describe_summary(summary: Summary) -> str:
    """Return one phrase about what was kept, and why the rest was not."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in summary.refused.items())
    kept = f"{summary.n_kept} of {summary.n_asked} wordings were kept"
    return f"{kept} (refused: {reasons})" if reasons else kept


def _build_check(strictness: Strictness, catalogue: Catalogue, meter: Meter, offline: bool) -> WordingCheck:
    from stillroom.agents.parser import Parser
    from stillroom.agents.rules.vocabulary import Vocabulary
    from stillroom.simulators.lexicon import load_lexicon
    from stillroom.simulators.wording_check import Check, WordingCheck

    check = Check(strictness.value)
    names = PARSERS if check is not Check.WORDS else ()
    parsers = [Parser(open_model(name, catalogue, meter, offline=offline), catalogue) for name in names]
    return WordingCheck(load_lexicon(catalogue.schema), Vocabulary.of_catalogue(catalogue), parsers, check)
