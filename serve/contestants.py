"""Names of models, ablations and rivals as commands take them, made into what an evaluation measures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stillroom.serve.console import Meter
from stillroom.serve.loading import check_model, open_model
from stillroom.serve.options import Runtime
from stillroom.serve.refusals import CommandError

if TYPE_CHECKING:
    from stillroom.agents.models.hosted import Hosting
    from stillroom.simulators.contestant import ModelSpec
    from stillroom.simulators.stage import Stage


@dataclass(frozen=True)
class Roster:
    """How the named ones are loaded, and which share of people those meet whom a language model makes slow."""

    meter: Meter
    runtime: Runtime
    hosting: Hosting
    offline: bool = False
    slow_share: float = 1.0

    def check(self, name: str) -> None:
        """Refuse a name that nobody has, before any work is done; fetch what a known one stands on."""
        from stillroom.agents.feed_graph import FeedGraphConfig
        from stillroom.simulators.ablations import ablate, split_name
        from stillroom.simulators.rivals.load import is_rival

        model, ablation = split_name(name)
        if ablation:
            ablate(FeedGraphConfig(), ablation)
        if is_rival(model):
            # A rival without its rankings is a row with the reason; a model that it asks is fetched like any other.
            model = model.partition("interecagent:")[2]
        if model:
            check_model(model, self.meter, offline=self.offline, hosting=self.hosting)

    def spec(self, name: str, stage: Stage) -> ModelSpec:
        """Return what an evaluation measures under a name."""
        from stillroom.simulators.ablations import ablate, split_name
        from stillroom.simulators.contestant import ModelSpec
        from stillroom.simulators.rivals.load import is_rival, rival_seat
        from stillroom.simulators.suite import is_slow

        share = self.slow_share if is_slow(name) else 1.0
        model, ablation = split_name(name)
        if is_rival(model):
            return ModelSpec(name, share=share, sit=partial(rival_seat, name))
        config = ablate(stage.config, ablation) if ablation else None
        if model == "expert":
            return ModelSpec(name, share=share, config=config)
        build = partial(
            open_model,
            model,
            stage.catalogue,
            self.meter,
            runtime=self.runtime.value,
            offline=self.offline,
            hosting=self.hosting,
        )
        return ModelSpec(name, build, version_of(model, self.runtime.value), share, config)


def split_names(text: str, example: str) -> list[str]:
    """Return the names that an option holds, each once; raise CommandError, with the example, when it holds none."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise CommandError(f"{example.split()[0]} names nothing: say which, as in {example}")
    return names


def version_of(model: str, runtime: str) -> str:
    """Return what tells a model apart from others of its name: a student's hash, a runtime that is not the usual."""
    from stillroom.agents.models.load import runtime_of
    from stillroom.agents.models.student import OPENVINO, find_student

    kind, _, rest = model.partition(":")
    version = find_student(rest).hash if kind == "student" else ""
    runtime = runtime_of(model, runtime)
    return f"{version} {'' if runtime == OPENVINO else runtime}".strip()
