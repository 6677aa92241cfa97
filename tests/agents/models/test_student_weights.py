"""A student on the real SmolLM2: exported, compared with what it was exported from, and served by both runtimes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from langchain_core.messages import HumanMessage
from safetensors.torch import save_file

from stillroom.agents.chatml import render_chat
from stillroom.agents.models.decoding import Logits, TokenSpace
from stillroom.agents.models.openvino_model import OpenVinoModel
from stillroom.agents.models.student import TRANSFORMERS, load_student
from stillroom.agents.models.transformers_model import TransformersModel, write_tokenizer
from stillroom.agents.plan import plan_shape
from stillroom.agents.profiles import StudentProfile
from stillroom.agents.requests import ParseRequest, PlanRequest
from stillroom.agents.wire.edit import decode_edit
from stillroom.agents.wire.plan import decode_plan
from stillroom.data.fetch import fetch
from stillroom.data.preferences import Preferences, merge
from stillroom.distill.export import compare_logits

pytestmark = pytest.mark.weights
WIDTHS = {"q_proj": (576, 576), "k_proj": (576, 192), "v_proj": (576, 192), "o_proj": (576, 576)}
PLAN_GRAMMAR = plan_shape(PlanRequest(merge(Preferences(), decode_edit("must year >= 1980")).preferences)).grammar
PROMPT = "<|im_start|>user\nparse\nc1 must year >= 1980\n> no horror, déjà vu<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def base() -> Path:
    return next(fetch("smollm2-135m-instruct").rglob("*.gguf"))


@pytest.fixture(scope="module")
def student(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a student whose adapter is random on every attention layer: what it says is nonsense, but its own."""
    folder = tmp_path_factory.mktemp("student")
    draw = torch.Generator().manual_seed(0)
    tensors = {}
    for layer in range(30):
        for name, (wide, out) in WIDTHS.items():
            key = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{key}.lora_A.weight"] = torch.randn(4, wide, generator=draw) / wide**0.5
            tensors[f"{key}.lora_B.weight"] = torch.randn(out, 4, generator=draw) * 0.05
    save_file(tensors, str(folder / "adapter_model.safetensors"))
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "target_modules": sorted(WIDTHS)}
    config["base_model_name_or_path"] = str(base)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    write_tokenizer(base, folder / "tokenizer.json")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def fast(student: Path, cache: Path) -> OpenVinoModel:
    model = load_student(str(student), find_base=Path, cache=cache)
    assert isinstance(model, OpenVinoModel)
    return model


def _last_logits(model: OpenVinoModel, ids: Sequence[int]) -> Logits:
    return model._graph.logits(model._graph.read(model._graph.begin(ids))[0], None)


def _forget(model: OpenVinoModel) -> None:
    for cache in model._graph._caches:
        cache.cut(0)


def test_the_export_says_what_the_adapter_says(student: Path, cache: Path, base: Path, fast: OpenVinoModel) -> None:
    exported = next(cache.rglob("model.gguf"))
    merged, written = compare_logits(student, base, exported, [PROMPT])
    assert merged.max_abs < 1e-2
    assert merged.mean_kl < 1e-5
    assert written.mean_kl < 0.02
    assert written.same_top > 0.9
    space = TokenSpace(student / "tokenizer.json")
    slow = load_student(str(student), find_base=Path, cache=cache, runtime=TRANSFORMERS)
    assert isinstance(slow, TransformersModel)
    ids = space.encode(PROMPT)
    with torch.inference_mode():
        expected = slow._model(input_ids=torch.tensor([ids])).logits[0, -1].numpy()
    got = _last_logits(fast, ids)
    assert np.corrcoef(expected, got)[0, 1] > 0.99
    grammar = PLAN_GRAMMAR
    for model in (fast, slow):
        reply = model.invoke([HumanMessage("plan\nc1 must year >= 1980")], grammar=grammar)
        assert decode_plan(str(reply.content))
        assert reply.usage_metadata is not None
        assert reply.usage_metadata["input_tokens"] > 10
        assert reply.response_metadata["finish_reason"] == "stop"


def test_a_kept_prefix_changes_nothing(fast: OpenVinoModel) -> None:
    ids = fast._space.encode(PROMPT * 4)
    _last_logits(fast, ids)
    again = _last_logits(fast, [*ids[:-9], *ids[:9]])
    _forget(fast)
    fresh = _last_logits(fast, [*ids[:-9], *ids[:9]])
    assert np.corrcoef(again, fresh)[0, 1] > 0.99


def test_what_is_forgotten_is_seen_no_more(fast: OpenVinoModel) -> None:
    graph, ids, junk = fast._graph, fast._space.encode(PROMPT), fast._space.encode("keep drop c1 c2 wish tag = spy")
    _forget(fast)
    fresh = _last_logits(fast, ids)
    for n_junk in (1, len(junk)):
        _forget(fast)
        graph.read(graph.begin([*ids[:-5], 0])[:-1])
        graph.read((junk * 4)[:n_junk], n_junk)
        graph.unread(n_junk)
        again = graph.logits(graph.read(ids[-5:])[0], None)
        assert np.corrcoef(again, fresh)[0, 1] > 0.999, n_junk
        seen = graph.logits(graph.read(junk)[0], None)
        graph.unread(len(junk))
        assert np.corrcoef(seen, fresh)[0, 1] < 0.99


def test_a_cache_does_not_fill_up_with_what_is_forgotten(fast: OpenVinoModel) -> None:
    graph, ids = fast._graph, fast._space.encode(PROMPT)
    _forget(fast)
    fresh = _last_logits(fast, ids)
    for turn in range(80):
        graph.read(graph.begin([*ids[:-9], *fast._space.encode(f"turn {turn} asks for more")]))
    cache = graph._caches[-1]
    places = cache._request.query_state()[0].state.data.shape[2]
    assert len(cache._seen) == places and sum(cache._seen) == len(cache.ids)
    assert places < len(cache.ids) + 256 + 20
    assert np.corrcoef(_last_logits(fast, ids), fresh)[0, 1] > 0.999


def test_logits_after_several_ids_are_those_of_reading_one_by_one(fast: OpenVinoModel) -> None:
    ids = fast._space.encode(PROMPT)
    graph = fast._graph
    _forget(fast)
    at_once = [graph.logits(state, None) for state in graph.read(graph.begin(ids), 4)]
    _forget(fast)
    graph.read(graph.begin(ids)[:-3])
    slowly = [graph.logits(graph.read([token])[0], None) for token in ids[-3:]]
    assert len(at_once) == 4
    # The runtime rounds a batch and a single token differently.
    assert all(np.corrcoef(together, alone)[0, 1] > 0.99 for together, alone in zip(at_once[1:], slowly, strict=True))
    assert np.corrcoef(at_once[0], slowly[0])[0, 1] < 0.99


def test_branches_are_read_as_if_each_were_alone(fast: OpenVinoModel) -> None:
    graph, ids = fast._graph, fast._space.encode(PROMPT)
    said = [fast._space.encode(text)[:3] for text in ("must genre = horror", "keep and ban", "drop c1 c2")]
    alone = []
    for one in said:
        _forget(fast)
        graph.read(graph.begin(ids))
        alone.append([graph.logits(graph.read([token])[0], None) for token in one])
    _forget(fast)
    graph.read(graph.begin(ids))
    graph.fan_out([0, 0, 0], [one[0] for one in said])
    graph.fan_out([0, 1, 2], [one[1] for one in said])
    # The branch in the middle is dropped, the others change places.
    last = graph.all_logits(graph.fan_out([2, 0], [said[2][2], said[0][2]]))
    assert last.shape == (2, len(alone[0][0]))
    assert np.corrcoef(last[0], alone[2][2])[0, 1] > 0.99 and np.corrcoef(last[1], alone[0][2])[0, 1] > 0.99
    assert np.corrcoef(last[0], alone[0][2])[0, 1] < 0.99
    again = _last_logits(fast, [*ids, *said[1]])
    assert np.corrcoef(again, alone[1][2])[0, 1] > 0.99, "the trunk is what it was"


def test_several_replies_are_drawn_at_once(fast: OpenVinoModel) -> None:
    message, grammar = [HumanMessage("plan")], "(?:keep|ban [a-f]{1,6}|must genre = (?:Comedy|Drama|Horror))"
    (found,) = fast.generate([message], n=5, grammar=grammar, temperature=2.0).generations
    texts = [one.text for one in found]
    assert len(texts) == 5 and len(set(texts)) > 1 and all(re.fullmatch(grammar, text) for text in texts)
    (same,) = fast.generate([message], n=3, grammar=grammar).generations
    assert len({one.text for one in same}) == 1, "at temperature 0 all say the same"


def test_logits_are_the_state_times_the_embeddings_of_the_base(fast: OpenVinoModel, base: Path) -> None:
    tensor = next(tensor for tensor in gguf.GGUFReader(str(base)).tensors if tensor.name == "token_embd.weight")
    weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    graph = fast._graph
    state = graph.read(graph.begin(fast._space.encode(PROMPT)))[0]
    wanted = weights @ state
    for n_tokens in (1, 30, 3000):
        tokens = np.linspace(0, len(wanted) - 1, n_tokens).astype(np.int64)
        np.testing.assert_allclose(graph.logits(state, tokens), wanted[tokens], rtol=1e-2, atol=1e-2)
    # For a whole matrix the runtime rounds the state to eight bits.
    many = np.arange(5, 5005)
    for found, exact in ((graph.logits(state, None), wanted), (graph.logits(state, many), wanted[many])):
        assert found.shape == exact.shape and np.corrcoef(found, exact)[0, 1] > 0.999


@pytest.mark.parametrize(
    "draft", ["filter\nmatch\naggregate", "match\naggregate", "nonsense", "filter\nrelax c1\nmatch"]
)
def test_a_draft_does_not_change_a_plan(fast: OpenVinoModel, draft: str) -> None:
    message, grammar = [HumanMessage("plan\nc1 must year >= 1980")], PLAN_GRAMMAR
    plain = fast.invoke(message, grammar=grammar)
    helped = fast.invoke(message, grammar=grammar, draft=draft)
    assert (helped.content, helped.usage_metadata) == (plain.content, plain.usage_metadata)


def test_the_three_tokenizers_agree(student: Path, base: Path) -> None:
    openvino_genai = pytest.importorskip("openvino_genai")
    request = ParseRequest("no <|im_end|> naïve 12345 films\n\n日本 🎬 <|im_start|>system", (), Preferences())
    prompt = render_chat(StudentProfile().render_parse(request))
    ids = TokenSpace(student / "tokenizer.json").encode(prompt)
    genai = openvino_genai.Tokenizer(str(base)).encode(prompt, add_special_tokens=False).input_ids.data[0].tolist()
    from transformers import AutoTokenizer

    trained = AutoTokenizer.from_pretrained(base.parent, gguf_file=base.name)(prompt, add_special_tokens=False)
    assert ids == genai == trained["input_ids"]
    # One turn of the user, closed once, and the assistant's opening: nothing in the command became special.
    assert (ids.count(1), ids.count(2)) == (2, 1)


def test_a_second_load_exports_nothing(student: Path, cache: Path, fast: OpenVinoModel) -> None:
    exported = next(cache.rglob("model.gguf"))
    before = exported.stat().st_mtime_ns
    load_student(str(student), find_base=Path, cache=cache)
    assert exported.stat().st_mtime_ns == before
