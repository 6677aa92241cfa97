"""Names of models, ablations and rivals as commands take them, made into what an evaluation measures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stillroom.serve.console import Meter
from stillroom.serve.hosted import address_of, is_hosted
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
        from stillroom.simulators.rivals.load import is_rival, model_asked

        model, ablation = split_name(name)
        if ablation:
            ablate(FeedGraphConfig(), ablation)
        if is_rival(model):
            # A rival without its rankings is a row with the reason; a model that it asks is fetched like any other.
            model = model_asked(model)
        if model:
            check_model(model, self.meter, offline=self.offline, hosting=self.hosting)

    def spec(self, name: str, stage: Stage) -> ModelSpec:
        """Return what an evaluation measures under a name."""
        from stillroom.data.fetch import Fetcher
        from stillroom.data.paths import cache_folder
        from stillroom.simulators.ablations import ablate, split_name
        from stillroom.simulators.contestant import ModelSpec
        from stillroom.simulators.rivals.load import is_rival, model_asked, rival_seat
        from stillroom.simulators.suite import is_slow

        share = self.slow_share if is_slow(name) else 1.0
        model, ablation = split_name(name)
        find_model = partial(
            open_model,
            catalogue=stage.catalogue,
            meter=self.meter,
            runtime=self.runtime.value,
            offline=self.offline,
            hosting=self.hosting,
        )
        if is_rival(model):
            fetcher = Fetcher(cache_folder(), offline=self.offline, progress=self.meter, notify=self.meter.note)
            sit = partial(rival_seat, name, fetcher=fetcher, find_model=find_model)
            return ModelSpec(name, version=self.version(model_asked(model)), share=share, sit=sit)
        config = ablate(stage.config, ablation) if ablation else None
        if model == "expert":
            return ModelSpec(name, share=share, config=config)
        return ModelSpec(name, partial(find_model, model), self.version(model), share, config)

    def version(self, model: str) -> str:
        """Return what tells a model apart from others of its name."""
        return version_of(model, self.runtime.value, self.hosting)


def model_behind(name: str) -> str:
    """Return the model that a name of people's or tasks' contestants stands on, empty for a rival that asks none."""
    from stillroom.simulators.ablations import split_name
    from stillroom.simulators.rivals.load import is_rival, model_asked

    model = split_name(name)[0].partition("+")[0]
    return model_asked(model) if is_rival(model) else model


def split_names(text: str, example: str) -> list[str]:
    """Return the names that an option holds, each once; raise CommandError, with the example, when it holds none."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise CommandError(f"{example.split()[0]} names nothing: say which, as in {example}")
    return names


def version_of(model: str, runtime: str, hosting: Hosting | None = None) -> str:
    """Return what tells a model apart from others of its name.

    A student's hash, a runtime that is not the usual; with `hosting`, a hosted model's address and its temperature
    where that is above zero.
    """
    from stillroom.agents.models.load import runtime_of
    from stillroom.agents.models.student import OPENVINO, find_student

    if is_hosted(model) and hosting is not None:
        heat = f"temperature {hosting.temperature:g}" if hosting.temperature else ""
        return f"{address_of([model], hosting) or ''} {heat}".strip()
    kind, _, rest = model.partition(":")
    version = find_student(rest).hash if kind == "student" else ""
    runtime = runtime_of(model, runtime)
    return f"{version} {'' if runtime == OPENVINO else runtime}".strip()
