"""The passages of a mirrored world: one an entity, which states that entity's facts and nobody else's.

Contract: a passage of a renamed world differs from its twin's in the names alone, for its sentences are chosen by the
structure's size and seed. Every value stands in the text as `structure.written` writes it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from random import Random
from string import Formatter

from pydantic import BaseModel, ConfigDict

from stillroom.simulators.mirror.relation import Kind
from stillroom.simulators.mirror.structure import Entity, Structure, written
from stillroom.tools.passages import Passage


class _Sentences(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    it: tuple[str, ...]
    opening: tuple[str, ...]
    idle: tuple[str, ...]
    facts: dict[str, tuple[str, ...]]


def write_passages(structure: Structure, names: Mapping[str, str]) -> tuple[Passage, ...]:
    """Return a passage for every entity, in the structure's order."""
    sentences = _sentences()
    return tuple(
        Passage(entity.id, names[entity.id], _text(entity, sentences[entity.kind], names, _random(structure, entity)))
        for entity in structure.entities.values()
    )


@cache
def _sentences() -> Mapping[Kind, _Sentences]:
    text = (resources.files("stillroom.simulators.mirror") / "sentences.toml").read_text(encoding="utf-8")
    return {Kind(kind): _Sentences.model_validate(of_kind) for kind, of_kind in tomllib.loads(text).items()}


def _random(structure: Structure, entity: Entity) -> Random:
    return Random(f"mirror:{structure.size}:{structure.seed}:passage:{entity.id}")


def _text(entity: Entity, sentences: _Sentences, names: Mapping[str, str], random: Random) -> str:
    values = {name: written(name, value, names) for name, value in entity.facts.items()}
    opening = random.choice(sentences.opening)
    said = {field for _, field, _, _ in Formatter().parse(opening) if field}
    left = [name for name in sentences.facts if name in values and name not in said]
    random.shuffle(left)
    body = [random.choice(sentences.facts[name]) for name in left]
    body.insert(random.randint(0, len(body)), random.choice(sentences.idle))
    filled = [opening.format(name=names[entity.id], **values)]
    for sentence in body:
        it = random.choice(sentences.it).format(**values)
        filled.append(sentence.format(name=names[entity.id], it=it, **values))
    return " ".join(filled)
