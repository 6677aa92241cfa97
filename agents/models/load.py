"""`load_model(name)`: the one table that turns a model's name into a chat model.

rules                  the no-LLM baseline
expert                 answers from a simulated user's hidden state; only a simulation can pass its oracle
local:NAME_OR_PATH     weights on this machine, untrained for the task
student:NAME_OR_PATH   a distilled student
PROVIDER:MODEL         any provider that LangChain knows (`init_chat_model`), any OpenAI-compatible server by `base_url`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from langchain_core.language_models import BaseChatModel

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.student import OPENVINO, TRANSFORMERS, committed_students, load_student
from stillroom.data.artefact import ArtefactError
from stillroom.data.artefacts import ARTEFACTS
from stillroom.data.catalogue import Catalogue
from stillroom.data.fetch import Fetcher
from stillroom.data.paths import cache_folder

if TYPE_CHECKING:
    from stillroom.agents.models.hosted import Hosting

AUTO: Final = "auto"
RUNTIMES: Final = (AUTO, OPENVINO, TRANSFORMERS)
_KINDS: Final = ("rules", "expert", "local:", "student:", "PROVIDER:MODEL")


def weights_named(name: str) -> str:
    """Return the artefact that a name means: `qwen2.5-coder-1.5b` is its instruct version; others mean themselves."""
    return f"{name}-instruct" if name not in ARTEFACTS and f"{name}-instruct" in ARTEFACTS else name


def runtime_of(name: str, wanted: str | None) -> str:
    """Return what runs a model's weights, empty for one without weights on this machine.

    A large model goes by transformers where there is a GPU; a student is as fast on two cores, and the same everywhere.
    """
    kind = name.partition(":")[0]
    if kind not in ("local", "student"):
        return ""
    if wanted not in (None, AUTO):
        return str(wanted)
    return TRANSFORMERS if kind == "local" and _has_gpu() else OPENVINO


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


@dataclass(frozen=True)
class ModelSource:
    """What a model may be made from: the catalogue, a simulation's oracle, a runtime, threads, the cache, hosting."""

    catalogue: Catalogue | None = None
    oracle: Any = None
    runtime: str = OPENVINO
    n_threads: int | None = None
    cache: Path | None = None
    offline: bool = False
    hosting: Hosting | None = None

    def find_base(self, name: str) -> Path:
        """Return the weights of a path or of an artefact's name, fetching them when the cache lacks them."""
        path = Path(name).expanduser()
        if path.exists():
            return path
        name = weights_named(name)
        if name not in ARTEFACTS:
            near = get_close_matches(name, ARTEFACTS, 1)
            hint = f": did you mean {near[0]}?" if near else ""
            raise ModelError(f"there are no weights {name!r} on this machine{hint}")
        try:
            folder = Fetcher(cache_folder(self.cache), offline=self.offline).fetch(name)
        except ArtefactError as error:
            raise ModelError(str(error)) from error
        files = sorted(folder.rglob("*.gguf"))
        return files[0] if files else folder


def load_model(
    name: str,
    catalogue: Catalogue | None = None,
    *,
    runtime: str | None = None,
    oracle: Any = None,
    n_threads: int | None = None,
    cache: Path | None = None,
    offline: bool = False,
    base_url: str | None = None,
    hosting: Hosting | None = None,
) -> BaseChatModel:
    """Return the chat model of this name; raise ModelError with one sentence when there is none.

    `base_url` and `hosting` say how a hosted model (PROVIDER:MODEL) is reached; no other kind reads them.
    """
    if runtime not in (None, *RUNTIMES):
        raise ModelError(f"there is no runtime {runtime!r}; known are {', '.join(RUNTIMES)}")
    reached = _hosting(base_url, hosting)
    source = ModelSource(catalogue, oracle, runtime_of(name, runtime), n_threads, cache, offline, reached)
    kind, colon, rest = name.partition(":")
    make = _MAKERS.get(kind + colon)
    if make is None:
        return _load_hosted(name, source)
    if colon and not rest:
        raise ModelError(f"{name!r} names no model: say which, as in {kind}:default")
    return make(rest, source)


def _hosting(base_url: str | None, hosting: Hosting | None) -> Hosting | None:
    if base_url is None:
        return hosting
    from stillroom.agents.models.hosted import Hosting

    return (hosting or Hosting()).at(base_url)


def _load_rules(_: str, source: ModelSource) -> BaseChatModel:
    from stillroom.agents.models.rules import RulesModel
    from stillroom.agents.rules import Vocabulary

    if source.catalogue is None:
        raise ModelError("the model rules needs a catalogue to read commands by")
    model: BaseChatModel = RulesModel(vocabulary=Vocabulary.of_catalogue(source.catalogue))
    return model


def _load_expert(_: str, source: ModelSource) -> BaseChatModel:
    from stillroom.agents.models.expert import ExpertModel

    if source.oracle is None:
        raise ModelError("the model expert answers from a simulated user's mind and exists only inside a simulation")
    return ExpertModel(oracle=source.oracle)


def _load_local(name: str, source: ModelSource) -> BaseChatModel:
    weights = source.find_base(name)
    model_name = f"local:{name}"
    if source.runtime == TRANSFORMERS or not weights.is_file():
        from stillroom.agents.models.transformers_model import TransformersModel

        return TransformersModel.open(weights, model_name=model_name)
    from stillroom.agents.models.merge import is_read_as_is, write_merged_gguf
    from stillroom.agents.models.openvino_model import TOKENIZER, OpenVinoModel, build_graph, is_built
    from stillroom.agents.models.transformers_model import write_tokenizer

    folder = cache_folder(source.cache) / "graphs" / f"{weights.stem}-{weights.stat().st_size}"
    tokenizer = folder / "graph" / TOKENIZER
    if not tokenizer.is_file():
        tokenizer = write_tokenizer(weights, folder / TOKENIZER)
    graph = folder / "graph"
    if is_built(graph) or is_read_as_is(weights):
        build_graph(weights, tokenizer, graph)
    else:
        rewritten = write_merged_gguf(weights, None, folder / "model.gguf")
        build_graph(rewritten, tokenizer, graph)
        rewritten.unlink(missing_ok=True)
    return OpenVinoModel.open(graph, n_threads=source.n_threads, model_name=model_name)


def _load_student(name: str, source: ModelSource) -> BaseChatModel:
    cache = cache_folder(source.cache)
    return load_student(
        name, find_base=source.find_base, cache=cache, runtime=source.runtime, n_threads=source.n_threads
    )


def _load_hosted(name: str, source: ModelSource) -> BaseChatModel:
    provider, _, model = name.partition(":")
    if not model:
        students = [f"student:{student}" for student in committed_students()]
        near = get_close_matches(name, ["rules", "expert", "student:default", "local:", *students, *students], 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KINDS)}"
        raise ModelError(f"there is no model {name!r}; {hint}")
    near = get_close_matches(provider, ["student", "local"], 1, 0.75)
    if near:
        raise ModelError(f"there is no model {name!r}; did you mean {near[0]}:{model}?")
    from stillroom.agents.models.hosted import HostedModel, Hosting

    return HostedModel.open(name, source.hosting or Hosting())


_MAKERS: Final[dict[str, Callable[[str, ModelSource], BaseChatModel]]] = {
    "rules": _load_rules,
    "expert": _load_expert,
    "local:": _load_local,
    "student:": _load_student,
}
