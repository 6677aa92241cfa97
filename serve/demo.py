"""The demo's stages: fetch, simulate, prepare, train, evaluate, converse, report; each is done once and can be resumed.

Contract: everything is below one folder. A stage counts as done when the ledger (`demo.json`) names it with the very
inputs that it would have now and what it wrote is still there; inputs follow from recipe, seed and sizes, stage by
stage. A stage that was broken off goes on from its own records: the store's episodes, the training's checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib import resources
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from stillroom.distill.recipe import Recipe, parse_recipe, read_recipe
from stillroom.serve.console import Meter
from stillroom.serve.evaluation_file import write_whole
from stillroom.serve.loading import find_start, open_model, open_world
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from stillroom.data.catalogue import Catalogue
    from stillroom.data.trajectory import Episode
    from stillroom.simulators.contestant import ModelSpec
    from stillroom.simulators.evaluation import Evaluation
    from stillroom.simulators.stage import Stage as Scene

STUDENT_NAME: Final = "student:demo"
_FORMAT: Final = 1


class StageName(StrEnum):
    """The stages, in order."""

    FETCH = "fetch"
    SIMULATE = "simulate"
    PREPARE = "prepare"
    TRAIN = "train"
    EVALUATE = "evaluate"
    CONVERSE = "converse"
    REPORT = "report"


@dataclass(frozen=True)
class DemoSize:
    """How much the demo does: simulated sessions, seconds of training, and what is measured."""

    n_episodes: int
    seconds: float
    n_commands: int
    n_sessions: int
    n_single_round: int


# The untrained base model reads a long prompt for every command and takes ten times a student's time: it meets the
# first fifth of the commands and of the people.
N_COMMANDS: Final = 100
N_SINGLE_ROUND: Final = 5
N_SESSIONS: Final = 20
BASE_SHARE: Final = 0.2
# The untrained base hardly ever ends a reply by itself; what a simulated user means takes at most 75 tokens.
BASE_TOKENS: Final = 76
FAST: Final = DemoSize(n_episodes=40, seconds=20.0, n_commands=10, n_sessions=2, n_single_round=2)


@dataclass(frozen=True)
class DemoConfig:
    """Where the demo writes, what it makes, and how much of it."""

    out: Path
    recipe: Recipe
    size: DemoSize
    seed: int = 0
    offline: bool = False

    def inputs(self) -> dict[StageName, str]:
        """Return what each stage depends on, as a hash that includes those of the stages before it."""
        recipe = self.recipe.model_dump(mode="json")
        own: Mapping[StageName, object] = {
            StageName.FETCH: [recipe["base"], recipe["data"]["world"]],
            StageName.SIMULATE: [self.size.n_episodes, self.seed],
            StageName.PREPARE: recipe,
            StageName.TRAIN: [],
            StageName.EVALUATE: [self.size.n_commands, self.size.n_sessions, self.size.n_single_round, BASE_SHARE],
        }
        found: dict[StageName, str] = {}
        digest = str(_FORMAT)
        for name in StageName:
            digest = hashlib.sha256(f"{digest}\0{json.dumps(own.get(name), sort_keys=True)}".encode()).hexdigest()[:16]
            found[name] = digest
        return found


class Ledger:
    """Which stages are done, with what inputs, in how many seconds: one small file, replaced whole."""

    def __init__(self, path: Path) -> None:
        """Read the file; one that cannot be read is taken for none, and every stage is done again."""
        self.path = path
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        entries = found.items() if isinstance(found, dict) else ()
        self._done: dict[str, dict[str, Any]] = {name: entry for name, entry in entries if isinstance(entry, dict)}

    def has(self, name: StageName, inputs: str) -> bool:
        """Say whether the stage was finished with these inputs."""
        return self._done.get(name.value, {}).get("inputs") == inputs

    def seconds(self, name: StageName) -> float:
        """Return how long the finished stage took, over all its starts."""
        return float(self._done.get(name.value, {}).get("seconds", 0.0))

    def add_time(self, name: StageName, inputs: str, seconds: float, *, finished: bool) -> None:
        """Note time spent on a stage, and whether that finished it."""
        before = self._done.get(name.value, {})
        spent = before.get("seconds", 0.0) if before.get("started") == inputs else 0.0
        entry = {"started": inputs, "seconds": round(spent + seconds, 1), "inputs": inputs if finished else None}
        self._done[name.value] = entry
        write_whole(self.path, self._done)


@dataclass(frozen=True)
class Step:
    """A stage as it runs: what it is called on screen, what it writes, and its work."""

    name: StageName
    title: str
    outputs: tuple[Path, ...]
    work: Callable[[Meter], None]


class Demo:
    """All stages over one folder; `run` does what is not done."""

    def __init__(self, config: DemoConfig) -> None:
        """Name the places; nothing is read or written yet."""
        self.config = config
        out = config.out
        self.store, self.training, self.student = out / "traces.duckdb", out / "training", out / "student"
        self.evaluation, self.conversation = out / "evaluation.json", out / "conversation.json"
        self.report = out / "report.html"
        self.inputs = config.inputs()
        self.ledger = Ledger(out / "demo.json")

    def run(self, announce: Callable[[Step, bool], None], finish: Callable[[Step], None]) -> None:
        """Do every stage that is not done; `announce(step, done_already)` before, `finish(step)` after each."""
        for step in self.steps():
            done = self.ledger.has(step.name, self.inputs[step.name]) and all(path.exists() for path in step.outputs)
            announce(step, done)
            if done:
                continue
            start, finished = monotonic(), False
            try:
                with Meter() as meter:
                    step.work(meter)
                finished = True
            finally:
                self.ledger.add_time(step.name, self.inputs[step.name], monotonic() - start, finished=finished)
            finish(step)

    def steps(self) -> Iterator[Step]:
        """Yield the stages in order."""
        size, base, world = self.config.size, self.config.recipe.base, self.config.recipe.data.world
        yield Step(StageName.FETCH, f"{base}, an encoder, the world {world}", (), self._fetch)
        yield Step(
            StageName.SIMULATE,
            f"{size.n_episodes} simulated sessions with the expert",
            (self.store,),
            self._simulate,
        )
        yield Step(
            StageName.PREPARE, "turn their commands into training rows", (self.training / "run.json",), self._prepare
        )
        yield Step(
            StageName.TRAIN,
            f"a LoRA on {base}, {size.seconds / 60:.1f} minutes",
            (self.student / "training.json",),
            self._train,
        )
        yield Step(
            StageName.EVALUATE,
            f"4 models on {size.n_commands} held-out commands, {size.n_single_round} + {size.n_sessions} sessions",
            (self.evaluation,),
            self._evaluate,
        )
        yield Step(StageName.CONVERSE, "the student with a simulated user", (self.conversation,), self._converse)
        yield Step(StageName.REPORT, "tables and plots as one HTML file", (self.report,), self._report)

    def read_evaluation(self) -> Evaluation:
        """Return the finished evaluation."""
        from stillroom.simulators.evaluation import Evaluation

        return Evaluation.from_json(json.loads(self.evaluation.read_text(encoding="utf-8")))

    def read_conversation(self) -> Episode:
        """Return the finished conversation."""
        from stillroom.data.trajectory import Episode

        return Episode.from_json(json.loads(self.conversation.read_text(encoding="utf-8")))

    @cached_property
    def _catalogue(self) -> Catalogue:
        with Meter() as meter:
            return open_world(self.config.recipe.data.world, meter, offline=self.config.offline)

    @cached_property
    def _scene(self) -> Scene:
        from stillroom.simulators.stage import build_stage

        return build_stage(self._catalogue)

    def _run_id(self, name: StageName) -> str:
        return f"{name.value}-{self.inputs[name]}"

    def _fetch_base(self, meter: Meter) -> Path:
        from stillroom.agents.models.load import ModelSource
        from stillroom.serve.loading import fetch_base

        fetch_base(f"local:{self.config.recipe.base}", meter, offline=self.config.offline)
        return ModelSource(offline=self.config.offline).find_base(self.config.recipe.base)

    def _fetch(self, meter: Meter) -> None:
        find_start(self.config.recipe)  # a start that cannot be is refused before anything is simulated
        self._fetch_base(meter)
        self.__dict__["_catalogue"] = open_world(self.config.recipe.data.world, meter, offline=self.config.offline)

    def _simulate(self, meter: Meter) -> None:
        from stillroom.data.store import Store
        from stillroom.simulators.collect import CollectConfig, collect

        scene = self._scene
        self.config.out.mkdir(parents=True, exist_ok=True)
        with Store.open(self.store) as store:
            collect(
                scene,
                scene.expert_seat(),
                store,
                CollectConfig(n_episodes=self.config.size.n_episodes, seed=self.config.seed),
                run_id=self._run_id(StageName.SIMULATE),
                progress=lambda done, total: meter("sessions", done, total),
            )

    def _prepare(self, meter: Meter) -> None:
        import tomli_w

        from stillroom.data.store import Store
        from stillroom.distill.prepare import training_rows
        from stillroom.distill.training_set import write_training_folder

        fields = self.config.recipe.model_dump(mode="json", exclude_none=True)
        fields["data"]["runs"] = [self._run_id(StageName.SIMULATE)]
        recipe = parse_recipe(fields, "the demo's recipe")
        base, start = self._fetch_base(meter), find_start(recipe)
        with Store.open(self.store, read_only=True) as store:
            rows = training_rows(store, recipe)
        prepared = write_training_folder(rows, recipe, tomli_w.dumps(fields), base, self.training, start=start)
        meter("rows", prepared.n_train, prepared.n_train, note=f"{prepared.n_dev} held out")

    def _train(self, meter: Meter) -> None:
        from stillroom.distill.train_command import stop_on_signal, train_folder
        from stillroom.distill.trainer import Progress

        total = round(self.config.size.seconds)
        meter("seconds of training", 0, total, note="loading the base model")

        def show(progress: Progress) -> None:
            dev = "" if progress.dev_loss is None else f" · held-out {progress.dev_loss:.3f}"
            note = f"loss {progress.loss:.3f}{dev} · {progress.tokens_per_s:,.0f} tokens/s"
            meter("seconds of training", round(progress.share * total), total, note=note)

        with stop_on_signal() as stop:
            result = train_folder(self.training, self.student, show, stop)
        if not result.finished:
            raise KeyboardInterrupt

    def _specs(self, meter: Meter) -> list[ModelSpec]:
        from stillroom.agents.models.student import find_student
        from stillroom.simulators.contestant import EXPERT, ModelSpec

        base, student = f"local:{self.config.recipe.base}", f"student:{self.student}"

        def build(name: str) -> Callable[[], Any]:
            return lambda: open_model(name, self._catalogue, meter, offline=self.config.offline)

        def build_base() -> Any:
            model: Any = open_model(base, self._catalogue, meter, offline=self.config.offline)
            model.max_tokens = BASE_TOKENS
            return model

        version = find_student(str(self.student)).hash
        return [
            ModelSpec("rules", build("rules")),
            ModelSpec(base, build_base, share=BASE_SHARE),
            ModelSpec(STUDENT_NAME, build(student), version),
            EXPERT,
        ]

    def _evaluate(self, meter: Meter) -> None:
        from stillroom.data.store import Store
        from stillroom.simulators.evaluate import evaluate
        from stillroom.simulators.evaluation_plan import EvaluationConfig

        size = self.config.size
        settings = EvaluationConfig(size.n_commands, size.n_sessions, size.n_single_round, (self.config.seed,))
        with Store.open(self.store) as store:
            evaluation = evaluate(
                self._scene,
                self._specs(meter),
                settings,
                store=store,
                run_id=self._run_id(StageName.EVALUATE),
                progress=meter,
            )
        write_whole(self.evaluation, evaluation.to_json())

    def _converse(self, meter: Meter) -> None:
        from stillroom.data.interactions import Fold
        from stillroom.simulators.card import Setting
        from stillroom.simulators.session import SessionConfig, SessionRunner
        from stillroom.simulators.wording_bank import Split

        scene = self._scene
        model = open_model(f"student:{self.student}", self._catalogue, meter, offline=self.config.offline)
        runner = SessionRunner(
            self._catalogue, scene.user(Split.EVALUATION), scene.seat(STUDENT_NAME, model), SessionConfig(n_rounds=4)
        )
        # The first person drawn, whatever comes of it: a conversation that was picked would show nothing.
        card = scene.cards(Fold.EVAL, 1, self.config.seed + 1)[0]
        episode = runner.run(card, Setting.MULTI_ROUND, self.config.seed, split=Fold.EVAL.value)
        write_whole(self.conversation, episode.to_json())

    def _report(self, meter: Meter) -> None:
        from stillroom.distill.report import write_report

        training = json.loads((self.student / "training.json").read_text(encoding="utf-8"))
        write_report(self.report, self.read_evaluation(), training, self._collection(), self.read_conversation())
        meter("report", 1, 1)

    def _collection(self) -> dict[str, Any]:
        """Return what the report says about the simulated sessions."""
        from stillroom.data.store import Store

        with Store.open(self.store, read_only=True) as store:
            found = store.list_episodes(self._run_id(StageName.SIMULATE))
        return {
            "episodes": len(found),
            "commands": sum(item.n_rounds for item in found),
            "satisfied": sum(item.outcome.value == "satisfied" for item in found),
            "seconds": self.ledger.seconds(StageName.SIMULATE),
            "seed": self.config.seed,
        }


def find_recipe(name: str) -> Path:
    """Return a recipe's file by its path, or by the name of one that comes with the package."""
    given = Path(name).expanduser()
    if given.suffix == ".toml" or given.is_file():
        return given
    shipped = Path(str(resources.files("stillroom.distill") / "recipes"))
    if not (shipped / f"{name}.toml").is_file():
        known = ", ".join(sorted(path.stem for path in shipped.glob("*.toml")))
        raise CommandError(f"there is no recipe {name!r}: give a path, or one of {known}")
    return shipped / f"{name}.toml"


def build_config(recipe_name: str, out: Path, seed: int, *, fast: bool = False, offline: bool = False) -> DemoConfig:
    """Return the demo's configuration; `fast` makes everything tiny, to see that it runs."""
    recipe = read_recipe(find_recipe(recipe_name))
    optimiser = recipe.optimiser
    if optimiser.seconds is None:
        raise CommandError(f"the recipe {recipe.name} has no `seconds`: the demo needs to know how long it may train")
    size = FAST if fast else DemoSize(recipe.data.n_simulate, optimiser.seconds, N_COMMANDS, N_SESSIONS, N_SINGLE_ROUND)
    optimiser = optimiser.model_copy(update={"seconds": size.seconds})
    return DemoConfig(out, recipe.model_copy(update={"optimiser": optimiser, "seed": seed}), size, seed, offline)
