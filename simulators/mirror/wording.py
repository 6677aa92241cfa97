"""How questions are worded: templates by what they ask, those of training apart from those of the test part."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Final

SIDES: Final = ("train", "test")


@dataclass(frozen=True)
class WordingBank:
    """The templates of questions.toml: by key ("ask.film.director") and side, and the words to search for."""

    templates: Mapping[str, Mapping[str, tuple[str, ...]]]
    search: Mapping[str, str]

    def has(self, key: str) -> bool:
        """Say whether there are templates of this key."""
        return key in self.templates


@dataclass
class Wording:
    """Words one question from one side of the bank, and remembers the templates used, as "KEY/SIDE/PLACE"."""

    bank: WordingBank
    side: str
    random: Random
    used: list[str] = field(default_factory=list)

    def say(self, key: str, **slots: str) -> str:
        """Return a template of a key with its slots filled."""
        templates = self.bank.templates[key][self.side]
        place = self.random.randrange(len(templates))
        self.used.append(f"{key}/{self.side}/{place}")
        text = templates[place]
        for slot, value in slots.items():
            text = text.replace(f"{{{slot}}}", value)
        return text


@cache
def load_wordings() -> WordingBank:
    """Read the templates that come with the package."""
    text = (resources.files("stillroom.simulators.mirror") / "questions.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    search = {
        f"{kind}.{name}": words for kind, of_kind in tables.pop("search").items() for name, words in of_kind.items()
    }
    return WordingBank(dict(_flat("", tables)), search)


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, Mapping[str, tuple[str, ...]]]]:
    """Return the tables that hold templates, by their dotted names."""
    found: list[tuple[str, Mapping[str, tuple[str, ...]]]] = []
    if set(SIDES) <= table.keys():
        found.append((prefix, {side: tuple(table[side]) for side in SIDES}))
    for name, inner in table.items():
        if isinstance(inner, dict):
            found += _flat(f"{prefix}.{name}" if prefix else name, inner)
    return found
