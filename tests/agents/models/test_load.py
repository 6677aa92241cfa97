"""Model names: each kind is found by one table, and a wrong name is one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.load import load_model, runtime_of, weights_named
from stillroom.agents.models.student import find_student, load_student


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("rulez", "did you mean rules"),
        ("default", "student:default"),
        ("studnet:default", "did you mean student:default"),
        ("student:", "names no model"),
        ("student:nobody", "there is no student 'nobody'"),
        ("student:../prompts", "there is no student"),
        ("expert", "only inside a simulation"),
        ("rules", "needs a catalogue"),
        ("local:smollm2-135m-instrukt", "did you mean smollm2-135m-instruct"),
        ("", "there is no model ''"),
    ],
)
def test_a_name_that_cannot_be_served_is_one_sentence(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(name, cache=tmp_path, offline=True)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_runtime_is_named() -> None:
    with pytest.raises(ModelError, match="no runtime 'onnx'"):
        load_model("student:default", runtime="onnx")


@pytest.mark.parametrize(
    ("name", "wanted", "on_gpu", "runtime"),
    [
        ("local:any", None, False, "openvino"),
        ("local:any", "auto", True, "transformers"),
        ("local:any", "openvino", True, "openvino"),
        ("student:default", "auto", True, "openvino"),
        ("student:default", "transformers", False, "transformers"),
        ("rules", "transformers", True, ""),
        ("openai:any", None, True, ""),
    ],
)
def test_a_large_model_goes_by_transformers_where_there_is_a_gpu(
    name: str, wanted: str | None, on_gpu: bool, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: on_gpu)
    assert runtime_of(name, wanted) == runtime


def test_weights_that_are_not_cached_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="stillroom fetch smollm2-135m-instruct"):
        load_model("local:smollm2-135m-instruct", cache=tmp_path, offline=True)


def _student(folder: Path, **config: object) -> Path:
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("part", ["adapter_model.safetensors", "adapter_config.json", "tokenizer.json"])
def test_a_student_that_lacks_a_part_names_it(tmp_path: Path, part: str) -> None:
    folder = _student(tmp_path / "s", base_model_name_or_path="base")
    (folder / part).unlink()
    with pytest.raises(ModelError, match=f"lacks {part}"):
        find_student(str(folder))


def test_a_student_without_its_base_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not say which base"):
        find_student(str(_student(tmp_path / "nameless")))
    folder = _student(tmp_path / "s", base_model_name_or_path=str(tmp_path / "gone.gguf"))
    with pytest.raises(ModelError, match=r"there are no weights .*gone\.gguf"):
        load_model(f"student:{folder}", cache=tmp_path)


def test_a_broken_adapter_leaves_nothing_behind(tmp_path: Path) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(b"")
    folder = _student(tmp_path / "s", base_model_name_or_path=str(base), r=4, lora_alpha=8)
    with pytest.raises(ModelError, match="no readable adapter"):
        load_student(str(folder), find_base=Path, cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.gguf"))


def test_the_hash_follows_the_adapter(tmp_path: Path) -> None:
    folder = _student(tmp_path / "s", base_model_name_or_path="base")
    before = find_student(str(folder)).hash
    (folder / "adapter_model.safetensors").write_bytes(b"x")
    assert find_student(str(folder)).hash != before


def test_weights_go_by_a_short_name_too() -> None:
    assert weights_named("qwen2.5-coder-1.5b") == "qwen2.5-coder-1.5b-instruct"
    assert weights_named("smollm2-135m-instruct") == "smollm2-135m-instruct"
    assert weights_named("somewhere/model.gguf") == "somewhere/model.gguf"
