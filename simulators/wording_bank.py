"""The wording bank: how people say things to a feed, as data, split by pattern into training and evaluation.

A file of the bank holds groups. A group's header is an edit in the student's wire format with slots, its lines are
patterns, each one distinct way to say that edit:

    == must runtime < {duration}
    under {duration}
    nothing that takes {duration} or more

Other headers: `keep ACT` (a command that changes nothing), `pre EDIT` and `post EDIT` (parts of a noun phrase),
`frame TONE` (a sentence around a noun phrase), `wrap` (an opener, closer or story around a command), `join` (how two
clauses stand together). A pattern belongs to one split by a hash of its own words: what trains never evaluates.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stillroom.data.constraint import Op

SLOT = re.compile(r"\{([a-z]+[0-9]?)(?: ([a-z]+) ([+-]))?(?:[:.]([a-z]+))?\}")
_ADD = re.compile(r"(must|wish|ban|avoid) ([a-z_]+) (<=|>=|=|<|>|more|less|like)(?: (\S.*))?")
_DROP = re.compile(r"drop (?:(all|last)|\{old ([a-z_]+) ([+-])\})")
EVALUATION_SHARE = 0.2


class WordingError(ValueError):
    """A line of the bank that cannot be used; the message names file and line."""


class Split(StrEnum):
    """Which side of the wording split a pattern is on."""

    TRAIN = "train"
    EVALUATION = "evaluation"


class Role(StrEnum):
    """What a pattern is a part of."""

    CLAUSE = "clause"
    KEEP = "keep"
    PRE = "pre"
    POST = "post"
    FRAME = "frame"
    WRAP = "wrap"
    JOIN = "join"


@dataclass(frozen=True)
class AddTemplate:
    """A constraint to be added, with a slot (or a literal, or nothing) as its value."""

    tone: str
    facet: str
    op: Op
    value: str | None


@dataclass(frozen=True)
class DropTemplate:
    """What is to be retracted: `all`, `last`, or one remembered constraint of a facet and polarity."""

    scope: str
    facet: str = ""
    polarity: str = ""


@dataclass(frozen=True)
class Group:
    """A header: what its patterns mean."""

    role: Role
    header: str
    adds: tuple[AddTemplate, ...] = ()
    drops: tuple[DropTemplate, ...] = ()
    detail: str = ""

    @property
    def facets(self) -> frozenset[str]:
        """Return the facets that are spoken of."""
        return frozenset(add.facet for add in self.adds) | frozenset(drop.facet for drop in self.drops if drop.facet)


@dataclass(frozen=True)
class Pattern:
    """One way to say what its group means; `id` is stable under reordering of the files."""

    group: Group
    text: str
    source: str

    @property
    def id(self) -> str:
        """Return a short stable name."""
        return hashlib.sha256(f"{self.group.header}\n{self.skeleton}".encode()).hexdigest()[:12]

    @property
    def skeleton(self) -> str:
        """Return the words without case, spacing and the forms of slots: two patterns that share it are one."""
        return " ".join(SLOT.sub(lambda slot: f"{{{slot.group(1)}}}", self.text).casefold().split())

    @property
    def split(self) -> Split:
        """Return the side of the split: decided by the words alone, so that no wording is on both sides."""
        digest = hashlib.sha256(self.skeleton.encode()).digest()
        return Split.EVALUATION if digest[0] < 256 * EVALUATION_SHARE else Split.TRAIN

    @property
    def slots(self) -> tuple[tuple[str, str], ...]:
        """Return (slot, form) in order; the form is empty where the pattern names none."""
        return tuple((slot.group(1), slot.group(4) or "") for slot in SLOT.finditer(self.text))


@dataclass(frozen=True)
class WordingBank:
    """All patterns, and those of one split by group."""

    patterns: tuple[Pattern, ...]

    def of(self, role: Role, split: Split) -> dict[Group, tuple[Pattern, ...]]:
        """Return the groups of one role with their patterns of one split (groups with none are left out)."""
        found: dict[Group, list[Pattern]] = {}
        for pattern in self.patterns:
            if pattern.group.role is role and pattern.split is split:
                found.setdefault(pattern.group, []).append(pattern)
        return {group: tuple(patterns) for group, patterns in found.items()}


def load_bank(folder: Path | None = None) -> WordingBank:
    """Read every `*.txt` of the folder (the bank that ships with the package by default); raise WordingError."""
    folder = folder or Path(__file__).parent / "wordings"
    seen: dict[tuple[str, str], str] = {}
    patterns: list[Pattern] = []
    for path in sorted(folder.glob("*.txt")):
        for pattern in _read(path.name, path.read_text(encoding="utf-8").splitlines()):
            key = (pattern.group.header, pattern.text.casefold())
            if key not in seen:
                seen[key] = pattern.source
                patterns.append(pattern)
    return WordingBank(tuple(patterns))


def _read(name: str, lines: Iterable[str]) -> Iterator[Pattern]:
    group: Group | None = None
    for number, raw in enumerate(lines, start=1):
        line, source = raw.strip(), f"{name}:{number}"
        if not line or line.startswith("#"):
            continue
        if line.startswith("== "):
            # In a header an explanation may follow after several spaces and a number sign.
            group = parse_header(re.sub(r"\s{2,}#.*", "", line[3:]).strip(), source)
        elif group is None:
            raise WordingError(f"{source}: a pattern stands before the first header")
        else:
            yield Pattern(group, line, source)


def parse_header(header: str, source: str) -> Group:
    """Read a header; raise WordingError with its place when it is none."""
    word, _, rest = header.partition(" ")
    if word in ("wrap", "join"):
        return Group(Role(word), header)
    if word in ("keep", "frame"):
        return Group(Role(word), header, detail=rest)
    role = Role(word) if word in ("pre", "post") else Role.CLAUSE
    adds: list[AddTemplate] = []
    drops: list[DropTemplate] = []
    for part in (rest if role is not Role.CLAUSE else header).split(" & "):
        if add := _ADD.fullmatch(part.strip()):
            adds.append(AddTemplate(add[1], add[2], Op(add[3]), add[4]))
        elif drop := _DROP.fullmatch(part.strip()):
            drops.append(DropTemplate(drop[1] or "old", drop[2] or "", drop[3] or ""))
        else:
            raise WordingError(f"{source}: {part!r} is not an edit")
    return Group(role, header, tuple(adds), tuple(drops))
