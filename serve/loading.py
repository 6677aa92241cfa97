"""Worlds and models as commands load them: whatever is fetched on the way is shown on the meter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stillroom.serve.console import Meter
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from stillroom.agents.models.hosted import Hosting
    from stillroom.data.catalogue import Catalogue
    from stillroom.distill.recipe import Recipe


def open_world(name: str, meter: Meter, *, offline: bool = False) -> Catalogue:
    """Return a world's catalogue; raise CatalogueError, SchemaError or ArtefactError."""
    from stillroom.data.worlds import load_world

    return load_world(name, offline=offline, progress=meter, notify=meter.note)


def open_model(
    name: str,
    catalogue: Catalogue | None,
    meter: Meter,
    *,
    runtime: str | None = None,
    offline: bool = False,
    hosting: Hosting | None = None,
) -> BaseChatModel:
    """Return a model by name; raise ModelError or ArtefactError."""
    from stillroom.agents.models.load import load_model

    fetch_base(name, meter, offline=offline)
    return load_model(name, catalogue, runtime=runtime, offline=offline, hosting=hosting)


def fetch_base(name: str, meter: Meter, *, offline: bool = False) -> None:
    """Fetch the weights that a model stands on, where they are an artefact: loading alone would fetch unseen."""
    from stillroom.agents.models.load import weights_named
    from stillroom.agents.models.student import find_student
    from stillroom.data.artefacts import ARTEFACTS

    kind, _, rest = name.partition(":")
    base = find_student(rest).base if kind == "student" and rest else weights_named(rest) if kind == "local" else ""
    if base in ARTEFACTS and not Path(base).expanduser().exists():
        from stillroom.data.fetch import fetch

        fetch(base, offline=offline, progress=meter, notify=meter.note)


def find_start(recipe: Recipe) -> Path | None:
    """Return the folder of the student that a recipe starts from, None for a fresh adapter; raise if it cannot be."""
    from stillroom.agents.models.student import find_student

    if recipe.start is None:
        return None
    student = find_student(recipe.start.partition(":")[2])
    if student.base != recipe.base:
        raise CommandError(f"{recipe.start} stands on {student.base}, but the recipe's base is {recipe.base}")
    return student.path


def check_model(name: str, meter: Meter, *, offline: bool = False, hosting: Hosting | None = None) -> None:
    """Refuse a name that no model has, and fetch what a known one stands on, without loading its weights."""
    from stillroom.agents.models.load import ModelSource, load_model

    kind, _, rest = name.partition(":")
    fetch_base(name, meter, offline=offline)
    if kind == "local" and rest:
        ModelSource(offline=offline).find_base(rest)
    elif name not in ("rules", "expert") and not (kind == "student" and rest):
        load_model(name, hosting=hosting)  # knows the nearest name, a hosted model's package, key and price, and raises


def check_store(path: Path) -> None:
    """Refuse a store that cannot be used before any work is done for it; a missing one is fine, and is not made."""
    from stillroom.data.store import Store

    if path.exists():
        Store.open(path).close()


def check_run(path: Path, run_id: str, is_wanted: bool) -> None:
    """Refuse a store that lacks a run which is wanted."""
    from stillroom.data.store import Store

    if not is_wanted:
        return
    with Store.open(path, read_only=True) as store:
        if run_id not in {run.run_id for run in store.list_runs()}:
            raise CommandError(f"there is no run {run_id!r} in {path}; `stillroom traces list` names them all")


def check_replaceable(out: Path, mark: str, what: str) -> None:
    """Refuse to write a folder over something that is no older one of its kind; `mark` is a file that tells."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / mark).is_file()):
        raise CommandError(f"{out} exists and is no {what}: choose another place with --out")
