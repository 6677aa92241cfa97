"""The fast runtime: an exported model in OpenVINO on the CPU, with llguidance choosing among its logits.

openvino-genai reads a GGUF once and saves it as an OpenVINO graph beside it (`build_graph`); after that the graph is
run directly, because the grammar of an edit changes every turn and genai's own grammar engine compiles each anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from pydantic import PrivateAttr

from stillroom.agents.models.decoding import Completion, Logits, Sampling, TokenSpace, decode, n_same
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.local_model import LocalModel

GRAPH: Final = "openvino_model.xml"
TOKENIZER: Final = "tokenizer.json"
# Below this, trimming the key-value cache to a common prefix costs more than reading the prefix again.
_MIN_PREFIX: Final = 48
# A turn parses and plans with two long prompts in turn: each keeps its own key-value cache.
_N_CACHES: Final = 2
# The graph's input that says after which of the new ids logits are wanted.
_KEPT: Final = "kept_positions"


def build_graph(gguf: Path, tokenizer_json: Path, folder: Path) -> Path:
    """Write an OpenVINO graph of a GGUF into `folder`, whole or not at all; an existing one is kept."""
    if (folder / GRAPH).is_file() and (folder / TOKENIZER).is_file():
        return folder
    import openvino_genai

    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        link = partial / "model.gguf"
        _link(gguf, link)
        try:
            openvino_genai.LLMPipeline(str(link), "CPU", enable_save_ov_model=True)
        except RuntimeError as error:
            raise ModelError(f"openvino cannot read {gguf.name}: {str(error).splitlines()[-1]}") from error
        link.unlink()
        shutil.copyfile(tokenizer_json, partial / TOKENIZER)
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _link(source: Path, link: Path) -> None:
    try:
        os.link(source, link)
    except OSError:  # another file system
        shutil.copyfile(source, link)


class _Cache:
    """One key-value cache of a compiled graph, and the ids that it has read."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.ids: list[int] = []

    def cut(self, n_kept: int) -> None:
        """Forget all but the first ids."""
        import openvino  # type: ignore[import-untyped]

        if n_kept == 0:
            self.request.reset_state()
        elif n_kept < len(self.ids):
            for state in self.request.query_state():
                state.state = openvino.Tensor(np.ascontiguousarray(state.state.data[:, :, :n_kept]))
        self.ids = self.ids[:n_kept]

    def shared(self, prompt: Sequence[int]) -> int:
        """Return how many ids of a prompt need not be read again; the last one always is, for its logits."""
        return min(n_same(self.ids, prompt), len(prompt) - 1)


class OpenVinoGraph:
    """A compiled graph with its key-value caches: a Reader that knows its last few prompts."""

    def __init__(self, folder: Path, n_threads: int | None = None) -> None:
        """Read and compile the graph; raise ModelError when it cannot be read."""
        import openvino

        core = openvino.Core()
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            # A processor with bfloat16 would use it by default: slower a token, and other replies than elsewhere.
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f32",
            "CACHE_DIR": str(folder / "compiled"),
        }
        if n_threads:
            settings["INFERENCE_NUM_THREADS"] = n_threads
        try:
            model = core.read_model(str(folder / GRAPH))
            _keep_some_positions(model)
            compiled = core.compile_model(model, "CPU", settings)
            # The least recently used stands first.
            self._caches = [_Cache(compiled.create_infer_request()) for _ in range(_N_CACHES)]
        except RuntimeError as error:
            raise ModelError(f"{folder} holds no usable OpenVINO graph ({str(error).splitlines()[-1]})") from error

    def begin(self, prompt: Sequence[int]) -> list[int]:
        """Take up the cache that knows most of the prompt; return the part of the prompt that is still to be read."""
        cache = max(self._caches, key=lambda known: known.shared(prompt))
        kept = cache.shared(prompt)
        if kept < _MIN_PREFIX:
            cache, kept = self._caches[0], 0
        cache.cut(kept)
        self._caches.sort(key=lambda known: known is cache)
        return list(prompt[kept:])

    def read(self, ids: Sequence[int], n_logits: int = 1) -> Logits:
        """Read new ids and return the logits after the last ones, shape (n_logits, n_tokens)."""
        cache = self._caches[-1]
        past, new = len(cache.ids), len(ids)
        inputs = {
            "input_ids": np.array([ids], dtype=np.int64),
            "attention_mask": np.ones((1, past + new), dtype=np.int64),
            "position_ids": np.arange(past, past + new, dtype=np.int64)[None],
            "beam_idx": np.zeros(1, dtype=np.int32),
            _KEPT: np.arange(new - n_logits, new, dtype=np.int64),
        }
        cache.ids += ids
        logits: Logits = np.array(cache.request.infer(inputs)[0][0], dtype=np.float32)
        return logits

    def unread(self, n_ids: int) -> None:
        """Forget the last ids that were read."""
        self._caches[-1].cut(len(self._caches[-1].ids) - n_ids)


def _keep_some_positions(model: Any) -> None:
    """Let the output matrix see the positions asked for only: the vocabulary is a quarter of the work on a prompt."""
    from openvino import opset13

    head = model.get_results()[0].input_value(0).get_node()
    if head.get_type_name() != "MatMul":
        raise RuntimeError("it does not end in an output matrix")
    kept = opset13.parameter([-1], np.int64, name=_KEPT)
    kept.output(0).set_names({_KEPT})
    some = opset13.gather(head.input_value(0), kept, np.array(1, dtype=np.int64))
    head.input(0).replace_source_output(some.output(0))
    model.add_parameters([kept])
    model.validate_nodes_and_infer_types()


class OpenVinoModel(LocalModel):
    """A chat model over an OpenVINO graph; calls from several threads are answered one after another."""

    _graph: OpenVinoGraph = PrivateAttr()
    _space: TokenSpace = PrivateAttr()
    _lock: Any = PrivateAttr(default_factory=Lock)

    @classmethod
    def open(cls, folder: Path, *, n_threads: int | None = None, **fields: Any) -> OpenVinoModel:
        """Load a folder that `build_graph` made; `fields` are those of LocalModel."""
        model = cls(**fields)
        model._graph = OpenVinoGraph(folder, n_threads)
        model._space = TokenSpace(folder / TOKENIZER)
        # The first inference lays out the weights; nobody's turn should pay for it.
        model._graph.read([model._space.stop] * 8)
        return model

    def complete(self, prompt: str, grammar: str | None, sampling: Sampling, draft: str | None = None) -> Completion:
        """Return the reply to a literal prompt."""
        with self._lock:
            return decode(self._graph, self._space, prompt, grammar, sampling, draft)
