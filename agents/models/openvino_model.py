"""The fast runtime: an exported model in OpenVINO on the CPU, with llguidance choosing among its logits.

openvino-genai reads a GGUF once and saves it as an OpenVINO graph beside it (`build_graph`); after that the graph is
run directly, because the grammar of an edit changes every turn and genai's own grammar engine compiles each anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from pydantic import PrivateAttr

from stillroom.agents.models.decoding import (
    Completion,
    Logits,
    Sampling,
    States,
    TokenIds,
    TokenSpace,
    decode,
    decode_many,
    n_same,
)
from stillroom.agents.models.error import ModelError
from stillroom.agents.models.local_model import LocalModel
from stillroom.agents.models.openvino_graph import KEPT, cut_off_output_matrix, join_projections
from stillroom.data.building import building

GRAPH: Final = "openvino_model.xml"
TOKENIZER: Final = "tokenizer.json"
# A prompt that shares fewer ids than this with what was read is of another kind: it shares the chat's marks alone.
_MIN_PREFIX: Final = 6
# So many places of a cache may hold what is forgotten; more are taken out, which copies all of it.
_MAX_UNSEEN: Final = 256
# Reading one id takes 12 ms, six take 16, and another number than the last time 7 ms more (SmolLM2-135M, two cores).
_PASS_LENGTH: Final = 6
# A turn parses and plans with two long prompts in turn: each keeps its own key-value cache.
_N_CACHES: Final = 2
# From this many tokens on, the whole output matrix is faster than gathering their rows.
_MANY_TOKENS: Final = 4096


def is_built(folder: Path) -> bool:
    """Say whether a folder holds a graph that `build_graph` made."""
    return (folder / GRAPH).is_file() and (folder / TOKENIZER).is_file()


def build_graph(gguf: Path, tokenizer_json: Path, folder: Path) -> Path:
    """Write an OpenVINO graph of a GGUF into `folder`, whole or not at all; an existing one is kept."""
    if is_built(folder):
        return folder
    import openvino_genai

    with building(folder) as scratch:
        link = scratch / "model.gguf"
        _link(gguf, link)
        try:
            openvino_genai.LLMPipeline(str(link), "CPU", enable_save_ov_model=True)
        except RuntimeError as error:
            raise ModelError(f"openvino cannot read {gguf.name}: {str(error).splitlines()[-1]}") from error
        link.unlink()
        shutil.copyfile(tokenizer_json, scratch / TOKENIZER)
    return folder


def _link(source: Path, link: Path) -> None:
    try:
        os.link(source, link)
    except OSError:  # another file system
        shutil.copyfile(source, link)


class _Cache:
    """One key-value cache of a compiled graph, and the ids that it has read.

    What is to be forgotten stays where it is and is masked, since taking it out copies the whole cache. Rotary
    positions are given with the ids, so a gap in the cache is none in the text.
    """

    def __init__(self, request: Any) -> None:
        """Start empty."""
        self.ids: list[int] = []
        self._request = request
        self._seen: list[int] = []  # for every place in the cache, 1 or 0; as many ones as there are ids
        self._n_fanned = 0  # how many of the last places hold branches

    def cut(self, n_kept: int) -> None:
        """Forget all but the first ids."""
        if n_kept == 0:
            self._request.reset_state()
            self._seen = []
        else:
            self._mask(len(self.ids) - n_kept)
        self.ids = self.ids[:n_kept]

    def compact(self) -> None:
        """Take out what is masked, when it has become much."""
        import openvino  # type: ignore[import-untyped]

        if len(self._seen) - len(self.ids) <= _MAX_UNSEEN:
            return
        places = np.flatnonzero(self._seen)
        for state in self._request.query_state():
            state.state = openvino.Tensor(np.ascontiguousarray(state.state.data[:, :, places]))
        self._seen = [1] * len(places)

    def read(self, ids: Sequence[int], n_last: int) -> States:
        """Read new ids and return the states after the last ones, shape (n_last, width)."""
        past, new = len(self.ids), len(ids)
        self._n_fanned = 0
        # What is put after the ids is seen by none of them, and masked afterwards.
        padded = [*ids, *[ids[-1]] * (_PASS_LENGTH - new)]
        self._seen += [1] * len(padded)
        inputs = {
            "input_ids": np.array([padded], dtype=np.int64),
            "attention_mask": np.array([self._seen], dtype=np.int64),
            "position_ids": np.arange(past, past + len(padded), dtype=np.int64)[None],
            "beam_idx": np.zeros(1, dtype=np.int32),
            KEPT: np.arange(new - n_last, new, dtype=np.int64),
        }
        states: States = np.array(self._request.infer(inputs)[0][0], dtype=np.float32)
        self._mask(len(padded) - new)
        self.ids += ids
        return states

    def fan_out(self, parents: Sequence[int], ids: Sequence[int]) -> States:
        """Read one id in each of several branches after what was read; return their states, (len(ids), width).

        Branches are rows of the cache, of which `read` goes on from the first: what all of them read is masked for it.
        """
        n_trunk = len(self._seen) - self._n_fanned
        self._n_fanned += 1
        self._seen.append(0)
        seen = self._seen[:n_trunk] + [1] * self._n_fanned
        inputs = {
            "input_ids": np.array(ids, dtype=np.int64)[:, None],
            "attention_mask": np.tile(np.array(seen, dtype=np.int64), (len(ids), 1)),
            "position_ids": np.full((len(ids), 1), len(self.ids) + self._n_fanned - 1, dtype=np.int64),
            "beam_idx": np.array(parents, dtype=np.int32),
            KEPT: np.zeros(1, dtype=np.int64),
        }
        states: States = np.array(self._request.infer(inputs)[0][:, 0], dtype=np.float32)
        return states

    def _mask(self, n_places: int) -> None:
        """Let the last places that are seen be seen no more."""
        place = len(self._seen)
        while n_places:
            place -= 1
            n_places -= self._seen[place]
            self._seen[place] = 0

    def shared(self, prompt: Sequence[int]) -> int:
        """Return how many ids of a prompt need not be read again; the last one always is, for its logits."""
        return min(n_same(self.ids, prompt), len(prompt) - 1)


class _OutputMatrix:
    """The matrix that turns a state into logits, whole or by rows; its compressed weights stay compressed."""

    def __init__(self, weights: Any, compile_model: Callable[[Any], Any]) -> None:
        """Take the node that gives the matrix, (n_tokens, width); the whole product is compiled when it is needed."""
        self._weights, self._compile = weights, compile_model
        self._whole: Any = None
        self._rows = self._build(by_rows=True)

    def logits(self, state: States, tokens: TokenIds | None) -> Logits:
        """Return the logits of some tokens, or of all, (n,)."""
        if tokens is not None and len(tokens) < _MANY_TOKENS:
            found = self._rows.infer([state[None], tokens])[0][0]
        else:
            found = self.all_logits(state[None])[0]
            found = found if tokens is None else found[tokens]
        logits: Logits = np.array(found, dtype=np.float32)
        return logits

    def all_logits(self, states: States) -> Logits:
        """Return the logits of all tokens after several states, (len(states), n_tokens)."""
        self._whole = self._whole or self._build(by_rows=False)
        logits: Logits = np.array(self._whole.infer([states])[0], dtype=np.float32)
        return logits

    def _build(self, *, by_rows: bool) -> Any:
        import openvino
        from openvino import opset13

        state = opset13.parameter([-1, -1], np.float32)
        tokens = opset13.parameter([-1], np.int64)
        weights = opset13.gather(self._weights, tokens, np.array(0, dtype=np.int64)) if by_rows else self._weights
        product = opset13.matmul(state, weights, False, True)
        inputs = [state, tokens] if by_rows else [state]
        return self._compile(openvino.Model([product.output(0)], inputs)).create_infer_request()


class OpenVinoGraph:
    """A compiled graph with its key-value caches: a Reader that knows its last few prompts."""

    pass_length = _PASS_LENGTH

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

        def compile_model(model: Any) -> Any:
            return core.compile_model(model, "CPU", settings)

        try:
            model = core.read_model(str(folder / GRAPH))
            self._output = _OutputMatrix(cut_off_output_matrix(model), compile_model)
            join_projections(model)
            compiled = compile_model(model)
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
        cache.compact()
        self._caches.sort(key=lambda known: known is cache)
        return list(prompt[kept:])

    def read(self, ids: Sequence[int], n_last: int = 1) -> States:
        """Read new ids and return the states after the last ones, shape (n_last, width)."""
        return self._caches[-1].read(ids, n_last)

    def logits(self, state: States, tokens: TokenIds | None) -> Logits:
        """Return the logits of some tokens, or of all, after a state: shape (len(tokens),)."""
        return self._output.logits(state, tokens)

    def fan_out(self, parents: Sequence[int], ids: Sequence[int]) -> States:
        """Read one id in each branch and return the states after them (see FanningReader)."""
        return self._caches[-1].fan_out(parents, ids)

    def all_logits(self, states: States) -> Logits:
        """Return the logits of all tokens after several states, (len(states), n_tokens)."""
        return self._output.all_logits(states)

    def unread(self, n_ids: int) -> None:
        """Forget the last ids that were read."""
        self._caches[-1].cut(len(self._caches[-1].ids) - n_ids)


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

    def complete_many(self, prompt: str, grammar: str | None, sampling: Sampling, n_replies: int) -> list[Completion]:
        """Return several replies to a literal prompt, read side by side."""
        with self._lock:
            return decode_many(self._graph, self._space, prompt, grammar, sampling, n_replies)
