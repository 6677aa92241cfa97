"""Students by name: base model, adapter, prompt profile and card in one folder; served by one of two runtimes.

Contract: `student:NAME` is a committed folder (agents/students/NAME) or a path. The default runtime is the exported
one: adapter merged into the base, written as a GGUF (Q8_0), made into an OpenVINO graph, once, in the cache folder,
under a hash of everything that went into it. `runtime="transformers"` serves base and adapter as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from stillroom.agents.models.error import ModelError
from stillroom.agents.models.local_model import LocalModel

FindBase = Callable[[str], Path]
OPENVINO: Final = "openvino"
TRANSFORMERS: Final = "transformers"
# Raise when what is written from the same inputs changes.
_EXPORT_FORMAT: Final = "1"
_NEEDED: Final = ("adapter_model.safetensors", "adapter_config.json", "tokenizer.json")


@dataclass(frozen=True)
class StudentFolder:
    """A student as it lies on disk."""

    name: str
    path: Path
    base: str

    @property
    def hash(self) -> str:
        """Return a hash of the adapter, its configuration and the tokenizer."""
        digest = hashlib.sha256(f"{_EXPORT_FORMAT}\0{self.base}".encode())
        for file in _NEEDED:
            digest.update((self.path / file).read_bytes())
        return digest.hexdigest()[:16]


def committed_students() -> tuple[str, ...]:
    """Return the names of the students that come with the package."""
    folder = resources.files("stillroom.agents").joinpath("students")
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir()))


def find_student(name: str) -> StudentFolder:
    """Return a student's folder by name or path; raise ModelError when it is none or lacks a part."""
    path = Path(name).expanduser()
    if name in committed_students():
        path = Path(str(resources.files("stillroom.agents").joinpath("students").joinpath(name)))
    if not path.is_dir():
        known = ", ".join(committed_students()) or "none yet"
        raise ModelError(f"there is no student {name!r}: give a student's folder, or a name that comes along ({known})")
    missing = [file for file in _NEEDED if not (path / file).is_file()]
    if missing:
        raise ModelError(f"the student folder {path} lacks {missing[0]}")
    try:
        config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
        base = config["base_model_name_or_path"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path / 'adapter_config.json'} does not say which base model the student has") from error
    if not isinstance(base, str) or not base:
        raise ModelError(f"{path / 'adapter_config.json'} does not say which base model the student has")
    return StudentFolder(path.resolve().name, path, base)


def export_student(student: StudentFolder, base: Path, folder: Path) -> Path:
    """Merge and write `folder`/model.gguf and its OpenVINO graph unless they are there; return the graph's folder."""
    from stillroom.agents.models.merge import read_adapter, write_merged_gguf
    from stillroom.agents.models.openvino_model import build_graph

    if not base.is_file():
        raise ModelError(f"{base} is no GGUF file, which an export starts from: serve it with runtime transformers")
    merged = folder / "model.gguf"
    if not merged.is_file():
        write_merged_gguf(base, read_adapter(student.path), merged)
    return build_graph(merged, student.path / "tokenizer.json", folder / "graph")


def load_student(
    name: str, *, find_base: FindBase, cache: Path, runtime: str = OPENVINO, n_threads: int | None = None
) -> LocalModel:
    """Load a student; `find_base` turns the base model's name into the path of its weights."""
    student = find_student(name)
    fields = {"model_name": f"student:{name}", "prompt_profile": "student", "adapter": student.hash}
    base = find_base(student.base)
    if runtime == TRANSFORMERS:
        from stillroom.agents.models.transformers_model import TransformersModel

        tokenizer = student.path / "tokenizer.json"
        return TransformersModel.open(base, student.path, tokenizer_json=tokenizer, **fields)
    from stillroom.agents.models.openvino_model import OpenVinoModel

    graph = export_student(student, base, cache / "students" / student.hash)
    return OpenVinoModel.open(graph, n_threads=n_threads, **fields)
