"""The wording bank: how people say things to a feed, as data, split by pattern into training and evaluation.

A file of the bank holds groups. A group's header is an edit in the student's wire format with slots, its lines are
patterns, each one distinct way to say that edit:

    == must runtime < {duration}
    under {duration}
    nothing that takes {duration} or more

Other headers: `keep ACT` (a command that changes nothing), `pre EDIT` and `post EDIT` (parts of a noun phrase),
`frame TONE` (a sentence around a noun phrase), `wrap` (an opener, closer or story around a command), `join` (how two
clauses stand together). A pattern belongs to one split by a hash of its own words: what trains never evaluates.

The files of the folder itself are shared by all domains (and said of films as they are written); those in `any/` are
about facets of a kind, `<name>` (values that have names) or `<number>`, with `{it}` for the value and `{facet}` for
what the facet is called; those in `DOMAIN/` are that domain's own. Those in `training/` are shared ones that only
train, whatever their hash, so that what was measured on the evaluation side can be measured again (decision 035).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from stillroom.data.constraint import Op
from stillroom.data.schema import CatalogueSchema, Facet, FacetKind
from stillroom.simulators.domain import ANY, WORDINGS, Domain, WordingError, load_domain

SLOT = re.compile(r"\{([a-z_]+[0-9]?)(?: ([a-z_]+) ([+-]))?(?:[:.]([a-z]+))?\}")
_ADD = re.compile(r"(must|wish|ban|avoid) ([a-z_]+|<[a-z]+>) (<=|>=|=|<|>|more|less|like)(?: (\S.*))?")
_DROP = re.compile(r"drop (?:(all|last)|\{old ([a-z_]+|<[a-z]+>) ([+-])\})")
EVALUATION_SHARE = 0.2
TRAINING = "training"
_PARTS = frozenset({"old", "np", "x", "a", "b"})
_KIND_MARKS = ("<name>", "<number>")


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
    """One way to say what its group means; `id` is stable under reordering of the files.

    `side` is the split of the words that it was made from, where it was made from others.
    """

    group: Group
    text: str
    source: str
    side: Split | None = None

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
        if self.side is not None:
            return self.side
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


def load_bank(folder: Path | None = None, schema: CatalogueSchema | None = None) -> WordingBank:
    """Read the folder (the bank that ships by default) for a catalogue; without one, all of it as it is written.

    Raise WordingError.
    """
    folder = folder or WORDINGS
    patterns = (*_read_all(folder), *_read_all(folder / TRAINING, Split.TRAIN))
    if schema is None:
        return WordingBank(_one_sided(_once(patterns)))
    domain = load_domain(schema, folder)
    if not domain.as_written:
        patterns = (
            *_read_all(folder / domain.name),
            *(made for pattern in _read_all(folder / ANY) for made in _of_kind(pattern, schema)),
            *(_in_domain(pattern, domain) for pattern in patterns if domain.fits(pattern.group.header, pattern.text)),
        )
    return WordingBank(_one_sided(_once(pattern for pattern in patterns if _can_be_said(pattern, schema))))


def _read_all(folder: Path, side: Split | None = None) -> tuple[Pattern, ...]:
    return tuple(
        replace(pattern, side=side)
        for path in sorted(folder.glob("*.txt"))
        for pattern in _read(path.name, path.read_text(encoding="utf-8").splitlines())
    )


def _once(patterns: Iterable[Pattern]) -> tuple[Pattern, ...]:
    seen: dict[tuple[str, str], Pattern] = {}
    for pattern in patterns:
        seen.setdefault((pattern.group.header, pattern.text.casefold()), pattern)
    return tuple(seen.values())


def _of_kind(pattern: Pattern, schema: CatalogueSchema) -> Iterator[Pattern]:
    """Yield a pattern about facets of a kind for every such facet of a catalogue."""
    mark = next((mark for mark in _KIND_MARKS if mark in pattern.group.header), None)
    if mark is None:
        yield pattern
        return
    for facet in (facet for facet in schema.facets.values() if _mark_of(facet) == mark):
        header = _about(pattern.group.header.replace(mark, facet.name), facet)
        group = parse_header(header, pattern.source)
        yield Pattern(group, _about(pattern.text, facet), pattern.source, pattern.split)


def _mark_of(facet: Facet) -> str | None:
    """Return what stands for a facet in patterns about a kind: a value with a name, or a number that is no date."""
    if facet.kind in (FacetKind.CATEGORICAL, FacetKind.PERSON):
        return "<name>"
    is_amount = facet.kind is FacetKind.NUMBER and not facet.speech.calendar and not facet.speech.levels
    return "<number>" if is_amount else None


def _about(text: str, facet: Facet) -> str:
    names = facet.speech.names
    text = text.replace("{facet}", names[0] if names else facet.name)
    return re.sub(r"\{it(?=[0-9:}])", lambda _: f"{{{facet.slot}", text)


def _in_domain(pattern: Pattern, domain: Domain) -> Pattern:
    group = parse_header(domain.header(pattern.group.header), pattern.source)
    return Pattern(group, domain.text(pattern.text), pattern.source, pattern.split)


def _can_be_said(pattern: Pattern, schema: CatalogueSchema) -> bool:
    """Say whether a catalogue has all that a pattern speaks of."""
    slots = set(_PARTS) | {facet.slot for facet in schema.facets.values()}
    slots |= {"title", "shown"} if schema.of_kind(FacetKind.ITEM) else set()
    slots |= {"decade"} if schema.calendar else set()
    return (
        pattern.group.facets <= set(schema.facets) and {name.rstrip("23456789") for name, _ in pattern.slots} <= slots
    )


def _one_sided(patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """Put words that came from both sides of the split on the side of training."""
    trained = {pattern.skeleton for pattern in patterns if pattern.split is Split.TRAIN}
    return tuple(
        replace(pattern, side=Split.TRAIN)
        if pattern.split is not Split.TRAIN and pattern.skeleton in trained
        else pattern
        for pattern in patterns
    )


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
