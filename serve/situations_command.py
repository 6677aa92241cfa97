"""`stillroom situations`: what people type after what, played in whole chats, and how often what must hold did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stillroom.serve.console import Meter, show, show_next
from stillroom.serve.contestants import split_names
from stillroom.serve.evaluation_file import NATURAL_FOLDER, write_whole
from stillroom.serve.hosted import accounted, build_hosting, check_ceiling, takes_hosting
from stillroom.serve.loading import check_model, open_model, open_world
from stillroom.serve.options import HOSTING, HostingOptions, Offline, Runtime, RuntimeOption, World
from stillroom.serve.refusals import CommandError, resumable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from stillroom.serve.situations import Outcome

SITUATIONS: Final = NATURAL_FOLDER / "situations-films.toml"
_NOTHING: Final = "nothing was written: give a higher ceiling, or fewer situations by --kind"


@takes_hosting
def situations(
    file: Annotated[
        Path | None, typer.Argument(help="A TOML file of situations; by default the hand-written ones of a checkout.")
    ] = None,
    models: Annotated[str, typer.Option(help="Names separated by commas.")] = "rules,student:default",
    world: World = "films",
    kind: Annotated[str | None, typer.Option(help="Only those of one kind, as in --kind correction.")] = None,
    failures: Annotated[bool, typer.Option("--failures", help="List every situation that did not hold.")] = False,
    out: Annotated[Path, typer.Option("--json", help="Where every outcome goes.")] = Path("runs/situations.json"),
    runtime: RuntimeOption = Runtime.AUTO,
    hosted: HostingOptions = HOSTING,
    offline: Offline = False,
) -> None:
    """Play situations in whole chats, as `stillroom chat` would, and count those in which all that must hold holds."""
    from stillroom.serve.situations import play, read_situations

    path = file or SITUATIONS
    if file is None and not path.is_file():
        raise CommandError(f"{path}: the situations come with a checkout of the source; name a file of your own")
    names = split_names(models, "--models rules,student:default")
    if "expert" in names:
        raise CommandError("the expert is told what simulated users mean, so in a situation it has nothing to show")
    chosen = [situation for situation in read_situations(path) if kind in (None, situation.kind)]
    if not chosen:
        raise CommandError(f"{path} has no situation of the kind {kind!r}")
    hosting = build_hosting(hosted, names)
    played: dict[str, list[Outcome]] = {}
    with resumable("interrupted; nothing was written"), accounted(hosting, go_on=_NOTHING), Meter() as meter:
        for name in names:
            check_model(name, meter, offline=offline, hosting=hosting)
        catalogue = open_world(world, meter, offline=offline)
        for name in names:
            model = open_model(name, catalogue, meter, runtime=runtime.value, offline=offline, hosting=hosting)
            played[name] = []
            for number, situation in enumerate(chosen):
                meter(f"{name}: situations", number, len(chosen))
                played[name].append(play(situation, catalogue, model, name))
                check_ceiling(hosting, _NOTHING)  # a chat takes it for a reply, and goes on
            meter(f"{name}: situations", len(chosen), len(chosen))
    write_whole(out, {name: [outcome.to_json() for outcome in outcomes] for name, outcomes in played.items()})
    show(_table(played))
    if failures:
        show(*_failures(played))
    show(f"Wrote {out}.")
    where = [] if world == "films" else ["--world", world]
    again = ["stillroom situations", *([str(file)] if file else []), "--models", models, *where, "--failures"]
    show_next(*([] if failures else [" ".join(again)]), " ".join(["stillroom chat", *where]))


def _table(played: Mapping[str, Sequence[Outcome]]) -> Table:
    """Return how many held, by kind and in all, the share of all with its interval."""
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    table = Table("situations", *map(escape, played), title="What must hold, holds")
    kinds = dict.fromkeys(outcome.situation.kind for outcome in next(iter(played.values())))
    for kind in kinds:
        cells = []
        for outcomes in played.values():
            held = [outcome.held for outcome in outcomes if outcome.situation.kind == kind]
            cells.append(f"{sum(held)} of {len(held)}")
        table.add_row(Text(kind), *cells, end_section=kind == list(kinds)[-1])
    table.add_row("all", *(_share([outcome.held for outcome in outcomes]) for outcomes in played.values()))
    return table


def _share(held: Sequence[bool]) -> str:
    import numpy as np

    from stillroom.simulators.bootstrap import interval

    found = interval(np.array([[float(one), 1.0] for one in held]))
    return f"{sum(held)} of {len(held)}: {found.value:.3f} [{found.low:.2f}, {found.high:.2f}]"


def _failures(played: Mapping[str, Sequence[Outcome]]) -> list[str]:
    return [
        f"{name}, {outcome.situation.id}: {outcome.command[:100]!r}: {'; '.join(outcome.failures)}"
        for name, outcomes in played.items()
        for outcome in outcomes
        if not outcome.held
    ]
