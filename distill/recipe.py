"""A recipe: one TOML file that says how a student is made. Unknown keys are refused, with the nearest known one.

`read_recipe(path)` is the entry; every field and its default stands in the models below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

from stillroom.data.trajectory import Form
from stillroom.distill.gate import GateName

LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

Positive = Annotated[float, Gt(0)]
Count = Annotated[int, Ge(1)]
Share = Annotated[float, Ge(0), Lt(1)]


class RecipeError(ValueError):
    """A recipe that cannot be read; the message names the file and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataPart(_Part):
    """Which episodes become rows: whose (a table never mixes teachers), of which runs (none: all), how many at most.

    `n_simulate` is how many sessions are simulated when a recipe is run from the start; `alternatives` is how many of
    what a turn's user might have typed besides become rows too; `plan_share` is the number of plan rows at most, as a
    share of the parse rows. `gate` is what a turn must pass (see gate.py): with `confirmed` the rows are the teacher's
    own replies, as far as the simulation's truth confirms them, and alternatives only where a model worded them.
    """

    world: str = "films"
    teacher: str = "expert"
    gate: GateName = "none"
    n_simulate: Count = 400
    alternatives: Annotated[int, Ge(0)] = 8
    plan_share: Share = 0.1
    runs: tuple[str, ...] = ()
    users: Literal["train"] = "train"  # users of the other splits are never trained on
    episodes: Count | None = None
    examples: Count | None = None
    dev_share: Share = 0.02
    seed: int = 0


class TaskPart(_Part):
    """Which solved tasks become rows: of one environment, by one teacher, in one form, and only those that are right.

    `gate` is what an episode must pass beside: with `supported` every passage that holds the answer was found, which is
    asked of a scripted teacher, for it answers rightly whatever it finds. `first_thought` tells the runs apart that
    were collected with a first-thought prefix. `per_task` is how many different trajectories of a task become rows.
    """

    environment: str
    teacher: str = "expert"
    form: Form = Form.AGENT
    first_thought: bool = False
    gate: Literal["correct", "supported"] = "correct"
    runs: tuple[str, ...] = ()
    n_tasks: Count | None = None
    per_task: Count = 1


class AdapterPart(_Part):
    """The LoRA; layers below `first_layer` get none, which trains faster and a little weaker."""

    r: Count = 16
    alpha: Positive = 32.0
    dropout: Share = 0.0
    targets: tuple[Literal[LINEARS], ...] = LINEARS  # type: ignore[valid-type]
    first_layer: Annotated[int, Ge(0)] = 0


class OptimiserPart(_Part):
    """AdamW with a cosine; the budget is whichever of epochs, steps and seconds is used up first."""

    learning_rate: Positive = 1e-3
    warmup: Share = 0.03
    clip: Positive = 1.0
    weight_decay: Annotated[float, Ge(0), Le(1)] = 0.0
    batch_tokens: Count = 1024
    max_row_tokens: Count = 512
    epochs: Positive = 1.0
    steps: Count | None = None
    seconds: Positive | None = None
    checkpoint_s: Positive = 60.0


class Recipe(_Part):
    """A student's recipe; with `start` (student:NAME_OR_PATH) it trains that student on, not a fresh adapter.

    With `tasks` it learns those, and no commands about feeds; `data` then gives the seed and the share held out.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    base: str = "smollm2-135m-instruct"
    start: Annotated[str, Field(pattern=r"^student:.")] | None = None
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    seed: int = 0
    data: DataPart = DataPart()
    tasks: tuple[TaskPart, ...] = ()
    adapter: AdapterPart = AdapterPart()
    optimiser: OptimiserPart = OptimiserPart()


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file; raise RecipeError saying what is wrong where."""
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:  # both broken UTF-8 and broken TOML
        raise RecipeError(f"{path}: not a TOML file ({error})") from error
    return parse_recipe(fields, str(path))


def parse_recipe(fields: dict[str, Any], source: str) -> Recipe:
    """Check a recipe's fields; `source` is what messages call it."""
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise RecipeError(f"{source}: unknown key {place!r}{_suggest(place)}") from error
        if first["type"] == "missing":
            raise RecipeError(f"{source}: the key {place!r} is missing") from error
        raise RecipeError(f"{source}: {place}: {first['msg']}") from error


def _suggest(key: str) -> str:
    known = list(_keys(Recipe, ""))
    near = process.extractOne(key, known, score_cutoff=60)
    if near is None:
        # The key may stand in the wrong table: compare its last part alone.
        tails = {name.rpartition(".")[2]: name for name in known}
        match = process.extractOne(key.rpartition(".")[2], list(tails), score_cutoff=60)
        return f" (did you mean {tails[match[0]]!r}?)" if match else ""
    return f" (did you mean {near[0]!r}?)"


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield prefix + name
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _keys(info.annotation, f"{prefix}{name}.")
